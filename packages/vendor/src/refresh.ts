/**
 * One refresh at a time. In a process, callers share the refresh under way; among processes, a lock in
 * the store lets one go first, and the others find its tokens there. The lock is renewed while the
 * platform takes its time. Should it be lost all the same, the store's compare-and-set decides whose
 * tokens stand. New tokens are saved before anybody uses them.
 */
import { randomText } from './base64url.ts'
import { VendorError } from './error.ts'
import type { EventKind, Events } from './events.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import { isOver, type TokenEndpoint } from './tokens.ts'
import type { Connected, Disconnected, Entry, Vault } from './vault.ts'
import { abortable, type Clock } from './wait.ts'

export interface RefreshParts {
  readonly store: Store
  readonly vault: Vault
  readonly tokens: TokenEndpoint
  readonly events: Events
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds a lock lives without renewal. */
  readonly lockTime: number
  /** Milliseconds a caller waits for another process's refresh. */
  readonly lockPatience: number
}

/** What to do while somebody else holds the lock. */
export interface Waiting<T> {
  readonly signal?: AbortSignal | undefined
  /** Looks whether the work was done by who holds it. */
  readonly meanwhile?: () => Promise<T | null>
  /** Milliseconds, if not the usual. */
  readonly patience?: number
  /** Instead of the work, when the patience is over; the work itself, unless said otherwise. */
  readonly late?: () => Promise<T>
}

export interface Refresher {
  /** The live connection. Throws `disconnected` when there is none. */
  current(key: ConnectionKey): Promise<Entry<Connected>>
  /** Tokens that came after `stale`. Throws `disconnected`, `network`, `refused` or `malformed`. */
  refresh(stale: Entry<Connected>, signal?: AbortSignal): Promise<Entry<Connected>>
  /** The same while the tokens still work: where it is not to be had at once, answers `stale`. */
  refreshAhead(stale: Entry<Connected>, signal?: AbortSignal): Promise<Entry<Connected>>
  /** Runs `work` while nobody else refreshes this connection. */
  alone<T>(key: ConnectionKey, work: () => Promise<T>, how?: Waiting<T>): Promise<T>
}

/** Milliseconds until a refresh ahead is tried again after it failed. */
const restAfterFailure = 30_000

export function createRefresher(parts: RefreshParts): Refresher {
  const { store, vault, clock, lockTime } = parts
  const running = new Map<string, Promise<Entry<Connected>>>()
  const resting = new Map<string, number>()

  const current = async (key: ConnectionKey) => live(key, await vault.read(key))

  /** Only the owner's call; waiting callers may give up, the refresh itself is never cut off. */
  const share = (stale: Entry<Connected>, ahead: boolean) => {
    const id = lockName(stale.key)
    const run = (ahead ? tryAhead(stale) : renew(stale)).finally(() => running.delete(id))
    run.catch(() => {})
    running.set(id, run)
    return run
  }

  const refresh: Refresher['refresh'] = async (stale, signal) => {
    for (;;) {
      const run = async () => running.get(lockName(stale.key)) ?? share(stale, false)
      const entry = await abortable(run, signal)
      if (entry.revision !== stale.revision) return entry
    }
  }

  const refreshAhead: Refresher['refreshAhead'] = async (stale, signal) => {
    const id = lockName(stale.key)
    if (running.has(id) || (resting.get(id) ?? 0) > clock.now()) return stale
    return abortable(() => share(stale, true), signal)
  }

  const tryAhead = async (stale: Entry<Connected>): Promise<Entry<Connected>> => {
    const id = lockName(stale.key)
    resting.delete(id)
    try {
      const late = async () => stale
      return await alone(stale.key, () => renewLocked(stale, 1), { patience: 0, late })
    } catch (error) {
      if (!(error instanceof VendorError) || /disconnected|usage/.test(error.fault)) throw error
      resting.set(id, clock.now() + restAfterFailure)
      return stale
    }
  }

  const renew = (stale: Entry<Connected>): Promise<Entry<Connected>> =>
    alone(stale.key, () => renewLocked(stale), {
      meanwhile: async () => {
        const entry = await current(stale.key)
        return entry.revision === stale.revision ? null : entry
      },
      late: async () => {
        throw new VendorError('network', 'Another refresh takes too long.')
      },
    })

  /** Looks again first: whoever had the lock before may have refreshed. */
  const renewLocked = async (stale: Entry<Connected>, tries?: number) => {
    const { key } = stale
    const { revision, content } = await current(key)
    if (revision !== stale.revision) return current(key)
    const next = await ask(stale, content, tries)
    const isLive = next.state === 'connected'
    let kind: EventKind = isLive ? 'refreshed' : 'disconnected'
    let saved = await vault.save(key, next, revision)
    if (!saved && isLive) {
      // A lost lock let another refresh ask with a token that ours had used up: its no says nothing.
      const other = await vault.read(key)
      if (other?.content.state === 'disconnected' && other.content.after === revision) {
        saved = await vault.save(key, next, other.revision)
        kind = 'recovered'
      }
    }
    // Somebody connected, disconnected or refreshed in between: that stands, not ours.
    if (!saved) return current(key)
    parts.events.emit(kind, key)
    return live(key, saved)
  }

  const ask = async (
    { revision: after }: Entry,
    content: Connected,
    tries?: number,
  ): Promise<Connected | Disconnected> => {
    const { connectedAt, refreshToken } = content
    const over = () =>
      ({ state: 'disconnected', connectedAt, disconnectedAt: clock.now(), after }) as const
    if (refreshToken === null) return over()
    try {
      const tokens = await parts.tokens.refresh(refreshToken, tries)
      // A platform that does not rotate may leave the refresh token out: the old one stays.
      return {
        ...content,
        ...tokens,
        refreshToken: tokens.refreshToken ?? refreshToken,
        refreshedAt: clock.now(),
      }
    } catch (error) {
      if (isOver(error)) return over()
      throw error
    }
  }

  const alone: Refresher['alone'] = async (key, work, how = {}) => {
    const { signal, meanwhile, patience = parts.lockPatience, late = work } = how
    const owner = randomText()
    const id = lockName(key)
    const until = clock.now() + patience
    while (!(await store.lock(id, owner, lockTime))) {
      if (clock.now() >= until) return late()
      await clock.sleep(25 + parts.random() * 75, signal)
      const found = await meanwhile?.()
      if (found) return found
    }
    let prolonged: Promise<unknown> | null = null
    const prolong = () => {
      prolonged = store.lock(id, owner, lockTime).catch(() => {})
    }
    const timer = setInterval(prolong, lockTime / 3)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      // A renewal that arrived after the release would take the lock once more, for nobody.
      await prolonged
      // One that cannot be given back lapses.
      await store.unlock(id, owner).catch(() => {})
    }
  }

  return { current, refresh, refreshAhead, alone }
}

function live(key: ConnectionKey, entry: Entry | null): Entry<Connected> {
  if (entry?.content.state === 'connected') return { ...entry, content: entry.content }
  throw new VendorError(
    'disconnected',
    `No connection ${key.name} is live: the user has to connect.`,
  )
}

function lockName({ user, name }: ConnectionKey): string {
  return `refresh:${JSON.stringify([user, name])}`
}
