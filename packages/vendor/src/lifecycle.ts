/** A connection's beginning and end: kept, confirmed, disconnected; each told once. */
import type { Connection } from './connection.ts'
import { toNull, VendorError } from './error.ts'
import type { Events } from './events.ts'
import type { Refresher } from './refresh.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import type { TokenEndpoint, Tokens } from './tokens.ts'
import { type Connected, confirmTime, type Vault, waiting } from './vault.ts'
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

/** Puts a waiting connection to use. Throws `disconnected` when none is waiting. */
export async function confirm(parts: LifecycleParts, key: ConnectionKey): Promise<Connection> {
  const place = waiting(key)
  const { content, revision } = await parts.refresher.current(place)
  if (parts.clock.now() >= content.connectedAt + confirmTime) {
    await disconnect(parts, place, undefined)
    throw new VendorError('disconnected', 'It is too late to confirm.')
  }
  // Whoever takes it away has it: a form that is sent twice confirms once.
  if (!(await parts.store.write(place, null, revision))) return confirm(parts, key)
  return keep(parts, key, content)
}

async function keep(
  parts: LifecycleParts,
  key: ConnectionKey,
  content: Connected,
): Promise<Connection> {
  for (;;) {
    const { revision, content: before } = await standing(parts, key)
    if (!(await parts.vault.save(key, content, revision))) continue
    const kind = before?.state === 'disconnected' ? 'recovered' : 'connected'
    parts.events.emit(kind, key, parts.clock.now())
    return parts.connection(key)
  }
}

/** What is there now, also when no key opens it: a new connect replaces it. */
async function standing({ store, vault }: LifecycleParts, key: ConnectionKey) {
  const revision = (await store.read(key))?.revision ?? null
  const entry = await vault.read(key).catch(toNull)
  return { revision, content: entry?.content }
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
  const { store, tokens } = parts
  return parts.refresher.alone(
    key,
    async () => {
      let revoked: boolean | null = null
      for (;;) {
        const { revision, content } = await standing(parts, key)
        if (revision === null) return revoked
        const live = content?.state === 'connected' ? content : null
        if (live) revoked = await tokens.revoke(live.refreshToken ?? live.accessToken, signal)
        if (!(await store.write(key, null, revision))) continue
        if (live) parts.events.emit('disconnected', key, parts.clock.now())
        return revoked
      }
    },
    { signal },
  )
}
