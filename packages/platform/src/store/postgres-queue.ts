/**
 * What waits for its turn. A few workers take it in groups: what was asked for in one turn of the event
 * loop, or while all of them were busy. What has waited too long is refused.
 */
import { StoreUnavailable } from './store.ts'

export interface Pending {
  /** When its patience ends, by `performance.now()`. */
  readonly deadline: number
  /** Why it did not succeed so far. */
  readonly reason?: unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Answers everything in the group, or puts it in a queue again; never rejects. */
export type Worker<T> = (group: T[]) => Promise<void>

export interface Queue<T> {
  add(pending: T): void
  /** Resolves when nothing waits and nobody works. */
  idle(): Promise<void>
}

export function isLate({ deadline }: Pending): boolean {
  return performance.now() > deadline
}

/**
 * Milliseconds after which another worker takes what waits behind a busy one: longer than a transaction
 * on a near server takes, so that one worker's large groups are not broken up into many small ones.
 */
const hesitation = 3

/**
 * A group holds `most` at most. While somebody works, fewer than `enough` are left to gather for a few
 * milliseconds: several fit into a transaction that would otherwise have been several transactions.
 */
export function createQueue<T extends Pending>(
  workers: readonly Worker<T>[],
  { enough, most }: { enough: number; most: number },
): Queue<T> {
  const free = [...workers]
  let waiting: T[] = []
  let scheduled = false
  let hurry: NodeJS.Timeout | null = null
  let timer: NodeJS.Timeout | null = null
  let idle: (() => void)[] = []

  const schedule = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(() => start())
  }

  const start = (late = false) => {
    scheduled = false
    let hasWaited = late
    while (waiting.length > 0) {
      const busy = free.length < workers.length
      if (busy && waiting.length < enough && !hasWaited) break
      const worker = free.pop()
      if (!worker) break
      hasWaited = false
      worker(waiting.splice(0, most)).then(() => {
        free.push(worker)
        schedule()
      })
    }
    if (waiting.length > 0 && free.length > 0 && !hurry) hurry = setTimeout(startLate, hesitation)
    watch()
    if (waiting.length > 0 || free.length < workers.length) return
    for (const done of idle) done()
    idle = []
  }

  const startLate = () => {
    hurry = null
    start(true)
  }

  /** Refuses, when the time comes, what no worker has taken until then. */
  const watch = () => {
    if (timer || waiting.length === 0) return
    const next = Math.min(...waiting.map(({ deadline }) => deadline))
    timer = setTimeout(
      () => {
        timer = null
        // Asked once for each: what becomes late between two looks would be dropped without an answer.
        const { late = [], early = [] } = Object.groupBy(waiting, pending =>
          isLate(pending) ? 'late' : 'early',
        )
        waiting = early
        for (const pending of late) pending.reject(tooLate(pending))
        watch()
      },
      Math.max(1, next - performance.now() + 1),
    )
  }

  return {
    add: pending => {
      if (isLate(pending)) {
        pending.reject(tooLate(pending))
        return
      }
      waiting.push(pending)
      if (free.length > 0) schedule()
      else watch()
    },
    idle: () =>
      new Promise(done => {
        idle.push(done)
        schedule()
      }),
  }
}

function tooLate({ reason }: Pending): unknown {
  return reason ?? new StoreUnavailable('PostgreSQL is too busy: no connection was free in time.')
}
