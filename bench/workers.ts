// Two processes on two cores beside one on one. The generator needs a core as well, so each core
// carries its own: one worker and one generator on core 0, or two workers and two generators on cores 0
// and 1. What is measured is therefore how the whole grows with the cores, the generator included.

import { parseArgs } from 'node:util'
import type { Job, Load } from './load.ts'
import { ask, type Child, pinned, start, stop } from './process.ts'
import { aligned, machine, median, rate } from './report.ts'
import { makePlace, type Served } from './served.ts'
import type { Step } from './target.ts'

const text = { type: 'string' } as const
const { values: options } = parseArgs({
  options: {
    rounds: { ...text, default: '7' },
    seconds: { ...text, default: '2' },
    connections: { ...text, default: '32' },
    json: { type: 'boolean', default: false },
  },
})
const [rounds, seconds, connections] = [options.rounds, options.seconds, options.connections].map(
  Number,
) as [number, number, number]

const steps = ['refresh', 'me'] as const satisfies readonly Step[]
const place = await makePlace()
const one = await place.serve(1, '0')
const two = await place.serve(2, '0,1')
const generators = [start('load.ts', 0), start('load.ts', 1)] as const

/** The rate of all generators together. */
async function measure(served: Served, asking: readonly Child[], step: Step): Promise<number> {
  const job: Job = {
    ...place.furniture.steps[step],
    port: served.port,
    connections,
    seconds,
    once: false,
  }
  const loads = await Promise.all(asking.map(child => ask<Load>(child, job, seconds + 30)))
  const wrong = loads.find(load => load.firstWrong !== null)
  if (wrong) throw new Error(`a wrong answer\n${wrong.firstWrong}`)
  return loads.reduce((sum, load) => sum + rate(load), 0)
}

try {
  const results = []
  for (const step of steps) {
    const alone: number[] = []
    const both: number[] = []
    for (let round = -1; round < rounds; round++) {
      const first = await measure(one, generators.slice(0, 1), step)
      const second = await measure(two, generators, step)
      if (round < 0) continue
      alone.push(first)
      both.push(second)
    }
    const ratios = both.map((rate, round) => rate / (alone[round] ?? rate))
    results.push({
      step,
      one: Math.round(median(alone)),
      two: Math.round(median(both)),
      ratio: median(ratios),
      lowest: Math.min(...ratios),
      highest: Math.max(...ratios),
    })
  }
  if (options.json) console.log(JSON.stringify({ machine: machine(), pinned, results }, null, 2))
  else {
    const lines = results.map(({ step, one, two, ratio, lowest, highest }) => [
      step,
      one.toLocaleString('en'),
      two.toLocaleString('en'),
      ratio.toFixed(2),
      `${lowest.toFixed(2)}–${highest.toFixed(2)}`,
    ])
    console.log(`${machine()}\nlatchkey serve on SQLite, each core with a generator of its own\n`)
    console.log(aligned([['step', 'one/s', 'two/s', 'two ÷ one', '(range)'], ...lines], 1))
    console.log(`\nmedians of ${rounds} rounds of ${seconds} s; every answer was checked`)
  }
} finally {
  for (const generator of generators) stop(generator)
  await Promise.all([one.stop(), two.stop()])
  await place.close()
}
