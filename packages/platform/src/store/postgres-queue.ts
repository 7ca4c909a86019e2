/**
 * What waits for its turn. A few workers take it in groups: what was asked for in one turn of the event
 * loop, or while all of them were busy. What has waited too long is refused.
 */
import { StoreUnavailable } from './store.ts'

export interface Pending {
  /** When its patience ends, by `performance.now()`. */
  readonly deadline: number
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Answers everything in the group; never rejects. */
export type Worker<T> = (group: T[]) => Promise<void>

export interface Queue<T> {
  /** Throws `StoreUnavailable` once it is closed. */
  add(pending: T): void
  /** Resolves when everything that was added is answered. */
  close(): Promise<void>
}

export function isLate({ deadline }: Pending): boolean {
  return performance.now() > deadline
}

export function tooLate(): StoreUnavailable {
  return new StoreUnavailable('PostgreSQL is too busy: all connections were taken for too long.')
}

/** A group holds `most` at most; work for `enough` or fewer is not shared out among the workers. */
export function createQueue<T extends Pending>(
  workers: readonly Worker<T>[],
  { enough, most }: { enough: number; most: number },
): Queue<T> {
  const free = [...workers]
  const waiting: T[] = []
  let scheduled = false
  let timer: NodeJS.Timeout | null = null
  let closed: (() => void) | null = null

  const start = () => {
    scheduled = false
    while (waiting.length > 0) {
      const worker = free.pop()
      if (!worker) break
      const share = Math.ceil(waiting.length / (free.length + 1))
      const group = waiting.splice(0, Math.min(most, Math.max(enough, share)))
      worker(group).then(() => {
        free.push(worker)
        schedule()
      })
    }
    watch()
    if (free.length === workers.length) closed?.()
  }
  const schedule = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(start)
  }
  /** Refuses, when the time comes, what no worker has taken until then. */
  const watch = () => {
    const [oldest] = waiting
    if (timer || !oldest) return
    timer = setTimeout(
      () => {
        timer = null
        while (waiting[0] && isLate(waiting[0])) waiting.shift()?.reject(tooLate())
        watch()
      },
      oldest.deadline - performance.now() + 1,
    )
  }

  return {
    add: pending => {
      if (closed) throw new StoreUnavailable('The database is closed.')
      waiting.push(pending)
      if (free.length > 0) schedule()
      else watch()
    },
    close: () =>
      new Promise(done => {
        closed = done
        schedule()
      }),
  }
}
