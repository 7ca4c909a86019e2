/**
 * Keeps connections in PostgreSQL, shared by processes on any number of machines (`pg`). Every function
 * is one statement, so PostgreSQL decides between writers; locks go by the database's clock, so it does
 * not matter how the machines' clocks differ.
 */
import { check } from '../error.ts'
import type { Row, Store } from './store.ts'

/** What is used of a `Pool` of `pg`. */
export interface PostgresPool {
  query(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Record<string, unknown>[]; readonly rowCount: number | null }>
}

export interface PostgresStore extends Store {
  /** Ends the pool, if this store made it. */
  close(): Promise<void>
}

export interface PostgresOptions {
  /** The tables are `<prefix>_connections` and `<prefix>_locks` (default `latchkey`). */
  readonly prefix?: string
}

/** Milliseconds for a connection, and for one statement. */
const patience = 10_000
/** Lapsed locks are swept away once in so many. */
const sweepEvery = 256
/** The lock under which the tables are made; any number will do that nobody else uses. */
const schemaLock = 4_712_850_213

/**
 * Uses a pool of yours, or makes one for a `postgres://` address. The tables are made when they are first
 * needed, unless they are there; then no right to make any is needed.
 */
export function createPostgresStore(
  database: string | PostgresPool,
  { prefix = 'latchkey' }: PostgresOptions = {},
): PostgresStore {
  check(/^[a-z_][a-z0-9_]{0,40}$/.test(prefix), 'prefix: lower-case letters, digits and _.')
  const connections = `${prefix}_connections`
  const locks = `${prefix}_locks`
  let opened: Promise<Opened> | null = null
  let locked = 0

  const open = async (): Promise<Opened> => {
    const { pool, end } = typeof database === 'string' ? await connect(database) : lent(database)
    await makeTables(pool, connections, locks)
    return { pool, end }
  }
  const query = async (sql: string, ...values: unknown[]) => {
    opened ??= open()
    const ours = opened
    const { pool } = await ours.catch(error => {
      if (opened === ours) opened = null
      throw error
    })
    return pool.query(sql, values)
  }
  const changes = async (sql: string, ...values: unknown[]) =>
    ((await query(sql, ...values)).rowCount ?? 0) > 0
  const sweep = () =>
    query(`
      delete from ${locks} where name in (
        select name from ${locks} where until <= clock_timestamp() limit 1000 for update skip locked
      )
    `)

  const read = async (user: string, name: string): Promise<Row | null> => {
    const sql = `select revision, due_at, sealed from ${connections} where user_id = $1 and name = $2`
    const [row] = (await query(sql, user, name)).rows
    if (!row) return null
    return { revision: `${row.revision}`, dueAt: Number(row.due_at), sealed: `${row.sealed}` }
  }

  return {
    read: ({ user, name }) => read(user, name),
    write: async ({ user, name }, row, expected) => {
      if (row && expected !== null) {
        return changes(
          `update ${connections} set revision = $3, due_at = $4, sealed = $5
           where user_id = $1 and name = $2 and revision = $6`,
          ...[user, name, row.revision, row.dueAt, row.sealed, expected],
        )
      }
      if (row) {
        return changes(
          `insert into ${connections} (user_id, name, revision, due_at, sealed)
           values ($1, $2, $3, $4, $5) on conflict do nothing`,
          ...[user, name, row.revision, row.dueAt, row.sealed],
        )
      }
      if (expected === null) return (await read(user, name)) === null
      const sql = `delete from ${connections} where user_id = $1 and name = $2 and revision = $3`
      return changes(sql, user, name, expected)
    },
    list: async ({ user, dueBefore = Number.MAX_SAFE_INTEGER }) => {
      const { rows } = await query(
        `select user_id, name from ${connections}
         where due_at <= $1 and ($2::text is null or user_id = $2) order by due_at`,
        ...[dueBefore, user ?? null],
      )
      return rows.map(row => ({ user: `${row.user_id}`, name: `${row.name}` }))
    },
    lock: async (name, owner, milliseconds) => {
      // Housekeeping must not fail anybody's refresh.
      if (locked++ % sweepEvery === 0) await sweep().catch(() => {})
      return changes(
        `insert into ${locks} as held (name, owner, until)
         values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
         on conflict (name) do update set owner = excluded.owner, until = excluded.until
         where held.owner = excluded.owner or held.until <= clock_timestamp()`,
        ...[name, owner, milliseconds],
      )
    },
    unlock: async (name, owner) => {
      await query(`delete from ${locks} where name = $1 and owner = $2`, name, owner)
    },
    close: async () => {
      await (await opened)?.end()
    },
  }
}

interface Opened {
  readonly pool: PostgresPool
  readonly end: () => Promise<void>
}

function lent(pool: PostgresPool): Opened {
  return { pool, end: async () => {} }
}

/** `pg` is loaded here alone: who brings a pool needs no second copy. */
async function connect(connectionString: string): Promise<Opened> {
  const { Pool } = await import('pg')
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return { pool, end: () => pool.end() }
}

async function makeTables(pool: PostgresPool, connections: string, locks: string): Promise<void> {
  const there = 'select to_regclass($1) is not null and to_regclass($2) is not null as made'
  if ((await pool.query(there, [connections, locks])).rows[0]?.made) return
  // One text of several statements is one transaction, and the lock lasts as long.
  await pool.query(`
    select pg_advisory_xact_lock(${schemaLock});
    create table if not exists ${connections} (
      user_id text not null, name text not null,
      revision text not null, due_at bigint not null, sealed text not null,
      primary key (user_id, name)
    );
    create index if not exists ${connections}_due on ${connections} (due_at);
    create table if not exists ${locks} (
      name text primary key, owner text not null, until timestamptz not null
    );
  `)
}
