/**
 * Reading from SQLite: reads that were asked for in one turn of the event loop share one snapshot, which
 * is opened after every one of them was asked for; so each sees all that was committed before it began.
 *
 * Rows found by their key are kept until they change. The writer on the same connection says which keys
 * it has changed; of every other connection, of any process, SQLite itself says whether it has committed:
 * `pragma data_version` is asked inside each snapshot, and one such commit puts all of the memory in
 * doubt. What is answered from it is therefore what the snapshot holds. A row in doubt is read anew, and
 * stays the object that it was when it has not changed: objects that lived for a while are dear to throw
 * away, because only a full collection takes them.
 */
import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
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
  readonly kept: Map<string | number, Kept>
}

type Key = NonNullable<Value>

interface Kept {
  /** Bytes as a text of as many letters: half the memory of an array. */
  readonly key: string | number
  readonly rows: unknown[]
  /** The era in which they were last read. */
  era: number
}

/**
 * How many rows a statement keeps. Past that it keeps no more until the next doubt, which empties it: to
 * make room for every row of millions would cost more than to look them up.
 */
const keptAtMost = 12_000

export interface Reader {
  read<R>(sql: string, values: Value[], byKey: boolean): Promise<R[]>
  /** Forgets the rows of these keys, which the writer has changed; doubts every row when it cannot say which. */
  forget(keys: readonly Uint8Array[] | null): void
  /** Resolves when nothing is being read. */
  idle(): Promise<void>
}

/** A reader on the writer's connection; it looks only between two of the writer's groups. */
export function createReader(database: DatabaseSync, watch: Watch): Reader {
  const statement = prepared(database)
  const known = new Map<string, Known>()
  let seenVersion: unknown = null
  /** A new one begins with every commit of which nobody knows what it changed. */
  let era = 0
  let pending: Pending[] = []
  let turn: Promise<void> | null = null

  const readTurn = async () => {
    do await nextTurn()
    while (database.isTransaction)
    turn = null
    const group = pending
    pending = []
    const shared = group.length > 1
    const began = performance.now()
    try {
      if (shared) {
        statement('begin').change()
        look(statement('pragma data_version').rows()[0]?.data_version)
      }
    } catch (error) {
      for (const { reject } of group) reject(unavailable(error))
      if (database.isTransaction) statement('commit').change()
      return
    }
    for (const read of group) answer(read, shared ? era : null)
    if (shared) statement('commit').change()
    watch('read', group.length, performance.now() - began)
  }

  const look = (version: unknown) => {
    if (version !== seenVersion) forget(null)
    seenVersion = version
  }

  const forget = (keys: readonly Uint8Array[] | null) => {
    if (!keys) era++
    for (const { kept } of known.values()) {
      if (keys) for (const key of keys) kept.delete(placeOf(key))
      else if (kept.size >= keptAtMost) kept.clear()
    }
  }

  return {
    read: (sql, values, byKey) =>
      new Promise((resolve, reject) => {
        let entry = known.get(sql)
        if (!entry) {
          entry = { statement: statement(sql), kept: new Map() }
          known.set(sql, entry)
        }
        pending.push({ known: entry, values, byKey, resolve, reject })
        turn ??= readTurn()
      }),
    forget,
    idle: async () => {
      while (turn) await turn
    },
  }
}

/** Without an era there is no snapshot, and nothing is answered from memory. */
function answer({ known, values, byKey, resolve, reject }: Pending, era: number | null): void {
  try {
    const key = values[0] ?? null
    const inMemory = byKey && era !== null && key !== null
    const rows = inMemory ? rowsOf(known, key, era) : known.statement.rows(...values)
    resolve(rows as never)
  } catch (error) {
    reject(unavailable(error))
  }
}

function rowsOf({ statement, kept }: Known, key: Key, era: number): unknown[] {
  const place = placeOf(key)
  const found = kept.get(place)
  const own = found && isSame(found.key, key) ? found : null
  if (own?.era === era) return own.rows
  const rows = statement.rows(key)
  if (own && isDeepStrictEqual(own.rows, rows)) {
    own.era = era
    return own.rows
  }
  if (found || kept.size < keptAtMost) kept.set(place, { key: ownCopy(key), rows, era })
  return rows
}

/**
 * Where the rows of a key are kept. Of bytes, the last six as a number: a text made of them would cost
 * more to look up than all the rest, because V8 enters each into its table of names.
 */
function placeOf(key: Key): string | number {
  if (typeof key !== 'object') return key
  const end = key.length
  const low = at(key, end - 3) * 65_536 + at(key, end - 2) * 256 + at(key, end - 1)
  return (at(key, end - 6) * 65_536 + at(key, end - 5) * 256 + at(key, end - 4)) * 16_777_216 + low
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** What is kept must not hold on to the large buffer that a key is often a small part of. */
function ownCopy(key: Key): string | number {
  return typeof key === 'object' ? Buffer.from(key).toString('latin1') : key
}

/** Two keys of bytes may have one place. */
function isSame(kept: string | number, key: Key): boolean {
  if (typeof key !== 'object') return kept === key
  if (typeof kept !== 'string' || kept.length !== key.length) return false
  for (let i = 0; i < key.length; i++) if (kept.charCodeAt(i) !== key[i]) return false
  return true
}
