/** What waits for a reviewer, and what a search has found. */
import { pictured } from '../../developer/logo.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { FoundApp, FoundVendor, WaitingApp } from '../../developer/waiting.ts'
import type { Paged } from '../../page.ts'
import { recentDay } from '../date.ts'
import { appBadge, vendorBadge } from '../developer/app-state.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { pager } from '../pager.ts'
import { reviewPage } from './shell.ts'

export interface QueueView extends Frame {
  readonly vendors: Paged<Vendor>
  readonly apps: Paged<WaitingApp>
  readonly now: number
}

export function queuePage(view: QueueView): Html {
  const { vendors, apps, now } = view
  const body = html`<h1>Waiting for review</h1>
${searchForm('')}
<section class="sheet-part"><h2>Companies</h2>
${vendors.items.length === 0 ? html`<p class="card nothing">No company waits.</p>` : html`<ul class="card entries">${vendors.items.map(vendor => waitingVendor(vendor, now))}</ul>`}
${pager('companies', vendors, number => `/review?companies=${number}&apps=${apps.number}`)}
</section>
<section class="sheet-part"><h2>Apps</h2>
${apps.items.length === 0 ? html`<p class="card nothing">No app waits.</p>` : html`<ul class="card entries">${apps.items.map(app => waitingApp(app, now))}</ul>`}
${pager('apps', apps, number => `/review?companies=${vendors.number}&apps=${number}`)}
</section>`
  return reviewPage(view, { tab: 'Waiting', title: 'Waiting', body })
}

export function searchForm(q: string): Html {
  return html`<form method="get" action="/review/search" class="inline-form sheet-part" role="search">
<div class="field"><label for="q">Find an app or a company</label><input id="q" name="q" type="search" value="${q}" autocomplete="off"></div>
<button class="button">Search</button>
</form>`
}

function waitingVendor(vendor: Vendor, now: number): Html {
  const { id, name, website, submitted_at, state } = vendor
  return html`<li class="entry">${appMark({ name })}<div class="entry-name"><h3><a href="/review/vendor?vendor=${id}"><bdi>${name}</bdi></a></h3>${website && html`<p><bdi>${website}</bdi></p>`}</div><dl class="facts"><div><dt>Submitted</dt><dd>${recentDay(submitted_at ?? 0, now)}</dd></div><div><dt>For</dt><dd>${state === 'in_review' ? 'being let in' : 'a change of what is approved'}</dd></div></dl></li>`
}

function waitingApp(app: WaitingApp, now: number): Html {
  return html`<li class="entry">${appMark(pictured(app))}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p>by <bdi>${app.vendor_name}</bdi></p></div><dl class="facts"><div><dt>Submitted</dt><dd>${recentDay(app.submitted_at, now)}</dd></div><div><dt>For</dt><dd>${app.mode === 'production' ? 'a change of the live app' : 'the first time'}</dd></div></dl></li>`
}

export interface SearchView extends Frame {
  readonly q: string
  readonly vendors: Paged<FoundVendor>
  readonly apps: Paged<FoundApp>
}

export function searchPage(view: SearchView): Html {
  const { q, vendors, apps } = view
  const address = (companies: number, page: number) =>
    `/review/search?${new URLSearchParams({ q, companies: String(companies), apps: String(page) })}`
  const none = vendors.items.length === 0 && apps.items.length === 0
  const body = html`<h1>Search</h1>
${searchForm(q)}
${none && html`<p class="card nothing sheet-part" role="status">Nothing here has “<bdi>${q}</bdi>” in its name.</p>`}
${
  vendors.items.length > 0 &&
  html`<section class="sheet-part"><h2>Companies</h2>
<ul class="card entries">${vendors.items.map(foundVendor)}</ul>${pager('companies', vendors, number => address(number, apps.number))}</section>`
}
${
  apps.items.length > 0 &&
  html`<section class="sheet-part"><h2>Apps</h2>
<ul class="card entries">${apps.items.map(foundApp)}</ul>${pager('apps', apps, number => address(vendors.number, number))}</section>`
}`
  return reviewPage(view, { tab: null, title: 'Search', body })
}

function foundVendor(vendor: FoundVendor): Html {
  return html`<li class="entry">${appMark({ name: vendor.name })}<div class="entry-name"><h3><a href="/review/vendor?vendor=${vendor.id}"><bdi>${vendor.name}</bdi></a></h3></div><p class="badges">${vendorBadge(vendor)}</p></li>`
}

function foundApp(app: FoundApp): Html {
  return html`<li class="entry">${appMark(pictured(app))}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p>by <a href="/review/vendor?vendor=${app.vendor_id}"><bdi>${app.vendor_name}</bdi></a></p></div><p class="badges">${appBadge(app)}</p></li>`
}
