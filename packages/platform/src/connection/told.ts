/** What vendors are told of a connection: that it has begun, with which permissions, and that it has ended. */
import type { Transaction } from '../store/store.ts'
import { announce, type EndedBy } from '../webhooks/outbox.ts'
import type { Actor } from './audit.ts'
import type { Reason } from './connection.ts'
import { connectionName } from './name.ts'
import type { Connection } from './row.ts'

const newestLive = `
  select id, permissions from connection
  where account_id = $1 and app_id = $2 and id <= $3 and generation > 0 and revoked_at is null
  order by id desc limit 2`

/**
 * Tells the vendor of the connection, and, when the user had the app connected already with other
 * permissions, of the change: a connection's own permissions never do.
 */
export async function tellCreated(
  tx: Transaction,
  connection: Pick<Connection, 'id' | 'account_id' | 'app_id'>,
  { hearing: client_id, now }: { hearing: string; now: number },
): Promise<void> {
  const { account_id, app_id } = connection
  const [own, earlier] = await tx.run<{ id: Uint8Array; permissions: string }>(
    newestLive,
    account_id,
    app_id,
    connection.id,
  )
  if (!own) return
  const name = connectionName(own.id)
  const permissions = namesIn(own.permissions)
  const about = { client_id, connection: name, account: account_id, permissions }
  const common = { appId: app_id, lane: name, at: now }
  await announce(tx, { ...common, type: 'connection.created', data: about })
  if (!earlier || namesIn(earlier.permissions).join() === permissions.join()) return
  const data = {
    ...about,
    previous_connection: connectionName(earlier.id),
    previous_permissions: namesIn(earlier.permissions),
  }
  await announce(tx, { ...common, type: 'connection.permissions_changed', data })
}

function namesIn(permissions: string): string[] {
  return permissions.split(' ').filter(Boolean).sort()
}

/** What the row says of a connection that has ended just now. */
export interface Ended {
  readonly generation: number
  /** The Client ID of an app that is to hear of it. */
  readonly hearing: string | null
}

/** Tells that it has ended, where somebody is to hear of it. */
export async function tellEnded(
  tx: Transaction,
  connection: Pick<Connection, 'id' | 'account_id' | 'app_id'>,
  { hearing, generation, because, actor }: Ended & { because: Reason; actor: Actor },
  at: number,
): Promise<void> {
  // Before the exchange the vendor had nothing that could end.
  if (hearing === null || generation === 0) return
  const name = connectionName(connection.id)
  const by = endedBy(because, actor)
  const data = { client_id: hearing, connection: name, account: connection.account_id, by }
  const { app_id: appId } = connection
  await announce(tx, { appId, lane: name, type: 'connection.disconnected', data, at })
}

/** A reviewer ends connections on the operator's behalf. A denial ends nothing that a vendor knew. */
function endedBy(because: Reason, actor: Actor): EndedBy {
  if (because === 'operator' && actor !== 'operator') return 'reviewer'
  return because === 'denied' ? 'user' : because
}
