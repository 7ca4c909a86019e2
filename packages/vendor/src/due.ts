/** The work for a timer: refreshing every connection that is due, and sealing rows under the current key. */
import { isTemporary, VendorError } from './error.ts'
import { disconnect, type LifecycleParts } from './lifecycle.ts'
import type { ConnectionKey } from './store/store.ts'
import { isKept } from './vault.ts'

/** How a run goes. */
export interface Pace {
  /** So many connections at a time (default 8). */
  readonly concurrency?: number
  readonly signal?: AbortSignal
}

/** What a run of `refreshDue` came to. */
export interface DueReport {
  /** Connections that were due and have fresh tokens now, whichever process got them. */
  readonly refreshed: number
  /** Connections that the platform says are over. */
  readonly disconnected: number
  /** What is still due, and why. */
  readonly failed: readonly (ConnectionKey & { readonly error: VendorError })[]
  /** Connections not looked at, or not waited for, because the signal was aborted. */
  readonly left: number
}

/** What a run of `reencrypt` came to. */
export interface ReencryptReport {
  readonly resealed: number
  /** Rows that no key of the ring opens. */
  readonly unreadable: readonly ConnectionKey[]
}

/**
 * Refreshes what is due, the longest due first, `concurrency` at a time. What fails for the moment is
 * tried again after the others, for as long as others succeed; so nobody starves and nobody is hammered.
 */
export async function refreshDue(parts: LifecycleParts, how: Pace = {}): Promise<DueReport> {
  const { store, vault, refresher, clock } = parts
  const { signal } = how
  let refreshed = 0
  let disconnected = 0
  let left = 0
  const failed: { user: string; name: string; error: VendorError }[] = []

  const refreshOne = async (key: ConnectionKey) => {
    const entry = await vault.read(key)
    if (entry?.content.state !== 'connected' || entry.dueAt > clock.now()) return
    // Nobody has confirmed it in time.
    if (!isKept(key)) return disconnect(parts, key, signal)
    await refresher.refresh({ ...entry, content: entry.content }, signal)
    refreshed++
  }

  let queue = await store.list({ dueBefore: clock.now() })
  for (let before = -1; queue.length > 0 && refreshed > before && !signal?.aborted; ) {
    before = refreshed
    failed.length = 0
    const again: ConnectionKey[] = []
    queue = await eachOf(queue, how, async key => {
      try {
        await refreshOne(key)
      } catch (error) {
        if (error === signal?.reason) return left++
        if (!(error instanceof VendorError)) throw error
        if (error.fault === 'disconnected') return disconnected++
        failed.push({ ...key, error })
        if (isTemporary(error)) again.push(key)
      }
    })
    if (queue.length === 0) queue = again
  }
  if (signal?.aborted) left += queue.length
  return { refreshed, disconnected, failed, left }
}

/** Seals every row that an older key sealed under the current one; readers and refreshes go on meanwhile. */
export async function reencrypt(
  { store, vault }: LifecycleParts,
  how: Pace = {},
): Promise<ReencryptReport> {
  let resealed = 0
  const unreadable: ConnectionKey[] = []
  await eachOf(await store.list({}), how, async key => {
    try {
      if (await vault.reseal(key)) resealed++
    } catch (error) {
      if (!(error instanceof VendorError)) throw error
      unreadable.push(key)
    }
  })
  how.signal?.throwIfAborted()
  return { resealed, unreadable }
}

/** Works through the items, so many at a time; answers those not begun when the signal was aborted. */
async function eachOf<T>(
  items: readonly T[],
  { concurrency = 8, signal }: Pace,
  work: (item: T) => Promise<unknown>,
): Promise<T[]> {
  const rest = items.values()
  const worker = async () => {
    while (!signal?.aborted) {
      const { done, value } = rest.next()
      if (done) return
      await work(value)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return [...rest]
}
