/**
 * Commits groups of write steps to PostgreSQL, and says of each what became of it.
 *
 * When anything in a shared transaction fails, all of it is undone and each step runs again alone. A
 * conflict, or a connection lost before COMMIT was sent, is tried again as well. So a step may run more
 * than once, but only one run is ever committed.
 *
 * A commit whose answer got lost is settled by looking: every transaction leaves a mark, and a new
 * connection waits until nothing holds the mark any more, then reads it. (The transaction's number would
 * not do: after a crash PostgreSQL may give it to another one.)
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { checkOut, prepared, send } from './postgres-pool.ts'
import { isLate, tooLate } from './postgres-queue.ts'
import { type Group, type Outcome, transact } from './postgres-transaction.ts'
import { StoreUnavailable } from './store.ts'

/** Where the marks are: a row for each writer, of which there are a few in each process. */
export const markTable = `create table if not exists commit_mark (
  slot text primary key, mark bigint not null, at timestamptz not null default now())`

const leaveMark = prepared(
  `insert into commit_mark (slot, mark) values ($1, $2)
   on conflict (slot) do update set mark = excluded.mark, at = now()`,
)

const readMark = prepared(
  `insert into commit_mark (slot, mark) values ($1, 0)
   on conflict (slot) do update set mark = commit_mark.mark returning mark`,
)

const begin = 'begin isolation level read committed'

/** Has one transaction at a time. Answers every step of the group, whatever happens. */
export type Writer = (group: Group) => Promise<void>

/** `patience` in milliseconds: for a connection, for a row, and for an end of what stands in the way. */
export function createWriter(pool: Pool, patience: number): Writer {
  let slot = newSlot()
  let mark = 0

  async function write(group: Group): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await commit(group, attempt)
      if (outcome.kind === 'committed') {
        group.forEach(({ resolve }, i) => {
          resolve(outcome.values[i] as never)
        })
        return
      }
      if (outcome.kind === 'undone' && group.length > 1) {
        for (const pending of group) {
          if (isLate(pending)) pending.reject(tooLate())
          else await write([pending])
        }
        return
      }
      const again = outcome.kind === 'lost' || (outcome.kind === 'undone' && outcome.conflict)
      if (!again || group.some(isLate)) {
        for (const { reject } of group) reject(outcome.error)
        return
      }
      await sleep(Math.random() * 10 * attempt)
    }
  }

  async function commit(group: Group, attempt: number): Promise<Outcome> {
    let client: PoolClient
    try {
      client = await checkOut(pool, patience)
    } catch (error) {
      return { kind: 'refused', error }
    }
    mark += 1
    const outcome = await transact(client, group, [
      [attempt === 1 ? begin : `${begin}; set local lock_timeout = ${lockTimeout(attempt)}`],
      [leaveMark, slot, mark],
    ])
    // What is left of a lost transaction may still hold its mark.
    if (outcome.kind === 'lost') slot = newSlot()
    return outcome.kind === 'unknown' ? settle(outcome) : outcome
  }

  async function settle(outcome: Outcome & { kind: 'unknown' }): Promise<Outcome> {
    const deadline = performance.now() + 2 * patience
    while (performance.now() < deadline) {
      const standing = await standingMark()
      if (standing === mark) return { kind: 'committed', values: outcome.values }
      if (standing !== null) return { kind: 'lost', error: outcome.error }
      await sleep(20)
    }
    slot = newSlot()
    const words = 'PostgreSQL went away during a commit. Whether it took place is not known.'
    return { kind: 'refused', error: new StoreUnavailable(words, { cause: outcome.error }) }
  }

  /** `null` while the lost transaction is still at work, or while PostgreSQL cannot be reached. */
  async function standingMark(): Promise<number | null> {
    let client: PoolClient
    try {
      client = await checkOut(pool, patience)
    } catch {
      return null
    }
    try {
      const { rows } = await send(client, readMark, [slot])
      client.release()
      return rows[0]?.mark as number
    } catch {
      client.release(true)
      return null
    }
  }

  return write
}

/**
 * Milliseconds to wait for a row, a little more each time. Less than the second after which PostgreSQL
 * looks for deadlocks; by chance, so that of two steps that wait for each other one goes on.
 */
function lockTimeout(attempt: number): number {
  return Math.ceil(10 + Math.random() * Math.min(800, 20 * attempt))
}

function newSlot(): string {
  return randomBytes(12).toString('base64url')
}
