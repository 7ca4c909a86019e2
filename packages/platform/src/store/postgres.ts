/**
 * The PostgreSQL engine on `pg`, for any number of processes on one database.
 *
 * Group commit and group read, as in SQLite. Write steps of a group share a transaction. Reads of a
 * group are sent in one go, each a statement by itself: each sees all that was committed before it was
 * asked for.
 */
import { migrate, schemaVersion } from './postgres-migrate.ts'
import { createPool, type PostgresOptions } from './postgres-pool.ts'
import { createQueue } from './postgres-queue.ts'
import { type PendingRead, readGroup } from './postgres-read.ts'
import type { PendingWrite } from './postgres-transaction.ts'
import { createWriter } from './postgres-write.ts'
import type { Store, Transaction } from './store.ts'

export interface PostgresStore extends Store {
  /**
   * A step that names a `key` touches existing rows of that key only: then it runs at the same time as
   * the steps of other keys in its group, and all of them share the round trips.
   */
  write<T>(step: (tx: Transaction) => Promise<T>, key?: Uint8Array): Promise<T>
}

/** How many groups of each kind are under way at once: measured, see docs/decisions. */
const workersAtMost = 4

/** A store on `postgres://…`. Nothing is opened before the first use. */
export function openPostgres(url: string, options: PostgresOptions = {}): PostgresStore {
  const settings = { connections: 10, patience: 5_000, statementTimeout: 5_000, ...options }
  const { connections, patience } = settings
  const pool = createPool(url, settings)
  const workers = Array.from({ length: Math.max(1, Math.min(workersAtMost, connections >> 1)) })
  const reads = createQueue<PendingRead>(
    workers.map(() => group => readGroup(pool, group, patience)),
    { enough: 8, most: 64 },
  )
  const writes = createQueue<PendingWrite>(
    workers.map(() => createWriter(pool, patience)),
    { enough: 4, most: 32 },
  )
  const deadline = () => performance.now() + patience
  let closing: Promise<void> | null = null

  const store: PostgresStore = {
    engine: 'postgres',
    read: (sql, ...values) =>
      new Promise((resolve, reject) => {
        reads.add({ sql, values, byKey: false, deadline: deadline(), resolve, reject })
      }),
    find: (sql, key) =>
      new Promise((resolve, reject) => {
        reads.add({ sql, values: [key], byKey: true, deadline: deadline(), resolve, reject })
      }),
    write: (step, key) =>
      new Promise((resolve, reject) => {
        const name = key ? Buffer.from(key).toString('latin1') : null
        writes.add({ step, key: name, deadline: deadline(), resolve, reject })
      }),
    schemaVersion: () => schemaVersion(store),
    migrate: () => migrate(url, patience),
    close: () => {
      closing ??= Promise.all([reads.close(), writes.close()]).then(() => pool.end())
      return closing
    },
  }
  return store
}
