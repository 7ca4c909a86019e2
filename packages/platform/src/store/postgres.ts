/**
 * The PostgreSQL engine on `pg`, for any number of processes on one database.
 *
 * Group commit and group read, as in SQLite. Write steps of a group share a transaction. Reads of a
 * group are sent in one go, each a statement by itself: each sees all that was committed before it was
 * asked for.
 */
import { migrate, schemaVersion } from './postgres-migrate.ts'
import { createPool, type PostgresOptions } from './postgres-pool.ts'
import { createQueue, type Pending } from './postgres-queue.ts'
import { createReader } from './postgres-read.ts'
import { createWriters } from './postgres-write.ts'
import { type Store, StoreUnavailable, type Watch } from './store.ts'

/** How many groups of each kind are under way at once. Measured: more of them make the groups smaller. */
const workersAtMost = 4

/** A store on `postgres://…`. Nothing is opened before the first use. */
export function openPostgres(
  url: string,
  options: PostgresOptions = {},
  watch: Watch = () => {},
): Store {
  const settings = { connections: 10, patience: 5_000, statementTimeout: 5_000, ...options }
  const { connections, patience } = settings
  const { pool, end } = createPool(url, settings)
  const workers = Math.max(1, Math.min(workersAtMost, Math.floor(connections / 2)))
  const readers = Array.from({ length: workers }, () => createReader(pool, patience, watch))
  const reads = createQueue(readers, { enough: 32, most: 64 })
  const writes = createWriters(pool, patience, workers, watch)
  let closing: Promise<void> | null = null

  /** Puts something in a queue, with what everything there has in common. */
  const wait = <T>(add: (pending: Pending) => void) =>
    new Promise<T>((resolve, reject) => {
      if (closing) throw new StoreUnavailable('The database is closed.')
      add({ deadline: performance.now() + patience, resolve, reject })
    })

  const store: Store = {
    engine: 'postgres',
    read: (sql, ...values) => wait(pending => reads.add({ ...pending, sql, values, byKey: false })),
    find: (sql, key) => wait(pending => reads.add({ ...pending, sql, values: [key], byKey: true })),
    write: (step, key, finish) =>
      wait(pending => {
        const name = key instanceof Uint8Array ? Buffer.from(key).toString('latin1') : null
        writes.add({ ...pending, step, key: name, finish, attempt: 1 })
      }),
    ready: async () => {
      const [row] = await store.read("select current_setting('transaction_read_only') as only")
      if (row?.only === 'on') throw new StoreUnavailable('This PostgreSQL only reads.')
    },
    connections: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      awaited: pool.waitingCount,
    }),
    schemaVersion: () => schemaVersion(store),
    migrate: () => migrate(url, patience),
    close: () => {
      closing ??= end(Promise.all([reads.idle(), writes.idle()]))
      return closing
    },
  }
  return store
}
