/**
 * One refresh at a time. In a process, callers share the refresh under way; among processes, a lock in
 * the store lets one go first, and the others find its tokens there. The lock is renewed while the
 * platform takes its time. Should it be lost all the same, the store's compare-and-set decides whose
 * tokens stand. New tokens are saved before anybody uses them.
 */
import { randomText } from './base64url.ts'
import { isTemporary, VendorError } from './error.ts'
import type { Events } from './events.ts'
import { abortable } from './http.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import { isOver, type TokenEndpoint } from './tokens.ts'
import type { Connected, Disconnected, Entry, Vault } from './vault.ts'
import type { Clock } from './wait.ts'

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

export interface Refresher {
  /** The live connection. Throws `disconnected` when there is none. */
  current(key: ConnectionKey): Promise<Entry<Connected>>
  /** Tokens that came after `stale`. Throws `disconnected`, `network`, `refused` or `malformed`. */
  refresh(stale: Entry<Connected>, signal?: AbortSignal): Promise<Entry<Connected>>
  /** The same while the tokens still work: where it is not to be had at once, answers `stale`. */
  refreshAhead(stale: Entry<Connected>, signal?: AbortSignal): Promise<Entry<Connected>>
  /** Runs `work` while nobody else refreshes this connection. */
  alone<T>(key: ConnectionKey, work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Milliseconds until a refresh ahead is tried again after it failed. */
const restAfterFailure = 30_000

export function createRefresher(parts: RefreshParts): Refresher {
  const { store, vault, clock } = parts
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
      const run = running.get(lockName(stale.key)) ?? share(stale, false)
      const entry = await abortable(run, signal)
      if (entry.revision !== stale.revision) return entry
    }
  }

  const refreshAhead: Refresher['refreshAhead'] = async (stale, signal) => {
    const id = lockName(stale.key)
    if (running.has(id) || (resting.get(id) ?? 0) > clock.now()) return stale
    return abortable(share(stale, true), signal)
  }

  const tryAhead = async (stale: Entry<Connected>): Promise<Entry<Connected>> => {
    const id = lockName(stale.key)
    try {
      const owner = randomText()
      if (!(await store.lock(id, owner, parts.lockTime))) return stale
      const entry = await holding(id, owner, () => renewLocked(stale, 1))
      resting.delete(id)
      return entry
    } catch (error) {
      if (!isTemporary(error) && !isRefused(error)) throw error
      resting.set(id, clock.now() + restAfterFailure)
      return stale
    }
  }

  const renew = async (stale: Entry<Connected>): Promise<Entry<Connected>> => {
    const owner = randomText()
    const id = lockName(stale.key)
    const until = clock.now() + parts.lockPatience
    while (!(await store.lock(id, owner, parts.lockTime))) {
      if (clock.now() > until) throw new VendorError('network', 'Another refresh takes too long.')
      await clock.sleep(25 + parts.random() * 75)
      const entry = await current(stale.key)
      if (entry.revision !== stale.revision) return entry
    }
    return holding(id, owner, () => renewLocked(stale))
  }

  /** Looks again first: whoever had the lock before may have refreshed. */
  const renewLocked = async (stale: Entry<Connected>, tries?: number) => {
    const { key, revision, content } = await current(stale.key)
    if (revision !== stale.revision) return current(key)
    const next = await ask(content, tries)
    const saved = await vault.save(key, next, revision)
    // Somebody connected, disconnected or refreshed in between: that stands, not ours.
    if (!saved) return current(key)
    const kind = saved.content.state === 'connected' ? 'refreshed' : 'disconnected'
    parts.events.emit(kind, key, clock.now())
    return live(key, saved)
  }

  const ask = async (content: Connected, tries?: number): Promise<Connected | Disconnected> => {
    const { connectedAt, refreshToken } = content
    const over = { state: 'disconnected', connectedAt, disconnectedAt: clock.now() } as const
    if (refreshToken === null) return over
    try {
      const tokens = await parts.tokens.refresh(refreshToken, tries)
      const refreshedAt = clock.now()
      // A platform that does not rotate may leave the refresh token out: the old one stays.
      return {
        ...content,
        ...tokens,
        refreshToken: tokens.refreshToken ?? refreshToken,
        refreshedAt,
      }
    } catch (error) {
      if (isOver(error)) return { ...over, disconnectedAt: clock.now() }
      throw error
    }
  }

  const holding = async <T>(id: string, owner: string, work: () => Promise<T>): Promise<T> => {
    const { lockTime } = parts
    const prolong = () => store.lock(id, owner, lockTime).catch(() => {})
    const timer = setInterval(prolong, lockTime / 3)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      // One that cannot be given back lapses.
      await store.unlock(id, owner).catch(() => {})
    }
  }

  const alone: Refresher['alone'] = async (key, work, signal) => {
    const owner = randomText()
    const id = lockName(key)
    const until = clock.now() + parts.lockPatience
    while (!(await store.lock(id, owner, parts.lockTime)) && clock.now() < until) {
      await clock.sleep(25 + parts.random() * 75, signal)
    }
    return holding(id, owner, work)
  }

  return { current, refresh, refreshAhead, alone }
}

function live(key: ConnectionKey, entry: Entry | null): Entry<Connected> {
  if (entry?.content.state === 'connected') return { ...entry, content: entry.content }
  throw new VendorError(
    'disconnected',
    entry
      ? `The connection ${key.name} of this user has ended: the user has to connect again.`
      : `This user has no connection ${key.name}: the user has to connect first.`,
  )
}

function isRefused(error: unknown): boolean {
  return error instanceof VendorError && error.fault === 'refused'
}

function lockName({ user, name }: ConnectionKey): string {
  return `refresh:${JSON.stringify([user, name])}`
}
