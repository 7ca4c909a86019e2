/** What both sides of the SQLite engine share: prepared statements, and its failures in our words. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from './store.ts'

/** Each statement is prepared once; `$1` in our SQL is SQLite's `?1`. */
export function prepared(database: DatabaseSync): (sql: string) => StatementSync {
  const known = new Map<string, StatementSync>()
  return sql => {
    let statement = known.get(sql)
    if (!statement) {
      statement = database.prepare(sql.replaceAll(/\$(\d+)/g, '?$1'))
      known.set(sql, statement)
    }
    return statement
  }
}

export function nextTurn(): Promise<void> {
  return new Promise(done => setImmediate(done))
}

/** Primary result codes that say the file cannot be used right now, whatever was asked. */
const unusable = new Map([
  [5, 'busy'],
  [6, 'locked'],
  [8, 'readonly'],
  [10, 'ioerr'],
  [11, 'corrupt'],
  [13, 'full'],
  [14, 'cantopen'],
  [23, 'auth'],
  [26, 'notadb'],
])

/** SQLite's own failures become `StoreUnavailable`; what a step threw on purpose passes through. */
export function unavailable(error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined || !unusable.has(errcode & 0xff)) {
    return error
  }
  return new StoreUnavailable(`The database cannot be used: ${reason(error)}.`, { cause: error })
}

export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
