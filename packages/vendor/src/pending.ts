/**
 * Pending connects: one sealed cookie for each, in the browser that began it, for ten minutes. Sealed is
 * signed and unreadable at once. A connect is used up by a lock in the store that is never given back,
 * so a copy of the cookie is worth nothing.
 */
import { randomText } from './base64url.ts'
import { toNull } from './error.ts'
import type { KeyRing } from './seal.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import type { Clock } from './wait.ts'

export interface Pending extends ConnectionKey {
  readonly state: string
  /** The PKCE verifier, or `null` without PKCE. */
  readonly verifier: string | null
  readonly returnTo: string | null
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** How long a connect may take, in milliseconds. */
export const connectTime = 600_000
/** More than so many at once are a browser's forgotten tabs: the oldest go. */
const atMost = 5

export interface PendingConnects {
  /** The live ones of this browser, the oldest first. */
  of(request: Request): Promise<Pending[]>
  /** The cookies that begin this one, and end the surplus of the others. */
  begin(pending: Pending, others: readonly Pending[]): Promise<string[]>
  /** The cookies that end these. */
  end(ended: readonly Pending[]): string[]
  /** True the first time within ten minutes only, across all processes. */
  once(what: string): Promise<boolean>
}

export interface PendingParts {
  readonly ring: KeyRing
  readonly store: Store
  readonly clientId: string
  readonly redirectUri: string
  readonly clock: Clock
}

export function createPendingConnects({
  ring,
  store,
  clientId,
  redirectUri,
  clock,
}: PendingParts): PendingConnects {
  // Two vendors may share a host and keys; neither takes the other's connects for its own.
  const purpose = ['connect', clientId, redirectUri]
  const isSecure = redirectUri.startsWith('https:')
  // With __Host- no neighbour domain can set the cookie (RFC 6265bis §4.1.3.2).
  const prefix = `${isSecure ? '__Host-' : ''}latchkey-connect-`
  const ours = new RegExp(`(?<=^|; *)${prefix}[^=;]*=([^;]*)`, 'g')
  const cookie = (state: string, value: string, seconds: number) =>
    `${prefix}${state.slice(0, 8)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  const end = (ended: readonly Pending[]) => ended.map(({ state }) => cookie(state, '', 0))

  const open = async (sealed: string): Promise<Pending | null> => {
    const pending = (await ring.open(sealed, purpose).catch(toNull)) as Pending | null
    return pending && clock.now() < pending.startedAt + connectTime ? pending : null
  }

  return {
    of: async request => {
      const values = (request.headers.get('cookie') ?? '').matchAll(ours)
      const opened = await Promise.all([...values].map(([, value = '']) => open(value)))
      return opened
        .filter(pending => pending !== null)
        .sort((one, other) => one.startedAt - other.startedAt)
    },
    begin: async (pending, others) => [
      ...end(others.slice(0, Math.max(0, others.length + 1 - atMost))),
      cookie(pending.state, await ring.seal(pending, purpose), connectTime / 1000),
    ],
    end,
    once: what => store.lock(what, randomText(), connectTime),
  }
}
