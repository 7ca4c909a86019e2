/** The audit log as reviewers read it: filtered, a page at a time, newest first. */
import { findByEmail } from '../accounts/account.ts'
import { connectionId, connectionName } from '../connection/name.ts'
import { findApp } from '../developer/app.ts'
import type { Store, Value } from '../store/store.ts'

export interface AuditEntry {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly actor: string
  readonly connection_id: Uint8Array | null
  readonly detail: string
  readonly app_name: string | null
  readonly client_id: string | null
  readonly vendor_name: string | null
  readonly email: string | null
}

export interface AuditFilter {
  /** A kind, or the beginning of one: `connection.` */
  readonly kind?: string | undefined
  /** A Client ID. */
  readonly app?: string | undefined
  readonly email?: string | undefined
  /** A vendor's number: what happened to it and to its apps. */
  readonly vendor?: string | undefined
  /** Days as `2026-01-31`, UTC, both of them included. */
  readonly from?: string | undefined
  readonly until?: string | undefined
  /** A `con_…` name. */
  readonly connection?: string | undefined
  /** Entries older than the one with this id. */
  readonly before?: number | undefined
}

const stretchesOfPage = 10
/** How far a file reaches: a million entries are looked at. */
export const stretchesOfFile = 500

/**
 * So many entries that fit, newest first; none for a filter that names nobody. It looks at a stretch of
 * the log at a time, because the log has no index but its order: `next` is where to go on.
 */
export async function readAudit(
  store: Store,
  filter: AuditFilter,
  { most, stretches = stretchesOfPage }: { most: number; stretches?: number },
): Promise<{ entries: AuditEntry[]; next: number | null }> {
  const conditions = await conditionsOf(store, filter)
  if (!conditions) return { entries: [], next: null }
  const entries: AuditEntry[] = []
  let before = filter.before ?? Number.MAX_SAFE_INTEGER
  for (let stretch = 0; stretch < stretches; stretch++) {
    const [oldest] = await store.read<{ id: number }>(
      `select id from audit_event where id < $1 order by id desc limit 1 offset ${lookedAt - 1}`,
      before,
    )
    const from = oldest?.id ?? 0
    entries.push(...(await stretchOf(store, conditions, { from, before })))
    if (entries.length >= most) {
      return { entries: entries.slice(0, most), next: entries[most - 1]?.id ?? null }
    }
    if (!oldest) return { entries, next: null }
    before = from
  }
  return { entries, next: before }
}

/** How many entries are looked at in one statement. */
const lookedAt = 2_000

interface Conditions {
  readonly sql: string
  readonly values: readonly Value[]
}

async function conditionsOf(store: Store, filter: AuditFilter): Promise<Conditions | null> {
  const sql: string[] = []
  const values: Value[] = []
  // The first two places are the stretch's own.
  const add = (condition: string, value: Value) => {
    values.push(value)
    sql.push(condition.replaceAll('?', `$${values.length + 2}`))
  }
  if (filter.kind) add('substr(e.kind, 1, length(?)) = ?', filter.kind)
  if (filter.app) {
    const app = await findApp(store, filter.app)
    if (!app) return null
    add('e.app_id = ?', app.id)
  }
  if (filter.email) {
    const account = await findByEmail(store, filter.email)
    if (!account) return null
    add('e.account_id = ?', account.id)
  }
  if (filter.connection) {
    const id = connectionId(filter.connection)
    if (!id) return null
    add('e.connection_id = ?', id)
  }
  if (filter.vendor) {
    if (!/^\d{1,15}$/.test(filter.vendor)) return null
    add('(e.vendor_id = ? or a.vendor_id = ?)', Number(filter.vendor))
  }
  if (filter.from) add('e.at >= ?', dayOf(filter.from) ?? Number.MAX_SAFE_INTEGER)
  if (filter.until) add('e.at < ?', (dayOf(filter.until) ?? -day) + day)
  return { sql: sql.map(condition => ` and ${condition}`).join(''), values }
}

const day = 86_400_000

/** The beginning of a day, or `null` for a text that names none. */
function dayOf(text: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) ? null : time
}

function stretchOf(
  store: Store,
  { sql, values }: Conditions,
  { from, before }: { from: number; before: number },
): Promise<AuditEntry[]> {
  return store.read<AuditEntry>(
    `select e.id, e.at, e.kind, e.actor, e.connection_id, e.detail, a.name as app_name, a.client_id,
       v.name as vendor_name, u.email
     from audit_event e left join app a on a.id = e.app_id left join vendor v on v.id = e.vendor_id
     left join account u on u.id = e.account_id
     where e.id >= $1 and e.id < $2${sql} order by e.id desc`,
    from,
    before,
    ...values,
  )
}

const header = [
  'time',
  'kind',
  'actor',
  'app',
  'client_id',
  'vendor',
  'account',
  'connection',
  'detail',
]

/**
 * RFC 4180, with a guard for spreadsheets: no cell begins a formula. A file that does not hold everything
 * says so in its last line, with the number to go on from.
 */
export function auditCsv(entries: readonly AuditEntry[], next: number | null): string {
  const rows = entries.map(entry => [
    new Date(entry.at).toISOString(),
    entry.kind,
    entry.actor,
    entry.app_name ?? '',
    entry.client_id ?? '',
    entry.vendor_name ?? '',
    entry.email ?? '',
    entry.connection_id ? connectionName(entry.connection_id) : '',
    entry.detail,
  ])
  const words = `There are older entries. Go on with before=${next}`
  const end = next === null ? [] : [['', 'file.ends', '', '', '', '', '', '', words]]
  return [header, ...rows, ...end].map(row => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
