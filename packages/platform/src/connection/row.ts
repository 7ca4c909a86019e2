/**
 * The row of a connection as requests read it: joined with its app, vendor and account in one statement,
 * because what the connection may do depends on all four.
 */
import { liveHashes, secretColumns, type WithSecret } from '../developer/secret.ts'
import type { Store } from '../store/store.ts'

/** The row, and what of its app and account decides over it: read in one statement. */
export interface Connection {
  readonly id: Uint8Array
  readonly generation: number
  /** When this generation began; `null` before the exchange. */
  readonly refreshed_at: number | null
  readonly redirect_uri: string
  /** 1 when the authorization request named its redirect URL; then the exchange must as well. */
  readonly redirect_uri_sent: number
  readonly code_challenge: string | null
  readonly account_id: number
  readonly app_id: number
  readonly client_id: string
  readonly is_public: number
  readonly rotates: number
  /** 1 when the app's vendor has somewhere to hear of connections. */
  readonly webhooks: number
  /** When the app or its vendor was suspended; `null` while it is in force. */
  readonly app_stopped_at: number | null
  /** When it stopped to be usable, for whatever reason; `null` while it is live. */
  readonly ended_at: number | null
}

/** What the gate needs to know, the user's profile included, so that the API needs no second look. */
export interface UserConnection {
  readonly id: Uint8Array
  readonly generation: number
  readonly permissions: string
  readonly last_used_at: number | null
  readonly account_id: number
  readonly app_id: number
  readonly client_id: string
  readonly app_mode: string
  readonly ended_at: number | null
  readonly email: string
  readonly first_name: string
  readonly last_name: string
}

const joined = `
  from connection c
  join app a on a.id = c.app_id
  join vendor v on v.id = a.vendor_id
  join account u on u.id = c.account_id`

const endedAt =
  'coalesce(c.revoked_at, a.suspended_at, v.suspended_at, u.deactivated_at) as ended_at'

/** The id is not among them: whoever asks has it, and a blob costs as much as ten numbers. */
const columns = `
  c.generation, c.refreshed_at, c.redirect_uri, c.redirect_uri_sent, c.code_challenge,
  c.account_id, c.app_id, a.client_id, a.is_public, a.rotates, a.webhooks,
  coalesce(a.suspended_at, v.suspended_at) as app_stopped_at, ${endedAt}`

/** The statement behind `findConnection`, for a step that looks at the row as it stands within it. */
export const byId = `select ${columns} ${joined} where c.id = $1`

const byIdWithSecrets = `select ${columns}, ${secretColumns} ${joined}
  left join app_secret s on s.app_id = c.app_id where c.id = $1`

const byIdForGate = `
  select c.id, c.generation, c.permissions, c.last_used_at, c.account_id, c.app_id, a.client_id,
    a.mode as app_mode, u.email, u.first_name, u.last_name, ${endedAt} ${joined} where c.id = $1`

/** The row, or `null`. */
export async function findConnection(store: Store, id: Uint8Array): Promise<Connection | null> {
  const [row] = await store.find<Omit<Connection, 'id'>>(byId, id)
  return row ? { id, ...row } : null
}

/** The row as the gate reads it, or `null`. */
export async function findForGate(store: Store, id: Uint8Array): Promise<UserConnection | null> {
  const [row] = await store.find<UserConnection>(byIdForGate, id)
  return row ?? null
}

/** The row with the hashes of its app's secrets that work at `now`: all that the token endpoint needs. */
export async function findWithSecrets(
  store: Store,
  id: Uint8Array,
  now: number,
): Promise<{ connection: Connection; secrets: Uint8Array[] } | null> {
  const rows = await store.find<Omit<Connection, 'id'> & WithSecret>(byIdWithSecrets, id)
  const [row] = rows
  return row ? { connection: { id, ...row }, secrets: liveHashes(rows, now) } : null
}

/** True when refresh tokens are used up: public apps, and apps set to rotate (RFC 9700 §4.14.2). */
export function rotates(connection: Connection): boolean {
  return connection.is_public === 1 || connection.rotates === 1
}
