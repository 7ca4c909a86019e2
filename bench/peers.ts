// How fast beside others? Starts the targets and the generator, measures every step of every target in
// turn, round by round, and prints the table. Exit 1 when an answer was not the expected one, 2 for
// wrong usage.

import { parseArgs } from 'node:util'
import { provideDatabase, residentMegabytes } from './database.ts'
import type { Job, Load } from './load.ts'
import { ask, start, stop } from './process.ts'
import { BASE, heading, rows, type Sample, setting, table } from './report.ts'
import { mintCodes, STEPS, type Step, startTarget, type Target, targetNames } from './target.ts'

const WARM_UP_SECONDS = 1
const WARM_UP_CODES = 2000

const usage = `usage: npm run bench -- [options]
  --rounds N         measurements of each step of each target   5
  --seconds S        length of a measurement                    2
  --connections N    connections kept busy                      32
  --only LIST        steps, of ${STEPS.join(',')}
  --targets LIST     targets, of ${targetNames.join(',')}
  --database NAME    sqlite, or postgres: one of the bench's own, for every target    sqlite
  --rows N           connections that Latchkey's database holds beside    0
  --json             one JSON document instead of the table`

const options = readOptions()
const generator = start('load.ts', 1)
const targets: Target[] = []
const codesNeeded = new Map<string, number>()

function readOptions() {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      options: {
        rounds: { ...text, default: '5' },
        seconds: { ...text, default: '2' },
        connections: { ...text, default: '32' },
        only: { ...text, default: STEPS.join(',') },
        targets: text,
        database: { ...text, default: 'sqlite' },
        rows: { ...text, default: '0' },
        json: { type: 'boolean', default: false },
      },
    })
    return {
      rounds: positive(values.rounds),
      seconds: positive(values.seconds),
      connections: positive(values.connections),
      steps: chosen(values.only, STEPS),
      targets: chosen(values.targets ?? usual(values.database).join(','), targetNames),
      postgres: values.database === 'postgres',
      rows: Number(values.rows),
      json: values.json,
    }
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}

/** With PostgreSQL the peers that cannot use one are left out; without it, what needs one. */
function usual(database: string): string[] {
  if (database === 'postgres') return ['latchkey', 'oidc-provider', 'update']
  if (database === 'sqlite') return targetNames.filter(name => name !== 'update')
  throw new Error(`unknown: ${database}`)
}

function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`${text} is not a positive number`)
  return number
}

function chosen<T extends string>(list: string, names: readonly T[]): T[] {
  const wanted = list.split(',')
  const stranger = wanted.find(name => !names.some(known => known === name))
  if (stranger !== undefined) throw new Error(`unknown: ${stranger}`)
  return names.filter(name => wanted.includes(name))
}

type Extent = { readonly seconds: number; readonly connections: number; readonly codes: number }

/**
 * One measurement. Codes are minted before it, outside its time. @throws on an answer that is not
 * the expected one.
 */
async function measure(target: Target, step: Step, extent: Extent): Promise<Load> {
  const { seconds, connections } = extent
  if (target.name === 'update') {
    return ask<Load>(target.child, { update: { seconds, connections } }, seconds + 30)
  }
  const once = step === 'exchange'
  const values = once ? await mintCodes(target, extent.codes) : target.steps[step].values
  const job: Job = { ...target.steps[step], values, once, seconds, connections, port: target.port }
  const load = await ask<Load>(generator, job, seconds + 30)
  if (load.requests === 0 || load.firstWrong !== null) {
    const counts = JSON.stringify(load.statuses)
    throw new Error(`${target.name} ${step}: wrong answers ${counts}\n${load.firstWrong}`)
  }
  if (once) {
    // Half as many again as the best rate so far would use: a run out of codes is still right, only
    // shorter.
    const used = Math.ceil((load.requests / load.seconds) * options.seconds * 1.5)
    codesNeeded.set(target.name, Math.max(used, codesNeeded.get(target.name) ?? 0))
  }
  return load
}

/** The bare server gets Latchkey's requests and answers Latchkey's bytes. */
async function imitate(bare: Target, latchkey: Target): Promise<Target> {
  const answer = async (step: Step) => {
    const { request, values } = latchkey.steps[step]
    const [value = ''] = step === 'exchange' ? await mintCodes(latchkey, 1) : values
    const { path, ...init } = JSON.parse(JSON.stringify(request).replace('{value}', value))
    const response = await fetch(`http://127.0.0.1:${latchkey.port}${path}`, init)
    const ownHeaders = /^(date|connection|keep-alive|content-length|transfer-encoding)$/
    const headers = [...response.headers].filter(([name]) => !ownHeaders.test(name))
    return { headers: Object.fromEntries(headers), body: await response.text() }
  }
  bare.child.process.send({ imitate: { token: await answer('exchange'), me: await answer('me') } })
  return { ...bare, steps: latchkey.steps }
}

/** A bare UPDATE is held against the one step that writes. */
function takesPart({ name }: Target, step: Step): boolean {
  return name !== 'update' || step === 'exchange'
}

async function run(): Promise<Sample[]> {
  if (options.postgres) await provideDatabase()
  if (options.rows > 0) process.env.LATCHKEY_BENCH_ROWS = String(options.rows)
  for (const name of options.targets) targets.push(await startTarget(name))
  const latchkey = targets.find(target => target.name === BASE)
  const bare = targets.findIndex(target => target.name === 'bare')
  if (latchkey && targets[bare]) targets[bare] = await imitate(targets[bare], latchkey)
  if (!options.json) console.log(`${heading(targets)}\n`)

  const { seconds, connections, rounds, steps } = options
  for (const step of steps) {
    for (const target of targets) {
      if (!takesPart(target, step)) continue
      const extent = { seconds: WARM_UP_SECONDS, connections, codes: WARM_UP_CODES }
      await measure(target, step, extent)
    }
  }

  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    for (const step of steps) {
      for (let turn = 0; turn < targets.length; turn++) {
        // Each round begins with another target, so that none always follows the same one.
        const target = targets[(turn + round) % targets.length]
        if (!target || !takesPart(target, step)) continue
        const codes = codesNeeded.get(target.name) ?? WARM_UP_CODES
        const load = await measure(target, step, { seconds, connections, codes })
        samples.push({ step, target: target.name, load })
      }
    }
    if (!options.json && process.stderr.isTTY) console.error(`round ${round + 1} of ${rounds}`)
  }
  return samples
}

try {
  const results = rows(await run())
  const { rounds, seconds, connections } = options
  if (options.json) {
    const document = { ...setting(targets), rounds, seconds, connections, results }
    console.log(JSON.stringify(document, null, 2))
  } else {
    console.log(table(results))
    const how = `${rounds} rounds of ${seconds} s, ${connections} connections`
    console.log(`\nmedians of ${how}; every answer was checked`)
    const memory = targets.map(({ name, child }) => `${name} ${residentMegabytes(child)} MB`)
    console.log(`resident memory at the end: ${memory.join(', ')}`)
  }
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  for (const { child } of targets) stop(child)
  stop(generator)
}
