/**
 * Commits write steps to PostgreSQL, and finds out what became of them.
 *
 * When anything in a shared transaction fails, all of it is undone and each step runs again alone; only
 * when a row had to change and did not, the others stay together. A step runs again as well after a
 * conflict, or after its connection was lost before COMMIT was sent, for as long as its patience lasts. So
 * it may run more than once, but only one run is ever committed. What runs alone has a queue and writers
 * of its own, so that a row locked for long holds up nobody else.
 *
 * A commit whose answer got lost is settled by looking for its mark (`postgres-mark.ts`).
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { tellAll } from './finish.ts'
import { send } from './postgres-batch.ts'
import { leaveMark, settleMark } from './postgres-mark.ts'
import { checkOut } from './postgres-pool.ts'
import { createQueue, type Queue } from './postgres-queue.ts'
import { prepared } from './postgres-statement.ts'
import { type Group, type Outcome, type PendingWrite, transact } from './postgres-transaction.ts'
import { StoreUnavailable, Unchanged, type Watch } from './store.ts'

const begin = prepared('begin isolation level read committed')
const limitLocks = prepared(`select set_config('lock_timeout', $1, true)`)

/** A queue of steps for so many writers, and half as many again for what runs alone. */
export function createWriters(
  pool: Pool,
  patience: number,
  writers: number,
  watch: Watch,
): Queue<PendingWrite> {
  const work = (commit: Committer) => async (group: Group) => {
    const outcome = await commit(group)
    const spoiled = outcome.kind === 'undone' && outcome.error instanceof Unchanged
    if (spoiled && group.length > 1) await separate(commit, group)
    else await conclude(group, outcome)
  }

  /** One had no row to change. They run again to see which; the others then run together, and it alone. */
  const separate = async (commit: Committer, group: Group) => {
    const outcome = await commit(group, { look: true })
    const unchanged = outcome.kind === 'undone' ? outcome.unchanged : new Set<PendingWrite>()
    const others = group.filter(pending => !unchanged.has(pending))
    if (unchanged.size === 0 || others.length === 0) await conclude(group, outcome)
    else {
      await conclude(others, await commit(others), true)
      await conclude([...unchanged], outcome, true)
    }
  }

  /** Answers the group, or has each of its steps run alone. */
  const conclude = async (group: Group, outcome: Outcome, shared = group.length > 1) => {
    if (outcome.kind === 'committed') {
      tellAll(group, outcome.finished)
      return
    }
    const again =
      outcome.kind === 'lost' || (outcome.kind === 'undone' && (shared || outcome.conflict))
    if (outcome.kind === 'lost') await sleep(Math.random() * 20)
    for (const pending of group) {
      const { attempt, reject } = pending
      if (!again) reject(outcome.error)
      else if (shared) alone.add({ ...pending, attempt: attempt + 1 })
      else alone.add({ ...pending, attempt: attempt + 1, reason: outcome.error })
    }
  }

  const some = (n: number) =>
    Array.from({ length: n }, () => {
      const commit = createCommitter(pool, patience)
      return work(async (group, options) => {
        const began = performance.now()
        const outcome = await commit(group, options)
        watch('write', group.length, performance.now() - began)
        return outcome
      })
    })
  const together = createQueue(some(writers), { enough: 32, most: 64 })
  const alone = createQueue(some(Math.ceil(writers / 2)), { enough: 1, most: 1 })
  return {
    add: together.add,
    idle: async () => {
      await together.idle()
      await alone.idle()
    },
  }
}

type Committer = (group: Group, options?: { look: boolean }) => Promise<Outcome>

/** Has one transaction at a time; what it answers is certain, but for `refused` after an unknown end. */
function createCommitter(pool: Pool, patience: number): Committer {
  let slot = newSlot()
  let mark = 0

  async function commit(group: Group, { look } = { look: false }): Promise<Outcome> {
    let client: PoolClient
    try {
      client = await checkOut(pool, patience)
    } catch (error) {
      return { kind: 'refused', error }
    }
    mark += 2
    const attempt = group[0]?.attempt ?? 1
    const limit = [limitLocks, String(lockTimeout(attempt))] as const
    const opening = [[begin], ...(attempt === 1 ? [] : [limit]), [leaveMark, slot, mark]] as const
    const outcome = await transact(client, group, { opening, look })
    // What is left of a lost transaction may still hold its mark.
    if (outcome.kind === 'lost') slot = newSlot()
    return outcome.kind === 'unknown' ? settle(outcome) : outcome
  }

  async function settle(outcome: Outcome & { kind: 'unknown' }): Promise<Outcome> {
    const deadline = performance.now() + 2 * patience
    while (performance.now() < deadline && !pool.ending) {
      const standing = await standingMark()
      if (standing === mark) return { kind: 'committed', finished: outcome.finished }
      if (standing !== null) return { kind: 'lost', error: outcome.error }
      await sleep(20)
    }
    slot = newSlot()
    const words = 'PostgreSQL went away during a commit. Whether it took place is not known.'
    const error = new StoreUnavailable(words, { cause: outcome.error, uncertain: true })
    return { kind: 'refused', error }
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
      const { rows } = await send(client, settleMark, [slot, mark])
      client.release()
      return rows[0]?.mark as number
    } catch {
      client.release(true)
      return null
    }
  }

  return commit
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
