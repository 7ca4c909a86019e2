/** The operator's view of connections. */
import type { Store } from '../store/store.ts'

export interface ListedConnection {
  readonly id: Uint8Array
  readonly app_id: number
  readonly account_id: number
  readonly client_id: string
  readonly app_name: string
  readonly email: string
  readonly permissions: string
  readonly generation: number
  readonly created_at: number
  readonly last_used_at: number | null
  readonly revoked_at: number | null
  readonly revoked_because: string | null
}

/** Connections, newest first, of one app or one account where these are named. */
export function listConnections(
  store: Store,
  filter: { readonly clientId?: string | undefined; readonly emailKey?: string | undefined },
): Promise<ListedConnection[]> {
  return store.read<ListedConnection>(
    `select c.id, c.app_id, c.account_id, a.client_id, a.name as app_name, u.email, c.permissions, c.generation,
       c.created_at, c.last_used_at, c.revoked_at, c.revoked_because
     from connection c join app a on a.id = c.app_id join account u on u.id = c.account_id
     where (a.client_id = $1 or $1 = '') and (u.email_key = $2 or $2 = '')
     order by c.id desc limit 1000`,
    filter.clientId ?? '',
    filter.emailKey ?? '',
  )
}
