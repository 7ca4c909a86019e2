/** A user's connected apps: what the page lists, and its Disconnect, which ends all of an app's connections. */
import type { Store } from '../store/store.ts'
import { end } from './connection.ts'

/** One app's connections of one user, added up. Times in milliseconds. */
export interface ConnectedApp {
  readonly app_id: number
  readonly client_id: string
  readonly name: string
  /** The hash of its logo, or `''`. */
  readonly logo: string
  readonly vendor_name: string
  readonly connections: number
  /** Of all of them; names may stand more than once. */
  readonly permissions: string
  readonly since: number
  readonly last_used_at: number | null
}

/**
 * The apps a user has connected, newest first. A connection counts from its exchange, or while its code
 * can still be exchanged: `codesSince` is the time from which codes are alive.
 */
export function listConnectedApps(
  store: Store,
  accountId: number,
  codesSince: number,
): Promise<ConnectedApp[]> {
  return store.read<ConnectedApp>(
    `select a.id as app_id, a.client_id, a.name, a.logo, v.name as vendor_name, count(*) as connections,
       string_agg(c.permissions, ' ') as permissions, min(c.created_at) as since, max(c.last_used_at) as last_used_at
     from connection c join app a on a.id = c.app_id join vendor v on v.id = a.vendor_id
     where c.account_id = $1 and c.revoked_at is null and (c.generation > 0 or c.created_at > $2)
     group by a.id, a.client_id, a.name, a.logo, v.name order by since desc`,
    accountId,
    codesSince,
  )
}

/** Ends every connection between the user and the app in one step; answers how many there were. */
export function disconnectApp(
  store: Store,
  { accountId, appId }: { accountId: number; appId: number },
  now: number,
): Promise<number> {
  return store.write(async tx => {
    const live = await tx.run<{ id: Uint8Array; app_id: number; account_id: number }>(
      `select id, app_id, account_id from connection
       where account_id = $1 and app_id = $2 and revoked_at is null`,
      accountId,
      appId,
    )
    for (const connection of live) {
      await end(tx, connection, { because: 'user', actor: `account:${accountId}` }, now)
    }
    return live.length
  })
}

/** The name of an app that the user disconnected after `since` and has not connected again, or `null`. */
export async function findDisconnected(
  store: Store,
  { accountId, clientId, since }: { accountId: number; clientId: string; since: number },
): Promise<string | null> {
  const [app] = await store.read<{ name: string }>(
    `select a.name from app a where a.client_id = $2
       and exists (select 1 from connection c where c.account_id = $1 and c.app_id = a.id
         and c.revoked_because = 'user' and c.revoked_at > $3)
       and not exists (select 1 from connection c where c.account_id = $1 and c.app_id = a.id
         and c.revoked_at is null)`,
    accountId,
    clientId,
    since,
  )
  return app?.name ?? null
}

/** How far an app's connections are counted. */
export const countedAtMost = 10_000

/** How many live connections an app has; past `countedAtMost` nobody needs to know exactly. */
export async function countConnections(store: Store, appId: number): Promise<number> {
  const [row] = await store.read<{ n: number }>(
    `select count(*) as n from (select 1 from connection
       where app_id = $1 and revoked_at is null and generation > 0 limit ${countedAtMost + 1}) as live`,
    appId,
  )
  return row?.n ?? 0
}

/** The same for all apps of a vendor. */
export async function countConnectionsOfVendor(store: Store, vendorId: number): Promise<number> {
  const [row] = await store.read<{ n: number }>(
    `select count(*) as n from (select 1 from connection c join app a on a.id = c.app_id
       where a.vendor_id = $1 and c.revoked_at is null and c.generation > 0
       limit ${countedAtMost + 1}) as live`,
    vendorId,
  )
  return row?.n ?? 0
}
