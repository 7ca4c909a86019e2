/** The work for a timer: refreshing every connection that is due, and sealing rows under the current key. */
import { isTemporary, VendorError } from './error.ts'
import type { Refresher } from './refresh.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import { isKept, type Vault } from './vault.ts'
import type { Clock } from './wait.ts'

export interface DueParts {
  readonly store: Store
  readonly vault: Vault
  readonly refresher: Refresher
  readonly clock: Clock
  /** Takes a connection's tokens back and forgets it. */
  readonly drop: (key: ConnectionKey, signal: AbortSignal | undefined) => Promise<unknown>
}

/** What a run of `refreshDue` came to. */
export interface DueReport {
  /** Connections that were due and have fresh tokens now, whichever process got them. */
  readonly refreshed: number
  /** Connections that the platform says are over. */
  readonly disconnected: number
  /** What is still due, and why. */
  readonly failed: readonly (ConnectionKey & { readonly error: VendorError })[]
  /** Connections not looked at, because the signal was aborted. */
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
export async function refreshDue(
  { store, vault, refresher, clock, drop }: DueParts,
  { concurrency = 8, signal }: { concurrency?: number; signal?: AbortSignal } = {},
): Promise<DueReport> {
  let refreshed = 0
  let disconnected = 0
  const failed: { user: string; name: string; error: VendorError }[] = []

  const refreshOne = async (key: ConnectionKey): Promise<VendorError | null> => {
    try {
      const entry = await vault.read(key)
      if (entry?.content.state !== 'connected' || entry.dueAt > clock.now()) return null
      // Nobody has confirmed it in time.
      if (!isKept(key)) {
        await drop(key, signal)
        return null
      }
      await refresher.refresh({ ...entry, content: entry.content })
      refreshed++
    } catch (error) {
      if (!(error instanceof VendorError)) throw error
      if (error.fault !== 'disconnected') return error
      disconnected++
    }
    return null
  }

  let queue = await store.list({ dueBefore: clock.now() })
  for (let before = -1; queue.length > 0 && refreshed > before && !signal?.aborted; ) {
    before = refreshed
    failed.length = 0
    const again: ConnectionKey[] = []
    queue = await eachOf(queue, { concurrency, signal }, async key => {
      const error = await refreshOne(key)
      if (!error) return
      failed.push({ ...key, error })
      if (isTemporary(error)) again.push(key)
    })
    if (queue.length === 0) queue = again
  }
  return { refreshed, disconnected, failed, left: signal?.aborted ? queue.length : 0 }
}

/** Seals every row that an older key sealed under the current one; readers and refreshes go on meanwhile. */
export async function reencrypt(
  { store, vault }: DueParts,
  { concurrency = 8, signal }: { concurrency?: number; signal?: AbortSignal } = {},
): Promise<ReencryptReport> {
  let resealed = 0
  const unreadable: ConnectionKey[] = []
  await eachOf(await store.list({}), { concurrency, signal }, async key => {
    try {
      if (await vault.reseal(key)) resealed++
    } catch (error) {
      if (!(error instanceof VendorError)) throw error
      unreadable.push(key)
    }
  })
  signal?.throwIfAborted()
  return { resealed, unreadable }
}

/** Works through the items, so many at a time; answers those not begun when the signal was aborted. */
async function eachOf<T>(
  items: readonly T[],
  { concurrency, signal }: { concurrency: number; signal: AbortSignal | undefined },
  work: (item: T) => Promise<void>,
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
