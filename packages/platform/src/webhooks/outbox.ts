/**
 * The outbox: what a vendor's server is to be told, written in the transaction that makes it true. So an
 * event exists if and only if its change does; the courier delivers it later, as often as it takes.
 *
 * Events of one lane are delivered in the order of their ids. Those of a connection are one lane: whoever
 * changes a connection holds its row, so ids follow the changes.
 */
import { randomBytes } from 'node:crypto'
import type { Transaction } from '../store/store.ts'

/** Who ended a connection, as vendors are told. */
export type EndedBy = 'user' | 'vendor' | 'reviewer' | 'operator' | 'replay' | 'deactivation'

interface OfConnection {
  readonly client_id: string
  /** `con_…`. */
  readonly connection: string
  /** The `id` of `/v1.0/me`. */
  readonly account: number
}

/** What `data` holds, by the event's type: ids and names, never an email or a token. */
export interface EventData {
  'connection.created': OfConnection & { readonly permissions: readonly string[] }
  'connection.disconnected': OfConnection & { readonly by: EndedBy }
  /** The user has connected once more, with other permissions than before. */
  'connection.permissions_changed': OfConnection & {
    readonly permissions: readonly string[]
    readonly previous_connection: string
    readonly previous_permissions: readonly string[]
  }
  /** `change`: what was approved is a change of a live app, which waits to be published. */
  'app.approved': { readonly client_id: string; readonly change: boolean }
  'app.suspended': { readonly client_id: string; readonly because_of: 'app' | 'vendor' }
  'app.resumed': { readonly client_id: string }
  'secret.expiring': {
    readonly client_id: string
    readonly last_four: string
    readonly ends_at: string
  }
  test: { readonly client_id: string; readonly message: string }
}

export type EventType = keyof EventData

export interface Announcement<T extends EventType> {
  readonly appId: number
  readonly type: T
  readonly data: EventData[T]
  /** Events of one lane keep their order. Without one it waits for no other. */
  readonly lane?: string
  /** Milliseconds since the epoch; a reminder's lies ahead, and it is delivered then. */
  readonly at: number
}

/** How long an event is tried, in milliseconds: three days. */
export const triedFor = 3 * 86_400_000

const insert = `
  insert into webhook_event (name, app_id, lane, type, body, created_at, until, due_at)
  values ($1, $2, $3, $4, $5, $6, $7, $6)`

/** Writes the event, whether or not the app has an endpoint: the caller has looked. Answers its name. */
export async function announce<T extends EventType>(
  tx: Transaction,
  { appId, type, data, lane, at }: Announcement<T>,
): Promise<string> {
  const name = `msg_${randomBytes(16).toString('base64url')}`
  const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data })
  await tx.run(insert, name, appId, lane ?? name, type, body, at, at + triedFor)
  return name
}

/** The Client ID of an app that is to hear of things; `null` for one that has nowhere to. */
export async function hearingApp(tx: Transaction, appId: number): Promise<string | null> {
  const [app] = await tx.run<{ client_id: string }>(
    'select client_id from app where id = $1 and webhooks = 1',
    appId,
  )
  return app?.client_id ?? null
}

/** Takes back what lies ahead in a lane: it will not become true. */
export async function withdraw(
  tx: Transaction,
  { appId, lane }: { appId: number; lane: string },
  now: number,
): Promise<void> {
  await tx.run(
    'delete from webhook_event where lane = $1 and app_id = $2 and due_at > $3 and attempts = 0',
    lane,
    appId,
    now,
  )
}
