/**
 * The connections to PostgreSQL, and what each of their failures means. Connections are pipelined:
 * statements that are sent together travel in one write and share a round trip.
 */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient, types } from 'pg'
import { type EndingPool, endingPool } from './postgres-end.ts'
import { type Row, StoreUnavailable, type Value } from './store.ts'

export interface PostgresOptions {
  /** How many connections this process holds at most. */
  readonly connections?: number
  /** Milliseconds that a read or a step waits for its turn, a connection or a lock. */
  readonly patience?: number
  /** Milliseconds that a single statement may take. */
  readonly statementTimeout?: number
}

/** Milliseconds that a transaction waits for a row before it is undone and tried again. */
const lockTimeout = 100

/** Opens nothing yet; a connection that fails while nobody uses it is replaced, and nobody notices. */
export function createPool(url: string, options: Required<PostgresOptions>): EndingPool {
  const { connections, patience, statementTimeout } = options
  const ending = endingPool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: patience,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeout,
    lock_timeout: Math.min(lockTimeout, patience),
    idle_in_transaction_session_timeout: 2 * statementTimeout,
    // The server ends a statement; this is for a server that says nothing any more.
    query_timeout: 2 * statementTimeout,
    keepAlive: true,
    // All our statements find their rows by an index. A plan that was made while a table was small
    // would read the whole of it for as long as the connection lives.
    options: '-c enable_seqscan=off',
    pipeline: true,
    fallback_application_name: 'latchkey',
    types: { getTypeParser: typeParser as typeof types.getTypeParser },
  })
  ending.pool.on('connect', client => client.on('error', () => {}))
  return ending
}

/** Values as SQLite gives them: whole numbers as numbers, booleans as 0 and 1. */
function typeParser(type: number, format?: 'text' | 'binary') {
  if (type === types.builtins.INT8 || type === types.builtins.NUMERIC) return wholeNumber
  if (type === types.builtins.BOOL) return (text: string) => (text === 't' ? 1 : 0)
  return types.getTypeParser(type, format)
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new RangeError(`${text} is too large a number.`)
  }
  return number
}

/**
 * A connection from the pool. A full server is asked again for as long as patience lasts.
 * Throws `StoreUnavailable`.
 */
export async function checkOut(pool: Pool, patience: number): Promise<PoolClient> {
  const deadline = performance.now() + patience
  for (;;) {
    try {
      return await pool.connect()
    } catch (cause) {
      const full = cause instanceof DatabaseError && cause.code === '53300'
      if (!full || performance.now() > deadline) {
        throw new StoreUnavailable(`PostgreSQL cannot be reached: ${text(cause)}.`, { cause })
      }
    }
    await sleep(50)
  }
}

export interface Statement {
  readonly name: string
  readonly text: string
  /** True when it gives no rows, so that nobody has to wait for them. */
  readonly silent: boolean
}

const statements = new Map<string, Statement>()

/** Each statement is prepared once a connection, under a name made from its text. */
export function prepared(sql: string): Statement {
  let statement = statements.get(sql)
  if (!statement) {
    const silent = /^\s*(insert|update|delete)\b/i.test(sql) && !/\breturning\b/i.test(sql)
    statement = { name: `lk_${hash('sha1', sql).slice(0, 24)}`, text: sql, silent }
    statements.set(sql, statement)
  }
  return statement
}

export interface Answer {
  readonly rows: Row[]
  /** How many rows it changed, or gave. */
  readonly rowCount: number | null
  readonly command: string
}

/** Sends a statement; what is sent until the event loop goes on leaves in one write. */
export function send(
  client: PoolClient,
  statement: Statement | string,
  values: readonly (Value | readonly Value[])[] = [],
): Promise<Answer> {
  const { stream } = client.connection
  if (stream.writableCorked === 0) {
    stream.cork()
    process.nextTick(() => stream.uncork())
  }
  if (typeof statement === 'string') return client.query(statement)
  const { name, text } = statement
  return client.query({ name, text, values: [...values] })
}

/** The connection is lost, or its prepared statements are: another one may do better. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError) {
    // A migration changed what a prepared statement answers.
    if (error.routine === 'RevalidateCachedQuery') return true
    // connection exception · shutdown and crash · idle in transaction · unknown prepared statement
    return /^(08|57P0|25P03|26000)/.test(error.code ?? '')
  }
  return !(error instanceof TypeError || error instanceof RangeError)
}

/** The connection is not to be used again: lost, or its server has become one that only reads. */
export function isSpent(error: unknown): boolean {
  return isLost(error) || (error instanceof DatabaseError && error.code === '25006')
}

/** Somebody else was in the way; the same step may do better at once. */
export function isConflict(error: unknown): boolean {
  // serialization failure · deadlock · lock timeout
  return error instanceof DatabaseError && /^(40001|40P01|55P03)$/.test(error.code ?? '')
}

/** PostgreSQL's own failures become `StoreUnavailable`; a mistake in a statement passes through. */
export function unavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  // resources · cancelled, timed out · system · read-only · aborted or idle transaction · corrupt
  const own = error instanceof DatabaseError && /^(53|57|58|25006|25P0|XX)/.test(error.code ?? '')
  if (!own && !isConflict(error) && !isLost(error)) return error
  return new StoreUnavailable(`PostgreSQL cannot be used: ${text(error)}.`, { cause: error })
}

function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: string }
  return error.message || code || error.name
}
