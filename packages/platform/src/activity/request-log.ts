/**
 * An app's last requests, each with an explanation: by count (200 failures, 50 successes, 100 that did not
 * prove who sent them) and by days (7). Strangers have a share of their own, so that they push out only
 * each other.
 */
import type { Row, Store, Transaction, Value } from '../store/store.ts'
import type { LogEndpoint, Outcome } from './pending.ts'

export const requestsKept: Readonly<Record<Outcome, number>> = {
  ok: 50,
  failed: 200,
  stranger: 100,
}

/** What is written. */
export interface NewEntry {
  readonly appId: number
  readonly at: number
  readonly outcome: Outcome
  readonly endpoint: LogEndpoint
  readonly status: number
  readonly error: string
  readonly explanation: string
  readonly connectionId: Uint8Array | null
  readonly times: number
}

/** What is read. */
export interface LogEntry {
  readonly id: number
  /** The last time, when it came more than once. */
  readonly at: number
  readonly outcome: Outcome
  readonly endpoint: LogEndpoint
  readonly status: number
  readonly error: string
  readonly explanation: string
  readonly connection_id: Uint8Array | null
  readonly times: number
}

const columns = 'id, at, outcome, endpoint, status, error, explanation, connection_id, times'

const newest = `select ${columns} from app_request where app_id = $1 and outcome = $2
  order by id desc limit 1`

const again = 'update app_request set times = times + $2, at = $3 where id = $1'

const insert = `insert into app_request (app_id, at, outcome, endpoint, status, error, explanation,
  connection_id, times) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const trim = `delete from app_request where app_id = $1 and outcome = $2 and id <= (
  select id from app_request where app_id = $1 and outcome = $2 order by id desc limit 1 offset $3)`

/** Writes entries within a step, oldest first, and takes out what is beyond its app's share. */
export async function writeEntries(tx: Transaction, entries: readonly NewEntry[]): Promise<void> {
  for (const entry of entries) await writeEntry(tx, entry)
  const shares = new Map(
    entries.map(({ appId, outcome }) => [`${appId} ${outcome}`, { appId, outcome }]),
  )
  for (const { appId, outcome } of shares.values()) {
    await tx.run(trim, appId, outcome, requestsKept[outcome])
  }
}

/** The same as the one before it is the one before it, once more. */
async function writeEntry(tx: Transaction, entry: NewEntry): Promise<void> {
  const { appId, at, outcome, endpoint, status, error, explanation, connectionId, times } = entry
  const [last] = await tx.run<LogEntry>(newest, appId, outcome)
  if (last && isSame(last, entry)) {
    await tx.run(again, last.id, times, at)
    return
  }
  const values: Value[] = [at, outcome, endpoint, status, error, explanation, connectionId, times]
  await tx.run(insert, appId, ...values)
}

function isSame(last: LogEntry, entry: NewEntry): boolean {
  const { endpoint, status, error, explanation } = last
  const bytes = (id: Uint8Array | null) => Buffer.from(id ?? []).toString('hex')
  return (
    endpoint === entry.endpoint &&
    status === entry.status &&
    error === entry.error &&
    explanation === entry.explanation &&
    bytes(last.connection_id) === bytes(entry.connectionId)
  )
}

export interface LogFilter {
  readonly show: 'all' | 'failed'
  /** Entries older than the one with this id. */
  readonly before?: number | undefined
}

/** A page of the app's log, newest first; `next` is where older ones begin. */
export async function readEntries(
  store: Store,
  appId: number,
  { show, before }: LogFilter,
  most: number,
): Promise<{ entries: readonly LogEntry[]; next: number | null }> {
  const failed = show === 'failed' ? ` and outcome <> 'ok'` : ''
  const entries = await store.read<LogEntry & Row>(
    `select ${columns} from app_request where app_id = $1 and id < $2${failed}
     order by id desc limit ${most + 1}`,
    appId,
    before ?? Number.MAX_SAFE_INTEGER,
  )
  const shown = entries.slice(0, most)
  return { entries: shown, next: entries.length > most ? (shown.at(-1)?.id ?? null) : null }
}
