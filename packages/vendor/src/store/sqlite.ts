/**
 * Keeps connections in one SQLite file, shared by all processes of one machine (`node:sqlite`). Every
 * function is one statement, so SQLite itself decides between writers. What `write` answered is on disk.
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Row, Store } from './store.ts'

export interface SqliteStore extends Store {
  close(): void
}

/** Milliseconds another process may hold the file before a call fails. */
const patience = 10_000
/** Lapsed locks are swept away once in so many. */
const sweepEvery = 256

const schema = `
  create table if not exists connections (
    user text not null, name text not null,
    revision text not null, due_at integer not null, sealed text not null,
    primary key (user, name)
  ) without rowid, strict;
  create index if not exists connections_due on connections (due_at);
  create table if not exists locks (
    name text primary key, owner text not null, until integer not null
  ) without rowid, strict;
`

/** Opens the file, or makes it, readable by its owner alone. Throws when it cannot be opened. */
export function createSqliteStore(
  path: string,
  { now = Date.now }: { now?: () => number } = {},
): SqliteStore {
  const database = open(path)
  const read = database.prepare(
    'select revision, due_at, sealed from connections where user = ? and name = ?',
  )
  const insert = database.prepare(
    'insert into connections values (?, ?, ?, ?, ?) on conflict do nothing',
  )
  const update = database.prepare(
    'update connections set revision = ?, due_at = ?, sealed = ? where user = ? and name = ? and revision = ?',
  )
  const remove = database.prepare(
    'delete from connections where user = ? and name = ? and revision = ?',
  )
  const listAll = database.prepare(
    'select user, name from connections where due_at <= ? order by due_at',
  )
  const listUser = database.prepare(
    'select user, name from connections where due_at <= ? and user = ? order by due_at',
  )
  const lock = database.prepare(`
    insert into locks values (:name, :owner, :until)
    on conflict do update set owner = :owner, until = :until where owner = :owner or until <= :now
  `)
  const unlock = database.prepare('delete from locks where name = ? and owner = ?')
  const sweep = database.prepare('delete from locks where until <= ?')
  let locked = 0

  const find = (user: string, name: string): Row | null => {
    const row = read.get(user, name)
    if (!row) return null
    return { revision: `${row.revision}`, dueAt: Number(row.due_at), sealed: `${row.sealed}` }
  }

  return {
    read: async ({ user, name }) => find(user, name),
    write: async ({ user, name }, row, expected) => {
      if (row && expected !== null) {
        const { revision, dueAt, sealed } = row
        return update.run(revision, dueAt, sealed, user, name, expected).changes === 1
      }
      if (row) return insert.run(user, name, row.revision, row.dueAt, row.sealed).changes === 1
      if (expected !== null) return remove.run(user, name, expected).changes === 1
      return find(user, name) === null
    },
    list: async ({ user, dueBefore = Number.MAX_SAFE_INTEGER }) => {
      const rows = user === undefined ? listAll.all(dueBefore) : listUser.all(dueBefore, user)
      return rows.map(row => ({ user: `${row.user}`, name: `${row.name}` }))
    },
    lock: async (name, owner, milliseconds) => {
      const time = now()
      if (locked++ % sweepEvery === 0) sweep.run(time)
      const until = time + milliseconds
      return lock.run({ name, owner, until, now: time }).changes === 1
    },
    unlock: async (name, owner) => {
      unlock.run(name, owner)
    },
    close: () => database.close(),
  }
}

function open(path: string): DatabaseSync {
  if (path !== ':memory:') {
    makeFolder(dirname(path))
    closeSync(openSync(path, 'a', 0o600))
  }
  const database = new DatabaseSync(path, { timeout: patience })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    database.exec(schema)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Node's own `recursive` tries for ever where nothing can be made below a folder, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error
  }
}
