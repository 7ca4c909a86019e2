/** The audit log: filters, a table, and the way to older entries. */
import { connectionName } from '../../connection/name.ts'
import type { AuditEntry, AuditFilter } from '../../review/audit-log.ts'
import { moment } from '../date.ts'
import { attributes, type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { reviewPage } from './shell.ts'

export interface AuditView extends Frame {
  readonly filter: AuditFilter
  readonly entries: readonly AuditEntry[]
  /** Where older entries begin; `null` when there are none. */
  readonly next: number | null
}

const filters = [
  ['kind', 'Kind', 'text', 'connection. or app.suspended'],
  ['app', 'Client ID', 'text', 'app_…'],
  ['email', 'Account', 'text', 'name@example.com'],
  ['connection', 'Connection', 'text', 'con_…'],
  ['vendor', 'Company’s number', 'text', '12'],
  ['from', 'From', 'date', null],
  ['until', 'Until', 'date', null],
] as const

export function auditPage(view: AuditView): Html {
  const { filter, entries, next } = view
  const query = queryOf(filter)
  const body = html`<h1>Audit log</h1>
<form method="get" action="/review/audit" class="card stack sheet" role="search">
<div class="filters">${filters.map(([name, label, type, placeholder]) => html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" ${attributes({ type, placeholder })} value="${filter[name] ?? ''}" autocomplete="off"></div>`)}</div>
<div class="actions"><button class="button button-primary">Show</button><a class="button" href="/review/audit.csv?${query}" download="audit.csv">Download as CSV</a></div>
</form>
${entries.length === 0 ? html`<p class="card nothing sheet-part" role="status">${next === null ? 'No entry fits.' : 'No entry fits among the newest ones. Look further back.'}</p>` : table(entries)}
${next !== null && html`<p class="actions sheet-part"><a class="button" href="/review/audit?${queryOf({ ...filter, before: next })}">Older</a></p>`}`
  return reviewPage(view, { tab: 'Audit log', title: 'Audit log', body })
}

function queryOf(filter: AuditFilter): string {
  const pairs = Object.entries(filter).filter(([, value]) => value !== undefined)
  return String(new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])))
}

function table(entries: readonly AuditEntry[]): Html {
  return html`<div class="card table-frame sheet" tabindex="0" role="region" aria-label="Entries"><table class="difference difference-rows">
<thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">By</th><th scope="col">About</th></tr></thead>
<tbody>${entries.map(
    entry =>
      html`<tr><td data-label="When">${moment(entry.at)}</td><td data-label="What"><code>${entry.kind}</code>${entry.detail && html`<p>${entry.detail}</p>`}</td><td data-label="By"><code>${entry.actor}</code></td><td data-label="About">${[
        entry.app_name &&
          html`<p><a href="/review/app?app=${entry.client_id ?? ''}"><bdi>${entry.app_name}</bdi></a></p>`,
        entry.vendor_name && html`<p><bdi>${entry.vendor_name}</bdi></p>`,
        entry.email && html`<p><bdi>${entry.email}</bdi></p>`,
        entry.connection_id && html`<p><code>${connectionName(entry.connection_id)}</code></p>`,
      ]}</td></tr>`,
  )}</tbody>
</table></div>`
}
