/**
 * What was connected to a user's data and disconnected from it, and when a connected app was suspended and
 * let back in. Connections are found by account. Of the audit trail, which may hold millions of events of
 * others, only suspensions are read, by an index that holds nothing else; one that is older than the trail
 * stands in the history while it lasts.
 */
import { type Page, type Paged, readPage } from '../page.ts'
import type { Store } from '../store/store.ts'
import type { Reason } from './connection.ts'

export interface HistoryEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What happened; for an end, why. */
  readonly kind: 'connected' | 'suspended' | 'resumed' | Reason
  readonly app_name: string
  /** Its hash; `''` for none. */
  readonly logo: string
  readonly vendor_name: string
  /** How many connections it was about: Disconnect ends all of an app's at once. */
  readonly connections: number
}

export const historyLength = 25

/** In the words of the index `audit_event_of_stops`, or it is not used. */
const isStop = (event: string) =>
  `${event}.kind in ('app.suspended', 'app.resumed', 'vendor.suspended', 'vendor.resumed')`

/** An app stands still while it or its vendor is suspended: what changes nothing for the user is left out. */
const stops = `
  select distinct e.at, case when e.kind like '%.resumed' then 'resumed' else 'suspended' end as kind, c.app_id
  from connection c join app a on a.id = c.app_id
    join audit_event e on e.vendor_id = a.vendor_id and ${isStop('e')} and coalesce(e.app_id, a.id) = a.id
  where c.account_id = $1 and c.generation > 0
    and e.at >= c.created_at and (c.revoked_at is null or e.at < c.revoked_at)
    and coalesce((
      select o.kind from audit_event o
      where o.vendor_id = a.vendor_id and ${isStop('o')} and coalesce(o.app_id, a.id) = a.id
        and (o.app_id is null) <> (e.app_id is null) and o.id < e.id
      order by o.id desc limit 1), '') not like '%.suspended'`

/** Suspensions that last, and whose event the trail no longer holds. */
const oldStops = `
  select distinct s.at, 'suspended' as kind, s.app_id from (
    select a.id as app_id, a.vendor_id, c.created_at, c.revoked_at,
      case when v.suspended_at < a.suspended_at then v.suspended_at
        else coalesce(a.suspended_at, v.suspended_at) end as at
    from connection c join app a on a.id = c.app_id join vendor v on v.id = a.vendor_id
    where c.account_id = $1 and c.generation > 0
      and (a.suspended_at is not null or v.suspended_at is not null)) s
  where (s.revoked_at is null or s.revoked_at > s.at)
    and not exists (select 1 from audit_event e
      where e.vendor_id = s.vendor_id and ${isStop('e')} and e.at = s.at)`

/** A code that was never exchanged gave nobody anything, and a denial neither. */
const events = `
  select created_at as at, 'connected' as kind, app_id from connection
    where account_id = $1 and generation > 0
  union all
  select revoked_at as at, revoked_because as kind, app_id from connection
    where account_id = $1 and generation > 0 and revoked_at is not null
  union all ${stops}
  union all ${oldStops}`

/** One page of it, newest first. */
export function readHistory(
  store: Store,
  accountId: number,
  page: Page,
): Promise<Paged<HistoryEvent>> {
  return readPage(page, (limit, offset) =>
    store.read<HistoryEvent>(
      `select e.at, e.kind, a.name as app_name, a.logo, v.name as vendor_name, count(*) as connections
       from (${events}) e join app a on a.id = e.app_id join vendor v on v.id = a.vendor_id
       group by e.at, e.kind, e.app_id, a.name, a.logo, v.name
       order by e.at desc, e.app_id, e.kind desc limit $2 offset $3`,
      accountId,
      limit,
      offset,
    ),
  )
}
