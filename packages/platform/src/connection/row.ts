/**
 * The row of a connection as requests read it, joined with what else decides over it: its account, and for
 * the gate its app and vendor as well. The OAuth endpoints have the app already, because it has proved
 * itself to them (`developer/app.ts`).
 */
import type { Store } from '../store/store.ts'

/** The row, and whether its account is in force. */
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
  /** When it was disconnected or its account deactivated; `null` while it is live. */
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
  /** When it stopped to be usable, for whatever reason; `null` while it is live. */
  readonly ended_at: number | null
  readonly email: string
  readonly first_name: string
  readonly last_name: string
}

// The id is in no list of columns: whoever asks has it, and a blob costs as much as ten numbers. It is put
// in field by field, because to spread a row costs three times as much.

/** The statement behind `findConnection`, for a step that looks at the row as it stands within it. */
export const byId = `
  select c.generation, c.refreshed_at, c.redirect_uri, c.redirect_uri_sent, c.code_challenge,
    c.account_id, c.app_id, coalesce(c.revoked_at, u.deactivated_at) as ended_at
  from connection c join account u on u.id = c.account_id where c.id = $1`

const byIdForGate = `
  select c.generation, c.permissions, c.last_used_at, c.account_id, c.app_id, a.client_id,
    a.mode as app_mode, u.email, u.first_name, u.last_name,
    coalesce(c.revoked_at, a.suspended_at, v.suspended_at, u.deactivated_at) as ended_at
  from connection c
  join app a on a.id = c.app_id
  join vendor v on v.id = a.vendor_id
  join account u on u.id = c.account_id
  where c.id = $1`

/** The row, or `null`. */
export async function findConnection(store: Store, id: Uint8Array): Promise<Connection | null> {
  const [row] = await store.find<Omit<Connection, 'id'>>(byId, id)
  if (!row) return null
  return {
    id,
    generation: row.generation,
    refreshed_at: row.refreshed_at,
    redirect_uri: row.redirect_uri,
    redirect_uri_sent: row.redirect_uri_sent,
    code_challenge: row.code_challenge,
    account_id: row.account_id,
    app_id: row.app_id,
    ended_at: row.ended_at,
  }
}

/** The row as the gate reads it, or `null`. */
export async function findForGate(store: Store, id: Uint8Array): Promise<UserConnection | null> {
  const [row] = await store.find<Omit<UserConnection, 'id'>>(byIdForGate, id)
  if (!row) return null
  return {
    id,
    generation: row.generation,
    permissions: row.permissions,
    last_used_at: row.last_used_at,
    account_id: row.account_id,
    app_id: row.app_id,
    client_id: row.client_id,
    app_mode: row.app_mode,
    ended_at: row.ended_at,
    email: row.email,
    first_name: row.first_name,
    last_name: row.last_name,
  }
}
