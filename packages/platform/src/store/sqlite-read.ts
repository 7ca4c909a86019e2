/**
 * Reading from SQLite: reads that were asked for in one turn of the event loop share one snapshot, which
 * is opened after every one of them was asked for; so each sees all that was committed before it began.
 *
 * Rows found by their key are kept as long as SQLite itself says that nobody has committed since:
 * `pragma data_version` is asked inside each snapshot, and one commit by any connection of any process
 * empties the memory. What is answered from it is therefore what the snapshot holds.
 */
import type { DatabaseSync } from 'node:sqlite'
import { nextTurn, prepared, type Statement, unavailable } from './sqlite-statement.ts'
import type { Value, Watch } from './store.ts'

interface Pending {
  readonly known: Known
  readonly values: Value[]
  readonly byKey: boolean
  readonly resolve: (rows: never) => void
  readonly reject: (error: unknown) => void
}

interface Known {
  readonly statement: Statement
  readonly rows: Map<string | number, unknown[]>
}

/**
 * How many rows a statement keeps. Past that it keeps no more until the next commit empties it: to make
 * room for every row of millions would cost more than to look them up.
 */
const keptAtMost = 4_000

export interface Reader {
  read<R>(sql: string, values: Value[], byKey: boolean): Promise<R[]>
  /** Resolves when nothing is being read. */
  idle(): Promise<void>
}

/** A reader on a connection of its own. `keeps` is false where another user of it may be writing. */
export function createReader(database: DatabaseSync, keeps: boolean, watch: Watch): Reader {
  const statement = prepared(database)
  const known = new Map<string, Known>()
  let seenVersion: unknown = null
  let pending: Pending[] = []
  let turn: Promise<void> | null = null

  const readTurn = async () => {
    await nextTurn()
    turn = null
    const group = pending
    pending = []
    const shared = keeps && group.length > 1
    const began = performance.now()
    try {
      if (shared) {
        statement('begin')()
        forget(statement('pragma data_version')()[0]?.data_version)
      }
    } catch (error) {
      for (const { reject } of group) reject(unavailable(error))
      if (database.isTransaction) statement('commit')()
      return
    }
    for (const read of group) answer(read, shared)
    if (shared) statement('commit')()
    watch('read', group.length, performance.now() - began)
  }

  const forget = (version: unknown) => {
    if (version === seenVersion) return
    for (const { rows } of known.values()) rows.clear()
    seenVersion = version
  }

  return {
    read: (sql, values, byKey) =>
      new Promise((resolve, reject) => {
        let entry = known.get(sql)
        if (!entry) {
          entry = { statement: statement(sql), rows: new Map() }
          known.set(sql, entry)
        }
        pending.push({ known: entry, values, byKey, resolve, reject })
        turn ??= readTurn()
      }),
    idle: async () => {
      while (turn) await turn
    },
  }
}

function answer({ known, values, byKey, resolve, reject }: Pending, shared: boolean): void {
  try {
    const rows = shared && byKey ? kept(known, values) : known.statement(...values)
    resolve(rows as never)
  } catch (error) {
    reject(unavailable(error))
  }
}

function kept({ statement, rows }: Known, values: Value[]): unknown[] {
  const key = keyOf(values[0] ?? null)
  let found = rows.get(key)
  if (!found) {
    found = statement(...values)
    if (rows.size < keptAtMost) rows.set(key, found)
  }
  return found
}

function keyOf(value: Value): string | number {
  if (typeof value === 'number') return value
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  return value ?? ''
}
