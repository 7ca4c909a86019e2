/** What both sides of the SQLite engine share: prepared statements, and its failures in our words. */
import type { DatabaseSync } from 'node:sqlite'
import { type Row, StoreUnavailable, type Value } from './store.ts'

/** A prepared statement. */
export interface Statement {
  /** Runs it and gives its rows; none for one that returns nothing. */
  rows(...values: Value[]): Row[]
  /** Runs it and gives the number of rows it changed. */
  change(...values: Value[]): number
}

/** Each statement is prepared once; `$1` in our SQL is SQLite's `?1`. */
export function prepared(database: DatabaseSync): (sql: string) => Statement {
  const known = new Map<string, Statement>()
  return sql => {
    let statement = known.get(sql)
    if (!statement) {
      statement = prepare(database, sql)
      known.set(sql, statement)
    }
    return statement
  }
}

/**
 * Rows leave SQLite as arrays and become objects here: the objects that `node:sqlite` makes cost as much
 * again as a lookup by key, and are slow to read from.
 */
function prepare(database: DatabaseSync, sql: string): Statement {
  const statement = database.prepare(sql.replaceAll(/\$(\d+)/g, '?$1'))
  statement.setReturnArrays(true)
  const names = statement.columns().map(({ name }) => name)
  return {
    rows: (...values) => {
      const rows = statement.all(...values) as unknown as Value[][]
      return rows.map(cells => rowOf(names, cells))
    },
    change: (...values) => Number(statement.run(...values).changes),
  }
}

function rowOf(names: readonly string[], cells: readonly Value[]): Row {
  const row: Record<string, Value> = {}
  for (let i = 0; i < names.length; i++) row[names[i] as string] = cells[i] as Value
  return row
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
  const { code, errcode } = (error ?? {}) as { code?: string; errcode?: number }
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
