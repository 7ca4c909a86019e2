/** The connections to PostgreSQL, and what each of their failures means. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { type EndingPool, endingPool } from './postgres-end.ts'
import { StoreUnavailable, Unchanged } from './store.ts'

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
    // A batch is sent also while the one before it is not answered yet.
    pipeline: true,
    fallback_application_name: 'latchkey',
  })
  ending.pool.on('connect', client => client.on('error', () => {}))
  return ending
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

/** The connection is lost, or its prepared statements are: another one may do better. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError) {
    // A migration changed what a prepared statement answers.
    if (error.routine === 'RevalidateCachedQuery') return true
    // connection exception · shutdown and crash · idle in transaction · unknown prepared statement
    return /^(08|57P0|25P03|26000)/.test(error.code ?? '')
  }
  return !(error instanceof TypeError || error instanceof RangeError || error instanceof Unchanged)
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
