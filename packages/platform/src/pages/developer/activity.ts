/** What an app did: figures on top, then its last requests with what went wrong, in words. */
import { type Figure, type Period, total } from '../../activity/figures.ts'
import { type LogEntry, type LogFilter, requestsKept } from '../../activity/request-log.ts'
import { connectionName } from '../../connection/name.ts'
import type { App } from '../../developer/app.ts'
import { hourDays, requestDays } from '../../store/purge.ts'
import { number } from '../chart.ts'
import { moment } from '../date.ts'
import { attributes, type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { reviewPage } from '../review/shell.ts'
import { appNav } from './app-nav.ts'
import { appBadge } from './app-state.ts'
import { figureCharts } from './figures.ts'
import { badge, developerPage } from './shell.ts'

export interface ActivityView extends Frame {
  readonly app: App
  /** False for a reviewer, whose way back is another one. */
  readonly isOwn: boolean
  readonly period: Period
  readonly figures: readonly Figure[]
  readonly connections: number
  readonly limit: number | null
  readonly entries: readonly LogEntry[]
  readonly next: number | null
  readonly filter: LogFilter
  readonly now: number
}

export function activityPage(view: ActivityView): Html {
  const { app, isOwn } = view
  const body = html`<div class="head head-app">
${appMark(app, 'large')}
<div><h1><bdi>${app.name}</bdi></h1><p class="badges">${appBadge(app)}</p></div>
</div>
${isOwn ? appNav(app, 'Activity') : html`<p><a href="/review/app?app=${app.client_id}">Back to the review of this app</a></p>`}
<section class="sheet-part" aria-labelledby="figures">
<div class="head"><h2 id="figures">Figures</h2>${choices(view, 'period', 'Period', periodWords)}</div>
${figureCharts(view)}
<p class="field-hint">Times are UTC. Numbers are written every few seconds and kept for ${hourDays} days.</p>
</section>
<section class="sheet-part" id="log" aria-labelledby="requests">
<div class="head"><h2 id="requests">Last requests</h2>${choices(view, 'show', 'Which requests', showWords)}</div>
${log(view)}
</section>`
  const title = `Activity of ${app.name}`
  return isOwn
    ? developerPage(view, { tab: 'My Authorization', title, body })
    : reviewPage(view, { tab: null, title, body })
}

const periodWords = { day: '24 hours', month: '30 days' } as const
const showWords = { all: 'All', failed: 'Failed' } as const

/** A row of links of which one is chosen. */
function choices(
  view: ActivityView,
  name: 'period' | 'show',
  label: string,
  words: Readonly<Record<string, string>>,
): Html {
  const chosen = { period: view.period, show: view.filter.show }
  const links = Object.entries(words).map(([value, text]) => {
    const current = attributes({ 'aria-current': chosen[name] === value ? 'page' : null })
    return html`<a href="${pathOf(view, { ...chosen, [name]: value })}" ${current}>${text}</a>`
  })
  return html`<nav class="sections choices-row" aria-label="${label}">${links}</nav>`
}

function pathOf({ app }: ActivityView, query: Readonly<Record<string, string>>): string {
  const part = 'before' in query ? '#log' : ''
  return `/developer/authorizations/activity?${new URLSearchParams({ app: app.client_id, ...query })}${part}`
}

function log(view: ActivityView): Html {
  const { entries, next, period, filter } = view
  const { failed, ok, stranger } = requestsKept
  const older = next !== null && pathOf(view, { period, show: filter.show, before: String(next) })
  return html`<p class="field-hint">Kept for ${requestDays} days: the last ${failed} failures and ${ok} of the successes, which are sampled. A request that did not prove to be from the app is marked <em>not authenticated</em>: anybody who knows the Client ID can cause it, and only the last ${stranger} are kept. No code, token, secret or verifier is ever written down.</p>
${unwritten(view)}
${entries.length === 0 ? html`<p class="card empty-log" role="status">${filter.show === 'failed' ? 'Nothing failed.' : 'No request yet.'}${filter.before === undefined ? ' What happens from now on appears here within seconds.' : ' There is nothing older.'}</p>` : html`<ul class="card log">${entries.map(entry)}</ul>`}
${older && html`<p class="actions sheet-part"><a class="button" href="${older}">Older</a></p>`}`
}

function unwritten({ figures, period }: ActivityView): Html | false {
  const n = total(figures, 'not logged')
  const words = period === 'day' ? '24 hours' : '30 days'
  return (
    n > 0 &&
    html`<p class="field-hint">In the last ${words}, ${number(n)} more that were not authenticated were counted and not written down.</p>`
  )
}

const endpoints: Readonly<Record<LogEntry['endpoint'], string>> = {
  authorize: 'Authorization page',
  token: 'Token endpoint',
  revoke: 'Revocation',
  introspect: 'Introspection',
  api: 'API',
}

function entry(shown: LogEntry): Html {
  const { outcome, endpoint, status, error, explanation, times, at, connection_id } = shown
  return html`<li class="log-entry log-${outcome}">
<p class="badges"><strong>${endpoints[endpoint]}</strong> ${outcome === 'ok' ? badge(String(status), 'good') : badge(String(status), 'bad')} ${error && html`<code>${error}</code>`} ${outcome === 'stranger' && badge('Not authenticated', 'waiting')} ${times > 1 && badge(`${number(times)} times`, 'plain')}</p>
<p>${explanation}</p>
<p class="log-when">${times > 1 && 'last '}${moment(at)}${connection_id && html` · <code>${connectionName(connection_id)}</code>`}</p>
</li>`
}
