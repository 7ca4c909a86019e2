/** What waits for a reviewer, and what a search has found. */
import type { Vendor } from '../../developer/qualification.ts'
import type { FoundApp, WaitingApp } from '../../developer/waiting.ts'
import { recentDay } from '../date.ts'
import { badge } from '../developer/shell.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { reviewPage } from './shell.ts'

export interface QueueView extends Frame {
  readonly vendors: readonly Vendor[]
  readonly apps: readonly WaitingApp[]
  readonly q: string
  /** `null` when nothing was searched for. */
  readonly found: readonly FoundApp[] | null
  readonly now: number
}

export function queuePage(view: QueueView): Html {
  const { vendors, apps, q, found, now } = view
  const body = html`<h1>Waiting for review</h1>
<form method="get" action="/review" class="inline-form sheet-part" role="search">
<div class="field"><label for="q">Find an app or a company</label><input id="q" name="q" type="search" value="${q}" autocomplete="off"></div>
<button class="button">Search</button>
</form>
${found && results(found)}
<section class="sheet-part"><h2>Companies</h2>
${vendors.length === 0 ? html`<p class="lead">No company waits.</p>` : html`<ul class="card entries">${vendors.map(vendor => html`<li class="entry">${appMark(vendor)}<div class="entry-name"><h3><a href="/review/vendor?vendor=${vendor.id}"><bdi>${vendor.name}</bdi></a></h3><p><bdi>${vendor.website}</bdi></p></div><dl class="facts"><div><dt>Submitted</dt><dd>${recentDay(vendor.submitted_at ?? 0, now)}</dd></div></dl></li>`)}</ul>`}
</section>
<section class="sheet-part"><h2>Apps</h2>
${apps.length === 0 ? html`<p class="lead">No app waits.</p>` : html`<ul class="card entries">${apps.map(app => html`<li class="entry">${appMark(app)}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p>by <bdi>${app.vendor_name}</bdi></p></div><dl class="facts"><div><dt>Submitted</dt><dd>${recentDay(app.submitted_at, now)}</dd></div><div><dt>For</dt><dd>${app.mode === 'production' ? 'a change of the live app' : 'the first time'}</dd></div></dl></li>`)}</ul>`}
</section>`
  return reviewPage(view, { tab: 'Waiting', title: 'Waiting', body })
}

function results(found: readonly FoundApp[]): Html {
  if (found.length === 0) return html`<p class="lead sheet-part" role="status">Nothing found.</p>`
  return html`<section class="sheet-part"><h2>Found</h2>
<ul class="card entries">${found.map(app => html`<li class="entry">${appMark(app)}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p>by <a href="/review/vendor?vendor=${app.vendor_id}"><bdi>${app.vendor_name}</bdi></a></p></div><p class="badges">${app.suspended_at !== null ? badge('Suspended', 'bad') : badge(app.mode === 'production' ? 'Production' : 'Development', app.mode === 'production' ? 'good' : 'plain')}</p></li>`)}</ul></section>`
}
