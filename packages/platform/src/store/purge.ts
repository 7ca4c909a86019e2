/**
 * What time has made worthless: codes nobody exchanged, denials, ended sessions, emailed codes,
 * revoked secrets, old invitations, logos of no app, webhooks that are over, and audit
 * events past their time. Deleted in steps so small that nobody waits behind them.
 */
import type { Store } from './store.ts'

/** How many rows one step deletes at most, and how many connections it looks at. */
const batch = 500
const lookedAt = 2_000
const day = 86_400_000
/** Days that a webhook stays in its app's log after it was delivered or given up. */
export const webhookDays = 30

/** How many days an app's request log and its numbers go back; the numbers are shown for thirty. */
export const requestDays = 7
export const hourDays = 32

const statements = {
  sessions: `delete from session where id in (
    select id from session where expires_at < $1 limit ${batch}) returning id`,
  emailCodes: `delete from email_code where id in (
    select id from email_code where expires_at < $1 limit ${batch}) returning id`,
  // What was revoked stands in the audit trail; the row only makes every look at the app longer.
  secrets: `delete from app_secret where id in (
    select id from app_secret where revoked_at < $1 limit ${batch}) returning id`,
  invitations: `delete from vendor_invitation where id in (
    select id from vendor_invitation where expires_at < $1 limit ${batch}) returning id`,
  // The outer condition is judged again on a logo that is kept anew meanwhile.
  logos: `delete from logo where kept_at < $1 and hash in (
    select hash from logo l where kept_at < $1
      and not exists (select 1 from app where logo = l.hash)
      and not exists (select 1 from app_revision where logo = l.hash) limit ${batch}) returning hash`,
  webhooks: `delete from webhook_event where id in (
    select id from webhook_event where over_at < $1 limit ${batch}) returning id`,
  // The oldest come first, so no index on the time is needed.
  auditEvents: `delete from audit_event where id in (
    select id from audit_event order by id limit ${batch}) and at < $1 returning id`,
  requests: `delete from app_request where id in (
    select id from app_request where at < $1 limit ${batch}) returning id`,
  hours: `delete from app_hour where (app_id, hour, kind) in (
    select app_id, hour, kind from app_hour where hour < $1 limit ${batch}) returning hour`,
}

export interface Purged {
  readonly codes: number
  readonly sessions: number
  readonly emailCodes: number
  readonly secrets: number
  readonly invitations: number
  readonly logos: number
  readonly webhooks: number
  readonly auditEvents: number
  /** Entries of apps' request logs, and numbers of an hour. */
  readonly requests: number
  readonly hours: number
}

export interface PurgeOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly auditDays: number
  /** The first connection id to look at; what lies before was purged earlier. */
  readonly from?: Uint8Array
  /**
   * Called between two steps, with whether the last one wrote; resolves when the next one may begin,
   * `false` to stop.
   */
  readonly rest?: (wrote: boolean) => Promise<boolean>
}

/** Deletes until nothing is left, or `rest` says to stop; answers how many rows of each kind went. */
export async function purge(store: Store, options: PurgeOptions): Promise<Purged> {
  const { now, auditDays } = options
  return {
    codes: await purgeCodes(store, options),
    sessions: await drain(store, options, statements.sessions, now),
    emailCodes: await drain(store, options, statements.emailCodes, now),
    secrets: await drain(store, options, statements.secrets, now - day),
    invitations: await drain(store, options, statements.invitations, now - 7 * day),
    logos: await drain(store, options, statements.logos, now - day),
    webhooks: await drain(store, options, statements.webhooks, now - webhookDays * day),
    auditEvents: await drain(store, options, statements.auditEvents, now - auditDays * day),
    requests: await drain(store, options, statements.requests, now - requestDays * day),
    hours: await drain(store, options, statements.hours, now - hourDays * day),
  }
}

/** The smallest id of a connection authorized at `time`: ids begin with their time. */
export function firstIdAt(time: number): Buffer {
  const id = Buffer.alloc(16)
  id.writeUIntBE(Math.max(0, time), 0, 6)
  return id
}

/** A code is exchanged within minutes; what was not after a day, the day before `now`, never will be. */
export function codesDeadBefore(now: number): Buffer {
  return firstIdAt(now - day)
}

const nextStretch = `select id from connection where id > $1 and id < $2
  order by id limit 1 offset ${lookedAt - 1}`

const deadCodes = `select id from connection where id > $1 and id <= $2 and generation = 0
  order by id limit ${batch}`
const deleteCodes =
  'delete from connection where id > $1 and id <= $2 and generation = 0 returning id'

/**
 * Walks over the connections by their key: an index for the few dead ones would cost every exchange. Where
 * none is dead nothing is written, and nobody doubts what it remembers or waits for anything.
 */
async function purgeCodes(store: Store, { now, from, rest }: PurgeOptions): Promise<number> {
  const end = codesDeadBefore(now)
  let start = from ?? firstIdAt(0)
  let total = 0
  for (;;) {
    const [last] = await store.read<{ id: Uint8Array }>(nextStretch, start, end)
    let until = last?.id ?? end
    const dead = await store.read<{ id: Uint8Array }>(deadCodes, start, until)
    const more = dead.length === batch
    if (more) until = dead.at(-1)?.id ?? until
    if (dead.length > 0) {
      // Nobody makes codes of that age: there are no others by now.
      const keys = dead.map(({ id }) => id)
      const gone = await store.write(tx => tx.run(deleteCodes, start, until), keys)
      total += gone.length
    }
    if ((!last && !more) || !(await goesOn(rest, dead.length > 0))) return total
    start = until
  }
}

async function drain(
  store: Store,
  { rest }: PurgeOptions,
  sql: string,
  before: number,
): Promise<number> {
  let total = 0
  for (;;) {
    const gone = await store.write(tx => tx.run(sql, before))
    total += gone.length
    if (gone.length < batch || !(await goesOn(rest, true))) return total
  }
}

async function goesOn(rest: PurgeOptions['rest'], wrote: boolean): Promise<boolean> {
  return rest ? rest(wrote) : true
}
