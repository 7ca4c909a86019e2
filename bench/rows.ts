// Millions of connections in the database beside ten thousand: what is kept of each rate, and how much
// memory the server takes. Both are filled first, which takes minutes for millions.
//
// Both are asked about ten thousand connections, drawn from all. Then about a hundred thousand, in turn,
// so that no request finds its row in memory; the small one has only its ten thousand for that.

import { parseArgs } from 'node:util'
import { provideDatabase, residentMegabytes } from './database.ts'
import type { Furniture } from './furniture.ts'
import type { Job, Load } from './load.ts'
import { ask, start, stop } from './process.ts'
import { aligned, machine, median, rate } from './report.ts'
import { makePlace, type Place, type Served } from './served.ts'
import { STEPS, type Step } from './target.ts'

const text = { type: 'string' } as const
const { values: options } = parseArgs({
  options: {
    rows: { ...text, default: '5000000' },
    rounds: { ...text, default: '7' },
    seconds: { ...text, default: '2' },
    connections: { ...text, default: '32' },
    database: { ...text, default: 'sqlite' },
    json: { type: 'boolean', default: false },
  },
})
const [many, rounds, seconds, connections] = [
  options.rows,
  options.rounds,
  options.seconds,
  options.connections,
].map(Number) as [number, number, number, number]
const few = 10_000
const codes = 20_000 * seconds

const drawn = 100_000

type Filled = { readonly place: Place; readonly served: Served; readonly cold: Furniture['steps'] }

async function filled(rows: number): Promise<Filled> {
  const place = await makePlace(rows)
  const cold = await place.furniture.drawn(drawn)
  return { place, cold, served: await place.serve(1, '0') }
}

const questions: Readonly<Record<string, { step: Step; cold: boolean }>> = {
  ...Object.fromEntries(STEPS.map(step => [step, { step, cold: false }])),
  'refresh, cold': { step: 'refresh', cold: true },
  'me, cold': { step: 'me', cold: true },
}

const generator = start('load.ts', 1)
const all: Filled[] = []

async function measure(filled: Filled, { step, cold }: { step: Step; cold: boolean }) {
  const { place, served } = filled
  const once = step === 'exchange'
  const work = (cold ? filled.cold : place.furniture.steps)[step]
  const values = once ? await place.furniture.mint(codes) : work.values
  const job: Job = { ...work, values, once, seconds, connections, port: served.port }
  const load = await ask<Load>(generator, job, seconds + 30)
  if (load.firstWrong !== null) throw new Error(`a wrong answer\n${load.firstWrong}`)
  return rate(load)
}

try {
  if (options.database === 'postgres') await provideDatabase()
  const small = await filled(few)
  all.push(small)
  const large = await filled(many)
  all.push(large)
  const results = []
  for (const [what, question] of Object.entries(questions)) {
    const [ofSmall, ofLarge]: [number[], number[]] = [[], []]
    for (let round = -1; round < rounds; round++) {
      const [first, second] = [await measure(small, question), await measure(large, question)]
      if (round < 0) continue
      ofSmall.push(first)
      ofLarge.push(second)
    }
    const kept = ofLarge.map((rate, round) => rate / (ofSmall[round] ?? rate))
    results.push({
      what,
      few: Math.round(median(ofSmall)),
      many: Math.round(median(ofLarge)),
      kept: median(kept),
      lowest: Math.min(...kept),
      highest: Math.max(...kept),
    })
  }
  const memory = all.map(({ served }) => residentMegabytes(served))
  if (options.json) {
    console.log(JSON.stringify({ machine: machine(), few, many, results, memory }, null, 2))
  } else {
    const [a, b] = [few.toLocaleString('en'), many.toLocaleString('en')]
    const lines = results.map(({ what, few, many, kept, lowest, highest }) => [
      what,
      few.toLocaleString('en'),
      many.toLocaleString('en'),
      kept.toFixed(2),
      `${lowest.toFixed(2)}–${highest.toFixed(2)}`,
    ])
    console.log(`${machine()}\nlatchkey serve on ${options.database}, one process\n`)
    console.log(aligned([['step', `${a}: /s`, `${b}: /s`, 'kept', '(range)'], ...lines], 1))
    console.log(`\nmedians of ${rounds} rounds of ${seconds} s, ${connections} connections`)
    console.log(`resident memory of the server at the end: ${memory.join(' and ')} MB`)
  }
} finally {
  stop(generator)
  for (const { place, served } of all) {
    await served.stop()
    await place.close()
  }
}
