// The latency of a refresh at half the top rate, while other things go on: exchanges that are committed
// in groups, a purge of many rows, a new signing key every second. Requests are due at even intervals and
// are timed from when they were due, so that a server that stalls cannot hide it.

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Store } from '@latchkey/platform/admin'
import type { Job, Load } from './load.ts'
import { ask, start, stop } from './process.ts'
import { aligned, machine, median, milliseconds, rate } from './report.ts'
import { makePlace } from './served.ts'

const text = { type: 'string' } as const
const { values: options } = parseArgs({
  options: {
    rounds: { ...text, default: '3' },
    seconds: { ...text, default: '5' },
    connections: { ...text, default: '32' },
    json: { type: 'boolean', default: false },
  },
})
const [rounds, seconds, connections] = [options.rounds, options.seconds, options.connections].map(
  Number,
) as [number, number, number]
const purged = 50_000
const exchangesPerSecond = 500

const place = await makePlace()
const served = await place.serve(1, '0')
const generator = start('load.ts', 1)
const other = start('load.ts', 1)

async function load(job: Omit<Job, 'port'>, child = generator): Promise<Load> {
  const load = await ask<Load>(child, { ...job, port: served.port }, job.seconds + 30)
  if (load.firstWrong !== null) throw new Error(`a wrong answer\n${load.firstWrong}`)
  return load
}

const refresh = { ...place.furniture.steps.refresh, connections, seconds, once: false }

type Meanwhile = (signal: AbortSignal) => Promise<unknown>

/**
 * What goes on meanwhile: prepared before the clock starts; ends by itself within the time of a
 * measurement, or when it is told to.
 */
const meanwhile: Readonly<Record<string, () => Promise<Meanwhile>>> = {
  nothing: async () => async () => {},
  [`${exchangesPerSecond} exchanges/s`]: async () => {
    const values = await place.furniture.mint(exchangesPerSecond * seconds)
    const work = { ...place.furniture.steps.exchange, values, once: true, connections: 8 }
    return () => load({ ...work, seconds, rate: exchangesPerSecond }, other)
  },
  [`a purge of ${purged.toLocaleString('en')} rows`]: async () => {
    await leaveBehind(place.store)
    return () => place.run('purge')
  },
  'a new key every second': async () => async signal => {
    while (!signal.aborted) {
      await place.run('keys', 'rotate')
      await sleep(1000)
    }
  },
}

/** Codes that nobody exchanged, long ago: the purge takes them away. */
async function leaveBehind(store: Store): Promise<void> {
  await store.write(tx =>
    tx.run(`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${purged})
      insert into connection (id, app_id, account_id, permissions, redirect_uri, redirect_uri_sent, created_at)
      select unhex(printf('%012x', 1000 + i) || hex(randomblob(10))), (select min(id) from app), (select min(id) from account), 'profile:read',
        'https://vendor.example/callback', 1, 1000 from n`),
  )
}

try {
  await load({ ...refresh, seconds: 1 })
  const top = rate(await load(refresh))
  const samples: { what: string; p50: number; p99: number }[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [what, prepare] of Object.entries(meanwhile)) {
      const work = await prepare()
      const over = new AbortController()
      const side = work(over.signal)
      const { p50, p99 } = await load({ ...refresh, rate: top / 2 })
      over.abort()
      await side
      samples.push({ what, p50, p99 })
    }
  }
  const results = Object.keys(meanwhile).map(what => {
    const own = samples.filter(sample => sample.what === what)
    const p99s = own.map(({ p99 }) => p99)
    const p50 = median(own.map(sample => sample.p50))
    return { what, p50, p99: median(p99s), lowest: Math.min(...p99s), highest: Math.max(...p99s) }
  })
  if (options.json) console.log(JSON.stringify({ machine: machine(), top, results }, null, 2))
  else {
    const lines = results.map(({ what, p50, p99, lowest, highest }) => [
      what,
      milliseconds(p50),
      milliseconds(p99),
      `${milliseconds(lowest)}–${milliseconds(highest)}`,
    ])
    const half = Math.round(top / 2).toLocaleString('en')
    console.log(
      `${machine()}\nlatchkey serve on SQLite, ${half} refreshes/s: half of the top rate\n`,
    )
    console.log(aligned([['meanwhile', 'p50 ms', 'p99 ms', '(range)'], ...lines], 1))
    console.log(`\nmedians of ${rounds} rounds of ${seconds} s; timed from when a request was due`)
  }
} finally {
  stop(generator)
  stop(other)
  await served.stop()
  await place.close()
}
