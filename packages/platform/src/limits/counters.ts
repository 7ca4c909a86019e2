/**
 * Counts under a key within a stretch of time, shared by every process on one database: in PostgreSQL,
 * in a small SQLite file beside the database, or, for a database in memory, in memory.
 *
 * Counts are not data. They are atomic but not synced to the disk, no backup needs them, and while the
 * place that holds them cannot be reached each process counts for itself: a limit that cannot be asked
 * neither stops the vendors nor opens the doors.
 */
import { hash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterSQLite,
} from 'rate-limiter-flexible'

export interface Count {
  readonly used: number
  /** Milliseconds until the count begins again. */
  readonly endsIn: number
}

export interface Counter {
  /** Adds so many to the key's count; answers what it is now. Never rejects. */
  add(key: string, points: number): Promise<Count>
  forget(key: string): Promise<void>
}

export interface Counters {
  /** A counter with a name of its own; its stretch of time begins with the first `add` of a key. */
  counter(name: string, seconds: number): Counter
  close(): Promise<void>
}

/** No limit of the library's own: what a count means is decided where it is used. */
interface LimiterOptions {
  readonly keyPrefix: string
  readonly duration: number
  readonly points: 1
}

type MakeLimiter = (options: LimiterOptions) => RateLimiterAbstract

/** Counters for a SQLite path, `:memory:` or `postgres://…`. */
export async function openCounters(database: string): Promise<Counters> {
  if (/^postgres(ql)?:/.test(database)) return inPostgres(database)
  return database === ':memory:' ? inMemory() : inFile(`${database}-limits`)
}

export function inMemory(): Counters {
  return counters(
    options => new RateLimiterMemory(options),
    async () => {},
  )
}

const table = 'rate_limit'

/** Unlogged: a crash of the server empties it, and every count is as cheap as it can be. */
export const rateLimitTable = `create unlogged table if not exists ${table} (
  key varchar(255) primary key, points integer not null default 0, expire bigint)`

/** A pool of its own: whoever is kept waiting by the limits does not keep the store waiting. */
async function inPostgres(url: string): Promise<Counters> {
  const { endingPool } = await import('../store/postgres-end.ts')
  const { pool, end } = endingPool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 1_000,
    query_timeout: 1_000,
    statement_timeout: 1_000,
    fallback_application_name: 'latchkey limits',
  })
  const make: MakeLimiter = options =>
    new RateLimiterPostgres({
      ...insured(options),
      storeClient: pool,
      storeType: 'pool',
      tableName: table,
      tableCreated: true,
    })
  return counters(make, end)
}

function inFile(path: string): Counters {
  const file = openFile(path)
  const make: MakeLimiter = options =>
    new RateLimiterSQLite({
      ...insured(options),
      storeClient: asLibraryExpects(file),
      storeType: 'better-sqlite3',
      tableName: table,
      tableCreated: true,
    })
  return counters(make, async () => file.close())
}

/** A file that cannot be read is thrown away; one that cannot be written leaves the counts in memory. */
function openFile(path: string): DatabaseSync {
  for (const attempt of ['as it is', 'anew', 'in memory']) {
    if (attempt === 'anew')
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
    try {
      const file = new DatabaseSync(attempt === 'in memory' ? ':memory:' : path, { timeout: 50 })
      file.exec(`pragma journal_mode = wal; pragma synchronous = off;
        create table if not exists ${table}
          (key text primary key, points integer not null, expire integer) without rowid`)
      return file
    } catch {}
  }
  throw new Error('SQLite cannot open a database in memory.')
}

/** The library speaks to a client of another shape; every statement of it is one, and atomic by itself. */
function asLibraryExpects(file: DatabaseSync) {
  const known = new Map<string, StatementSync>()
  return {
    prepare: (sql: string) => {
      const statement = known.get(sql) ?? file.prepare(sql)
      known.set(sql, statement)
      return statement
    },
    transaction: <T>(run: () => T) => run,
  }
}

function insured(options: LimiterOptions) {
  return { ...options, insuranceLimiter: new RateLimiterMemory(options) }
}

function counters(make: MakeLimiter, close: () => Promise<void>): Counters {
  return {
    counter: (name, seconds) => {
      const limiter = make({ keyPrefix: name, duration: seconds, points: 1 })
      return {
        add: async (key, points) => {
          const { consumedPoints, msBeforeNext } = await limiter.penalty(short(key), points)
          return { used: consumedPoints, endsIn: msBeforeNext }
        },
        forget: async key => {
          await limiter.delete(short(key))
        },
      }
    },
    close,
  }
}

/** Keys hold addresses and emails: nobody needs to read those there, nor how long they are. */
function short(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 27)
}
