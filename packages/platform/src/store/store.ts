/**
 * What the platform asks of a database. Two engines implement it: SQLite and PostgreSQL. Statements
 * are written once, in the files that own them, in the SQL both engines speak, with `$1 … $n` for
 * parameters and snake_case names.
 *
 * Always true of an engine:
 * - A read sees everything that was committed, by any process, before `read` was called.
 * - A write step is atomic, and its promise resolves only after the commit is durable.
 * - A step that throws leaves nothing behind, whatever else was committed beside it.
 */
export type Value = string | number | Uint8Array | null

/** One row; the statement that asked for it knows its columns. */
export type Row = Readonly<Record<string, Value>>

/** What a write step may do. Steps await nothing but these, and bear being run again. */
export interface Transaction {
  /** Runs a statement and gives its rows; `[]` for one without `returning`. */
  run<R = Row>(sql: string, ...values: Value[]): Promise<R[]>
  /**
   * Runs an `update` by key, without `returning`, that has to change its row. When it changes none, the step
   * is undone, and its `write` rejects with `Unchanged`, which is not for the step to catch. PostgreSQL is
   * not waited for: what follows travels with it.
   */
  must(sql: string, ...values: Value[]): Promise<void>
}

/** Hears of each group of reads, or of write steps with their sync: how many, and how long it took. */
export type Watch = (kind: 'read' | 'write', size: number, milliseconds: number) => void

/** How many connections are in which state. */
export type Connections = Readonly<Record<string, number>>

/** One key, or several. */
export type Keys = Uint8Array | readonly Uint8Array[]

/** Of a step that changes nothing which is ever found by its key: numbers, logs, queues. */
export const noKey: Keys = []

export interface Store {
  readonly engine: 'sqlite' | 'postgres'
  /** Rows of a statement that changes nothing. */
  read<R = Row>(sql: string, ...values: Value[]): Promise<R[]>
  /**
   * Rows of a statement whose only parameter is a key, as most requests need them: an engine may group
   * these, and may answer from memory what it can prove to be unchanged. Rows are not to be changed.
   */
  find<R = Row>(sql: string, key: Value): Promise<R[]>
  /**
   * One atomic step. Steps that arrive together may share a commit. One that names its key, or keys,
   * changes no rows but their own, and new ones that are found under no other key: then an engine may keep
   * what it remembers of other keys, run a step of one key at the same time as the steps of others, and
   * send their statements together.
   *
   * `finish` makes the answer of what the step gave, while the commit becomes durable: work that needs no
   * database and tells nobody anything.
   */
  write<T, A = T>(
    step: (tx: Transaction) => Promise<T>,
    key?: Keys,
    finish?: (value: T) => A,
  ): Promise<A>
  /** The number of the last migration in the database, 0 for an empty one. */
  schemaVersion(): Promise<number>
  /** Brings the schema up to date, under a lock; answers the migrations it ran. */
  migrate(): Promise<readonly string[]>
  /** Resolves when steps can be written; throws `StoreUnavailable` while they would be refused. */
  ready(): Promise<void>
  /** Of an engine that has a pool of them. */
  connections?(): Connections
  /** Finishes what was begun, then closes. A server that says nothing any more is not waited for. */
  close(): Promise<void>
}

/** What the step answers, or `null` when it was `Unchanged`. */
export async function unlessUnchanged<A>(written: Promise<A>): Promise<A | null> {
  try {
    return await written
  } catch (error) {
    if (error instanceof Unchanged) return null
    throw error
  }
}

/** A statement that had to change a row found none to change: the step was undone. */
export class Unchanged extends Error {
  constructor() {
    super('A statement that had to change a row found none.')
    this.name = 'Unchanged'
  }
}

/** The database cannot be used right now (disk full, locked, gone): 503. */
export class StoreUnavailable extends Error {
  /** True when a step may have taken place all the same. Otherwise nothing has happened. */
  readonly uncertain: boolean

  constructor(message: string, options: { cause?: unknown; uncertain?: boolean } = {}) {
    super(message, { cause: options.cause })
    this.name = 'StoreUnavailable'
    this.uncertain = options.uncertain ?? false
  }
}
