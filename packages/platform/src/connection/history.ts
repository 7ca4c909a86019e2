/**
 * What was connected to a user's data and disconnected from it. It is read from the connections, which
 * are found by account, and not from the audit trail, which may hold millions of events of others: so it
 * goes back as far as the account, whatever the trail's age. A suspension stands in it while it lasts.
 */
import type { Store } from '../store/store.ts'
import type { Reason } from './connection.ts'

export interface HistoryEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What happened; for an end, why. */
  readonly kind: 'connected' | 'suspended' | Reason
  readonly app_name: string
  readonly vendor_name: string
  /** How many connections it was about: Disconnect ends all of an app's at once. */
  readonly connections: number
}

export const historyLength = 25

/** A code that was never exchanged gave nobody anything, and a denial neither. */
const events = `
  select created_at as at, 'connected' as kind, app_id from connection
    where account_id = $1 and generation > 0
  union all
  select revoked_at as at, revoked_because as kind, app_id from connection
    where account_id = $1 and generation > 0 and revoked_at is not null
  union all
  select case when a.suspended_at is null or v.suspended_at < a.suspended_at
      then v.suspended_at else a.suspended_at end as at, 'suspended' as kind, c.app_id
    from connection c join app a on a.id = c.app_id join vendor v on v.id = a.vendor_id
    where c.account_id = $1 and c.generation > 0
      and (a.suspended_at is not null or v.suspended_at is not null)
      and (c.revoked_at is null or c.revoked_at > coalesce(a.suspended_at, v.suspended_at))`

/** One page of it, newest first, and whether there are older ones. `page` counts from 1. */
export async function readHistory(
  store: Store,
  { accountId, page }: { accountId: number; page: number },
): Promise<{ events: HistoryEvent[]; hasMore: boolean }> {
  const rows = await store.read<HistoryEvent>(
    `select e.at, e.kind, a.name as app_name, v.name as vendor_name, count(*) as connections
     from (${events}) e join app a on a.id = e.app_id join vendor v on v.id = a.vendor_id
     group by e.at, e.kind, e.app_id, a.name, v.name
     order by e.at desc, e.app_id, e.kind desc limit ${historyLength + 1} offset $2`,
    accountId,
    (page - 1) * historyLength,
  )
  return { events: rows.slice(0, historyLength), hasMore: rows.length > historyLength }
}
