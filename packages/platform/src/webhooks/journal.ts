/** The log of an app's webhooks, page by page; Redeliver, and the test event. */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store } from '../store/store.ts'
import { announce, hearingApp } from './outbox.ts'

export interface JournalEntry {
  readonly id: number
  /** The `webhook-id`. */
  readonly name: string
  readonly type: string
  readonly body: string
  readonly created_at: number
  /** When it is tried next; `null` once it is over. */
  readonly due_at: number | null
  readonly attempts: number
  readonly over_at: number | null
  /** The status of the last answer; `null` when none came. */
  readonly status: number | null
  /** Why the last attempt failed (`failure.ts`); `''` when it did not, or none was made. */
  readonly failure: string
}

const columns = 'id, name, type, body, created_at, due_at, attempts, over_at, status, failure'

/** The app's events, newest first, those before `before`; `next` is where the page after it begins. */
export async function readJournal(
  store: Store,
  { appId, before }: { appId: number; before: number | null },
  length: number,
): Promise<{ entries: JournalEntry[]; next: number | null }> {
  const rows = await store.read<JournalEntry>(
    `select ${columns} from webhook_event where app_id = $1 and id < $2 order by id desc limit ${length + 1}`,
    appId,
    before ?? Number.MAX_SAFE_INTEGER,
  )
  const entries = rows.slice(0, length)
  return { entries, next: rows.length > length ? (entries.at(-1)?.id ?? null) : null }
}

/** One event of the app, or `null`. */
export async function findEntry(
  store: Store,
  appId: number,
  name: string,
): Promise<JournalEntry | null> {
  const [entry] = await store.read<JournalEntry>(
    `select ${columns} from webhook_event where name = $1 and app_id = $2`,
    name,
    appId,
  )
  return entry ?? null
}

/**
 * One attempt more, at once and under the same `webhook-id`. One that is over leaves its lane: it holds
 * back nothing that came after it. `false`: it is being delivered, or is none of this app's.
 */
export function redeliver(
  store: Store,
  { appId, name, actor }: { appId: number; name: string; actor: Actor },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    if ((await hearingApp(tx, appId)) === null) return false
    const [asked] = await tx.run<{ type: string }>(
      `update webhook_event set due_at = $3,
         lane = case when over_at is null then lane else name end,
         until = case when over_at is null then until else $3 end,
         status = case when over_at is null then status end,
         failure = case when over_at is null then failure else '' end,
         over_at = null
       where name = $1 and app_id = $2 and lease is null returning type`,
      name,
      appId,
      now,
    )
    if (!asked) return false
    await audit(tx, { at: now, kind: 'webhook.redelivered', actor, appId, detail: asked.type })
    return true
  })
}

/** Writes a test event, which waits for no other. `null`: there is nowhere to send it. */
export function announceTest(
  store: Store,
  { appId, actor }: { appId: number; actor: Actor },
  now: number,
): Promise<string | null> {
  return store.write(async tx => {
    const client_id = await hearingApp(tx, appId)
    if (client_id === null) return null
    const message = 'It works: this is what an event looks like.'
    const data = { client_id, message }
    const name = await announce(tx, { appId, type: 'test', data, at: now })
    await audit(tx, { at: now, kind: 'webhook.tested', actor, appId })
    return name
  })
}

/** How far waiting events are counted. */
const countedAtMost = 1_000

/** How many of the app's events have not arrived yet; past a thousand nobody needs to know exactly. */
export async function countWaiting(store: Store, appId: number): Promise<number> {
  const [row] = await store.read<{ n: number }>(
    `select count(*) as n from (select 1 from webhook_event
       where app_id = $1 and due_at is not null limit ${countedAtMost}) as waiting`,
    appId,
  )
  return row?.n ?? 0
}
