/**
 * The SQLite engine on `node:sqlite`: one connection, whose pages both sides keep. `sqlite-write.ts` writes
 * a group between two turns of the event loop, `sqlite-read.ts` looks at turns, and so never sees a group
 * that is still being written.
 */
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from '../folder.ts'
import { migrations } from './migrations.ts'
import { createReader } from './sqlite-read.ts'
import { reason, unavailable } from './sqlite-statement.ts'
import { walSync } from './sqlite-sync.ts'
import { createWriter, patience } from './sqlite-write.ts'
import { type Store, StoreUnavailable, type Watch } from './store.ts'

const types = {
  '{id}': 'integer primary key',
  '{bytes}': 'blob',
  '{integer}': 'integer',
  '{clustered}': 'without rowid',
}

/**
 * Pages in the WAL before they are copied into the database file: 16 MB. The same few pages are written
 * over and over, so fewer checkpoints copy less.
 */
const checkpointPages = 4_000

/** Kilobytes of pages that are kept. */
const cache = 16_384

/**
 * Opens (or makes) the database. `:memory:` lives as long as the store.
 * Throws `StoreUnavailable` when the file cannot be opened or is no database; the file stays as it was.
 */
export function openSqlite(path: string, watch: Watch = () => {}): Store {
  const memory = path === ':memory:'
  if (!memory) prepareFile(path)
  const database = open(path)
  const sync = memory ? null : walSync(path)
  const reader = createReader(database, watch)
  const writer = createWriter(database, {
    sync: sync ?? (async () => {}),
    changed: reader.forget,
    watch,
  })
  let closed = false
  const opened = <T>(work: () => Promise<T>): Promise<T> =>
    closed ? Promise.reject(new StoreUnavailable('The database is closed.')) : work()
  return {
    engine: 'sqlite',
    read: (sql, ...values) => opened(() => reader.read(sql, values, false)),
    find: (sql, key) => opened(() => reader.read(sql, [key], true)),
    write: (step, key, finish) => opened(() => writer.write(step, key, finish)),
    ready: () => opened(writer.ready),
    schemaVersion: async () => version(database),
    migrate: async () => {
      const ran = migrate(database)
      reader.forget(null)
      return ran
    },
    close: async () => {
      if (closed) return
      closed = true
      await Promise.all([reader.idle(), writer.idle()])
      sync?.close()
      database.close()
    },
  }
}

/** A new file is its owner's alone; the WAL beside it takes over its rights. */
function prepareFile(path: string): void {
  try {
    makeFolder(dirname(path))
    closeSync(openSync(path, 'a', 0o600))
  } catch {
    // SQLite says better what is wrong with it.
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
      pragma cache_size = -${cache};
      pragma wal_autocheckpoint = ${checkpointPages};
      pragma busy_timeout = 0;
    `)
    return database
  } catch (cause) {
    throw new StoreUnavailable(`The database ${path} cannot be opened: ${reason(cause)}.`, {
      cause,
    })
  }
}

function version(database: DatabaseSync): number {
  const row = database.prepare('pragma user_version').get() as { user_version: number }
  return row.user_version
}

function migrate(database: DatabaseSync): readonly string[] {
  if (version(database) >= migrations.length) return []
  try {
    database.exec(`pragma busy_timeout = ${patience}; begin immediate`)
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
