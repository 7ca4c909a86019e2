/**
 * `node packages/platform/test/store/grouped.ts`: exchanges a second on PostgreSQL, grouped as the store
 * does it, and each in a transaction and a round trip of its own, over as many connections. In process,
 * on a server of its own whose commits reach the disk; the two take turns. Decision 19 holds the figures.
 */
import { decide, exchange } from '../../src/connection/connection.ts'
import { newConnectionId } from '../../src/connection/name.ts'
import { type Connection, findConnection } from '../../src/connection/row.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { redirectUri, setup } from '../setup.ts'
import { startPostgres } from './server.ts'

const rounds = 9
const connections = 10

/** Exchanges one connection's code. */
type Exchange = (connection: Connection) => Promise<boolean | null>

/** One connection each, and one step at a time on it: nothing to share. */
function singly(stores: readonly Store[]): Exchange {
  const free = [...stores]
  const waiting: ((store: Store) => void)[] = []
  return async connection => {
    const store = free.pop() ?? (await new Promise<Store>(done => waiting.push(done)))
    const done = await exchange(store, connection, { hearing: null, now: Date.now() }, () => true)
    const next = waiting.shift()
    if (next) next(store)
    else free.push(store)
    return done
  }
}

/** Exchanges a second, with so many clients who each wait for their answer. */
async function rate(way: Exchange, clients: number, codes: readonly Connection[]): Promise<number> {
  let next = 0
  const began = performance.now()
  const client = async () => {
    for (let code = codes[next++]; code; code = codes[next++]) {
      if (!(await way(code))) throw new Error('A code was not exchanged.')
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return (codes.length / (performance.now() - began)) * 1000
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const server = await startPostgres({ durable: true })
const grouped = openPostgres(server.url, { connections })
const lone = Array.from({ length: connections }, () => openPostgres(server.url, { connections: 1 }))
await grouped.migrate()
const { app, user } = await setup({ store: grouped, now: Date.now })

async function makeCodes(count: number): Promise<Connection[]> {
  const about = { appId: app.id, accountId: user.id, permissions: '', redirectUri, granted: true }
  const make = async () => {
    const id = newConnectionId(Date.now())
    const decision = { ...about, id, redirectUriSent: false, codeChallenge: null }
    await decide(grouped, decision, Date.now())
    const connection = await findConnection(grouped, id)
    if (!connection) throw new Error('A decision is not there.')
    return connection
  }
  return Promise.all(Array.from({ length: count }, make))
}

const ways = {
  grouped: (connection: Connection) =>
    exchange(grouped, connection, { hearing: null, now: Date.now() }, () => true),
  single: singly(lone),
}
for (const clients of [1, 8, 32, 128]) {
  const count = clients === 1 ? 500 : 2_000
  const rates = { grouped: [] as number[], single: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const order =
      round % 2 === 0 ? (['grouped', 'single'] as const) : (['single', 'grouped'] as const)
    for (const way of order) {
      const measured = await rate(ways[way], clients, await makeCodes(count))
      // The first round warms up.
      if (round > 0) rates[way].push(measured)
    }
  }
  const ratios = rates.grouped.map((one, i) => one / (rates.single[i] ?? one))
  const figures = [median(rates.grouped), median(rates.single)].map(Math.round)
  const [low = 0, high = 0] = [Math.min(...ratios), Math.max(...ratios)]
  process.stdout.write(
    `${clients} clients: grouped ${figures[0]}/s, single ${figures[1]}/s, ratio ${median(ratios).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})\n`,
  )
}
process.exit()
