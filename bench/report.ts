// What the bench says: figures are medians of rounds, and a ratio is the median of the rounds' own
// ratios, so that a machine that slows down for a while slows both sides of it.

import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os'
import type { Load } from './load.ts'
import { pinned } from './process.ts'
import { STEPS, type Step, type Target } from './target.ts'

export const BASE = 'latchkey'

/** One measurement: a step of a target in one round. */
export type Sample = { readonly step: Step; readonly target: string; readonly load: Load }

type Row = {
  readonly step: Step
  readonly target: string
  readonly requestsPerSecond: number
  readonly p50Microseconds: number
  readonly p99Microseconds: number
  /**
   * Latchkey's rate over this target's, median of the rounds with the lowest and highest; null
   * without Latchkey.
   */
  readonly ratio: { median: number; lowest: number; highest: number } | null
  readonly generatorBusy: number
  readonly rounds: readonly number[]
}

export const median = (numbers: readonly number[]) => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

export const rate = ({ requests, seconds }: Load) => requests / seconds

export function rows(samples: readonly Sample[]): Row[] {
  const loadsOf = (step: Step, target: string) =>
    samples.filter(one => one.step === step && one.target === target).map(one => one.load)
  const targets = [...new Set(samples.map(one => one.target))]
  const pairs = STEPS.flatMap(step => targets.map(target => ({ step, target })))
  return pairs.flatMap(({ step, target }) => {
    const loads = loadsOf(step, target)
    if (loads.length === 0) return []
    const base = loadsOf(step, BASE)
    const ratios = loads.flatMap((load, round) => {
      const ours = base[round]
      return ours ? [rate(ours) / rate(load)] : []
    })
    const hasRatio = target !== BASE && ratios.length > 0
    return {
      step,
      target,
      requestsPerSecond: Math.round(median(loads.map(rate))),
      p50Microseconds: Math.round(median(loads.map(load => load.p50))),
      p99Microseconds: Math.round(median(loads.map(load => load.p99))),
      ratio: hasRatio
        ? { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
        : null,
      generatorBusy: Math.max(...loads.map(load => load.busy)),
      rounds: loads.map(load => Math.round(rate(load))),
    }
  })
}

/** What else the machine had to do in the minute before: near 0 on a quiet one. */
const loadBefore = loadavg()[0] ?? 0

/** The machine and the setting: what a figure means nothing without. */
export function setting(targets: readonly Target[]) {
  return {
    node: process.version,
    system: `${platform()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadBefore,
    pinned,
    state: Object.fromEntries(targets.map(target => [target.name, target.state])),
  }
}

export function heading(targets: readonly Target[]): string {
  const { state } = setting(targets)
  const width = Math.max(...targets.map(target => target.name.length))
  const cpuUse = pinned
    ? 'server pinned to core 0, generator to core 1 (taskset)'
    : 'not pinned to cores: server and generator may share one'
  return [
    machine(),
    `one server process busy at a time · ${cpuUse}`,
    ...Object.entries(state).map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
  ].join('\n')
}

export const milliseconds = (microseconds: number) => (microseconds / 1000).toFixed(2)

export function table(all: readonly Row[]): string {
  const head = ['step', 'target', 'requests/s', 'p50 ms', 'p99 ms', `${BASE} ÷ it`, '(range)']
  const lines = all.map((row, index) => [
    row.step === all[index - 1]?.step ? '' : row.step,
    row.target,
    row.requestsPerSecond.toLocaleString('en') + (row.generatorBusy > 0.95 ? ' *' : '  '),
    milliseconds(row.p50Microseconds),
    milliseconds(row.p99Microseconds),
    row.ratio ? row.ratio.median.toFixed(2) : '',
    row.ratio ? `${row.ratio.lowest.toFixed(2)}–${row.ratio.highest.toFixed(2)}` : '',
  ])
  const text = aligned([head, ...lines], 2)
  const bound = all.some(row => row.generatorBusy > 0.95)
  return bound ? `${text}\n* the generator had no time left: the server may be faster` : text
}

/** Lines of cells in columns; the first `words` of them hold words, the others numbers. */
export function aligned(cells: readonly (readonly string[])[], words: number): string {
  const widths = cells[0]?.map((_, column) =>
    Math.max(...cells.map(line => line[column]?.length ?? 0)),
  )
  const pad = (text: string, column: number) =>
    column < words ? text.padEnd(widths?.[column] ?? 0) : text.padStart(widths?.[column] ?? 0)
  return cells.map(line => line.map(pad).join('  ').trimEnd()).join('\n')
}

/** The first line of every answer: what its figures mean nothing without. */
export function machine(): string {
  const { node, system, cpu, cores } = setting([])
  return `Node ${node} · ${system} · ${cpu} · ${cores} cores · load ${loadBefore.toFixed(1)} before`
}
