/** A connection's beginning and end: kept, confirmed, disconnected; each told once. */
import type { Connection } from './connection.ts'
import { check } from './error.ts'
import type { Events } from './events.ts'
import type { Refresher } from './refresh.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import type { TokenEndpoint, Tokens } from './tokens.ts'
import { awaited, type Connected, confirmTime, isKept, type Vault, waiting } from './vault.ts'
import type { Clock } from './wait.ts'

export interface LifecycleParts {
  readonly store: Store
  readonly vault: Vault
  readonly refresher: Refresher
  readonly tokens: TokenEndpoint
  readonly events: Events
  readonly clock: Clock
  readonly connection: (key: ConnectionKey) => Connection
}

/** Keeps fresh tokens: in use at once, or waiting until the person has confirmed them. */
export async function install(
  parts: LifecycleParts,
  { key, confirmed }: { key: ConnectionKey; confirmed: boolean },
  tokens: Tokens,
): Promise<Connection> {
  const now = parts.clock.now()
  const content: Connected = { state: 'connected', ...tokens, connectedAt: now, refreshedAt: now }
  return keep(parts, confirmed ? key : waiting(key), content)
}

/** Puts a waiting connection to use. Throws `disconnected` when it waits no more. */
export async function confirm(
  parts: LifecycleParts,
  place: ConnectionKey,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  check(!isKept(place), 'name: that of the unconfirmed connection.')
  const { content, revision } = await parts.refresher.current(place)
  const isLate = parts.clock.now() >= content.connectedAt + confirmTime
  if (isLate) await disconnect(parts, place, signal)
  // Whoever takes it away has it: a form that is sent twice confirms once.
  if (isLate || !(await parts.store.write(place, null, revision))) {
    return confirm(parts, place, signal)
  }
  return keep(parts, awaited(place), content)
}

async function keep(
  parts: LifecycleParts,
  key: ConnectionKey,
  content: Connected,
): Promise<Connection> {
  const { vault, events, tokens, connection } = parts
  try {
    for (;;) {
      // Also what no key opens is replaced by a new connect.
      const { revision, content: before } = await vault.standing(key)
      if (!(await vault.save(key, content, revision))) continue
      events.emit(before?.state === 'disconnected' ? 'recovered' : 'connected', key)
      return connection(key)
    }
  } catch (error) {
    // Tokens that could not be kept must not live on where nobody can end them.
    await tokens.revoke(content, undefined)
    throw error
  }
}

/**
 * Ends a connection and forgets it: waits for a refresh under way, takes the tokens back where the platform
 * can do that, deletes the row. Answers whether the platform took them back, `null` when there were none;
 * the row is gone in any case.
 */
export async function disconnect(
  parts: LifecycleParts,
  key: ConnectionKey,
  signal: AbortSignal | undefined,
): Promise<boolean | null> {
  const { store, vault, tokens } = parts
  return parts.refresher.alone(
    key,
    async () => {
      let revoked: boolean | null = null
      for (;;) {
        const { revision, content } = await vault.standing(key)
        if (revision === null) return revoked
        const live = content?.state === 'connected' ? content : null
        if (live) revoked = await tokens.revoke(live, signal)
        if (!(await store.write(key, null, revision))) continue
        if (live) parts.events.emit('disconnected', key)
        return revoked
      }
    },
    { signal },
  )
}
