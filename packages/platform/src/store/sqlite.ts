/**
 * The SQLite engine on `node:sqlite`.
 *
 * Group commit: write steps that arrive while a commit is under way go into the next one together,
 * each inside its own savepoint. The commit itself only writes the WAL (`synchronous = normal`); the
 * WAL is then synced outside the event loop, and only after that are the steps answered. So a slow
 * disk holds up the writers, and nobody else.
 *
 * Group read: reads wait for the next turn of the event loop and share one snapshot, opened after
 * every one of them was asked for, so each sees all that was committed before it began. Reads have a
 * connection of their own and never see a group that is still being written.
 */
import { closeSync, fdatasync as fdatasyncCallback, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { migrations } from './migrations.ts'
import { type Row, type Store, StoreUnavailable, type Transaction, type Value } from './store.ts'

interface PendingRead {
  readonly statement: StatementSync
  readonly values: Value[]
  readonly resolve: (rows: never) => void
  readonly reject: (error: unknown) => void
}

interface PendingWrite {
  readonly step: (tx: Transaction) => Promise<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

const fdatasync = promisify(fdatasyncCallback)

const types = {
  '{id}': 'integer primary key',
  '{bytes}': 'blob',
  '{integer}': 'integer',
  '{clustered}': 'without rowid',
}

/** How long a write waits for another process to finish its own, in milliseconds. */
const patience = 5_000

/**
 * Opens (or makes) the database. `:memory:` lives as long as the store.
 * Throws `StoreUnavailable` when the file cannot be opened or is no database; the file stays as it was.
 */
export function openSqlite(path: string): Store {
  const memory = path === ':memory:'
  if (!memory) mkdirSync(dirname(path), { recursive: true })
  const writer = open(path)
  const reader = memory ? writer : open(path)
  const statements = { read: prepared(reader), write: prepared(writer) }
  const sync = memory ? async () => {} : walSync(path)
  let reads: PendingRead[] = []
  let writes: PendingWrite[] = []
  let reading: Promise<void> | null = null
  let writing: Promise<void> | null = null
  let closed = false

  const readTurn = async () => {
    await nextTurn()
    reading = null
    const group = reads
    reads = []
    readGroup(reader, group)
  }

  const writeTurn = async () => {
    await nextTurn()
    while (writes.length > 0) {
      const group = writes
      writes = []
      await writeGroup({ database: writer, statement: statements.write, sync }, group)
    }
    writing = null
  }

  return {
    engine: 'sqlite',
    read: (sql, ...values) =>
      new Promise((resolve, reject) => {
        if (closed) throw new StoreUnavailable('The database is closed.')
        reads.push({ statement: statements.read(sql), values, resolve, reject })
        reading ??= readTurn()
      }),
    write: step =>
      new Promise((resolve, reject) => {
        if (closed) throw new StoreUnavailable('The database is closed.')
        writes.push({ step, resolve, reject })
        writing ??= writeTurn()
      }),
    schemaVersion: async () => version(writer),
    migrate: async () => migrate(writer),
    close: async () => {
      closed = true
      await Promise.all([reading, writing])
      if (reader !== writer) reader.close()
      writer.close()
    },
  }
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path)
    database.exec(`
      pragma busy_timeout = ${patience};
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma foreign_keys = on;
      pragma cache_size = -65536;
      pragma busy_timeout = 0;
    `)
    return database
  } catch (cause) {
    throw new StoreUnavailable(`The database ${path} cannot be opened: ${text(cause)}.`, { cause })
  }
}

function nextTurn(): Promise<void> {
  return new Promise(done => setImmediate(done))
}

/** Each statement is prepared once; `$1` in our SQL is SQLite's `?1`. */
function prepared(database: DatabaseSync): (sql: string) => StatementSync {
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

function readGroup(database: DatabaseSync, group: PendingRead[]): void {
  const shared = group.length > 1 && !database.isTransaction
  try {
    if (shared) database.exec('begin')
  } catch (error) {
    for (const { reject } of group) reject(unavailable(error))
    return
  }
  for (const { statement, values, resolve, reject } of group) {
    try {
      resolve(statement.all(...values) as never)
    } catch (error) {
      reject(unavailable(error))
    }
  }
  if (shared) database.exec('commit')
}

interface Writer {
  readonly database: DatabaseSync
  readonly statement: (sql: string) => StatementSync
  /** Resolves once everything committed before the call is on the disk. */
  readonly sync: () => Promise<void>
}

async function writeGroup(
  { database, statement, sync }: Writer,
  group: PendingWrite[],
): Promise<void> {
  const done: { pending: PendingWrite; value: unknown }[] = []
  const tx: Transaction = {
    run: async <R = Row>(sql: string, ...values: Value[]) => statement(sql).all(...values) as R[],
  }
  try {
    await begin(database)
    for (const pending of group) {
      statement('savepoint step').run()
      try {
        done.push({ pending, value: await pending.step(tx) })
      } catch (error) {
        // A full disk ends the whole transaction; then nothing of the group has happened.
        if (!database.isTransaction) throw error
        statement('rollback to step').run()
        pending.reject(unavailable(error))
      }
      statement('release step').run()
    }
    statement('commit').run()
    await sync()
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    for (const { reject } of group) reject(unavailable(error))
    return
  }
  for (const { pending, value } of done) pending.resolve(value as never)
}

/**
 * Syncs the WAL file from a thread of the pool. When the disk refuses, what was committed may or may
 * not be there after a crash: the store says so on every later write, until a restart has looked.
 */
function walSync(path: string): () => Promise<void> {
  let wal: number | null = null
  let failure: StoreUnavailable | null = null
  return async () => {
    if (failure) throw failure
    try {
      wal ??= openWal(path)
      await fdatasync(wal)
    } catch (cause) {
      failure = new StoreUnavailable('The disk refused to sync. Restart once it is well again.', {
        cause,
      })
      throw failure
    }
  }
}

/** The WAL stays the same file while a connection is open; its name in the folder is synced once. */
function openWal(path: string): number {
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return openSync(`${path}-wal`, 'r')
}

/** Takes the write lock. Waits for another process without holding up this one's event loop. */
async function begin(database: DatabaseSync): Promise<void> {
  const deadline = Date.now() + patience
  for (;;) {
    try {
      database.exec('begin immediate')
      return
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
    }
    await sleep(1 + Math.random() * 4)
  }
}

function version(database: DatabaseSync): number {
  const row = database.prepare('pragma user_version').get() as { user_version: number }
  return row.user_version
}

function migrate(database: DatabaseSync): readonly string[] {
  if (version(database) >= migrations.length) return []
  database.exec(`pragma busy_timeout = ${patience}; begin immediate`)
  try {
    const ran: string[] = []
    for (const migration of migrations.slice(version(database))) {
      database.exec(migration.sql.replaceAll(/\{\w+\}/g, name => types[name as keyof typeof types]))
      ran.push(migration.name)
    }
    database.exec(`pragma user_version = ${migrations.length}; commit; pragma busy_timeout = 0`)
    return ran
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw unavailable(error)
  }
}

/** SQLite's own failures become `StoreUnavailable`; what a step threw on purpose passes through. */
function unavailable(error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) return error
  const primary = errcode & 0xff
  const passing = [5, 6, 8, 10, 11, 13, 14, 23, 26] // busy locked readonly ioerr corrupt full cantopen auth notadb
  if (!passing.includes(primary)) return error
  return new StoreUnavailable(`The database cannot be used: ${text(error)}.`, { cause: error })
}

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
