// Two processes on two cores beside one on one. The generator needs a core as well, so each core
// carries its own: one process and one generator on core 0, or two and two on cores 0 and 1. What is
// measured is therefore how the whole grows with the cores, the generator included.
//
// Two ways to be two. `nodes`: two of `latchkey serve` on one file, each asked from its own core.
// `--workers 2`: one port, whose connections are dealt out in turn, so half of the requests cross from
// one core to the other; what that costs is the machine's, and shows when nodes are asked crosswise.

import { parseArgs } from 'node:util'
import type { Job, Load } from './load.ts'
import { ask, pinned, start, stop } from './process.ts'
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
const other = await place.serve(1, '1')
const workers = await place.serve(2, '0,1')
const generators = [start('load.ts', 0), start('load.ts', 1)] as const

/** Whom the generator of each core asks. */
const ways: Readonly<Record<string, readonly Served[]>> = {
  'two nodes': [one, other],
  'two nodes, crosswise': [other, one],
  '--workers 2': [workers, workers],
}

/** The rate of all generators together. */
async function measure(asked: readonly Served[], step: Step): Promise<number> {
  const work = { ...place.furniture.steps[step], connections, seconds, once: false }
  const loads = await Promise.all(
    asked.map(({ port }, core) => {
      const job: Job = { ...work, port }
      return ask<Load>(generators[core === 0 ? 0 : 1], job, seconds + 30)
    }),
  )
  const wrong = loads.find(load => load.firstWrong !== null)
  if (wrong) throw new Error(`a wrong answer\n${wrong.firstWrong}`)
  return loads.reduce((sum, load) => sum + rate(load), 0)
}

try {
  const results = []
  for (const step of steps) {
    const rates = new Map(Object.keys(ways).map(way => [way, [] as number[]]))
    const alone: number[] = []
    for (let round = -1; round < rounds; round++) {
      const single = await measure([one], step)
      if (round >= 0) alone.push(single)
      for (const [way, asked] of Object.entries(ways)) {
        const both = await measure(asked, step)
        if (round >= 0) rates.get(way)?.push(both)
      }
    }
    for (const [way, both] of rates) {
      const ratios = both.map((rate, round) => rate / (alone[round] ?? rate))
      results.push({
        step,
        way,
        one: Math.round(median(alone)),
        two: Math.round(median(both)),
        ratio: median(ratios),
        lowest: Math.min(...ratios),
        highest: Math.max(...ratios),
      })
    }
  }
  if (options.json) console.log(JSON.stringify({ machine: machine(), pinned, results }, null, 2))
  else {
    const lines = results.map(({ step, way, one, two, ratio, lowest, highest }) => [
      step,
      way,
      one.toLocaleString('en'),
      two.toLocaleString('en'),
      ratio.toFixed(2),
      `${lowest.toFixed(2)}–${highest.toFixed(2)}`,
    ])
    console.log(`${machine()}\nlatchkey serve on SQLite, each core with a generator of its own\n`)
    console.log(
      aligned([['step', 'two are', 'one/s', 'two/s', 'two ÷ one', '(range)'], ...lines], 2),
    )
    console.log(`\nmedians of ${rounds} rounds of ${seconds} s; every answer was checked`)
  }
} finally {
  for (const generator of generators) stop(generator)
  await Promise.all([one.stop(), other.stop(), workers.stop()])
  await place.close()
}
