// The floor of PostgreSQL: `pg` by itself, so many clients, each with one prepared UPDATE of a single
// row in flight, committed and synced each by itself. No HTTP, no checks. Only the exchange writes, so
// only the exchange is held against it.

import { performance } from 'node:perf_hooks'
import pg from 'pg'
import { ownDatabase } from '../database.ts'
import type { Load } from '../load.ts'
import { announce } from '../target.ts'

const url = await ownDatabase()
if (!url) throw new Error('The target update needs --database postgres.')

const rows = 10_000
const clients: pg.Client[] = []

async function clientsFor(count: number): Promise<readonly pg.Client[]> {
  while (clients.length < count) {
    const client = new pg.Client({ connectionString: url ?? '' })
    await client.connect()
    clients.push(client)
  }
  return clients.slice(0, count)
}

const [first] = await clientsFor(1)
await first?.query(`create table bare (id bytea primary key, generation bigint not null);
  insert into bare select decode(md5(i::text), 'hex'), 0 from generate_series(1, ${rows}) as i`)
const found = await first?.query<{ id: Buffer }>('select id from bare')
const ids = found?.rows.map(({ id }) => id) ?? []

async function measure(seconds: number, connections: number): Promise<Load> {
  const latencies: number[] = []
  const busy = await clientsFor(connections)
  const began = performance.now()
  const end = began + seconds * 1000
  const work = async (client: pg.Client) => {
    while (performance.now() < end) {
      const sent = performance.now()
      const id = ids[Math.floor(Math.random() * ids.length)]
      await client.query({
        name: 'update',
        text: 'update bare set generation = generation + 1 where id = $1',
        values: [id],
      })
      latencies.push((performance.now() - sent) * 1000)
    }
  }
  await Promise.all(busy.map(work))
  latencies.sort((a, b) => a - b)
  const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)] ?? 0)
  const requests = latencies.length
  const taken = (performance.now() - began) / 1000
  const counts = { statuses: { 200: requests }, busy: 0, firstWrong: null }
  return { requests, seconds: taken, p50: at(0.5), p99: at(0.99), ...counts }
}

process.on('message', async ({ update }: { update?: { seconds: number; connections: number } }) => {
  if (update) process.send?.(await measure(update.seconds, update.connections))
})

const nothing = { method: 'GET', path: '/', headers: {} } as const
const step = { request: nothing, values: [], mark: '' }
announce(
  {
    port: 0,
    state: 'bare UPDATE by pg, PostgreSQL on disk',
    steps: { refresh: step, exchange: step, me: step },
  },
  () => [],
)
