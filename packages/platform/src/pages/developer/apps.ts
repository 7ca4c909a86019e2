/** My Authorization: the company's applications, each with its Client ID. */
import type { App } from '../../developer/app.ts'
import { pictured } from '../../developer/logo.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { Revision } from '../../developer/revision.ts'
import type { Paged } from '../../page.ts'
import { copyable } from '../copyable.ts'
import { type Html, html } from '../html.ts'
import { keyMark } from '../icon.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { pager } from '../pager.ts'
import { appBadge, revisionBadge } from './app-state.ts'
import { developerPage } from './shell.ts'

export interface AppsView extends Frame {
  readonly vendor: Vendor | null
  readonly entries: Paged<AppEntry>
}

export interface AppEntry {
  readonly app: App
  readonly revision: Revision | null
}

export function appsPage(view: AppsView): Html {
  const { vendor, entries } = view
  const body = html`<div class="head">
<div>
<h1>My Authorization</h1>
<p class="lead">Your applications, and the credentials they present.</p>
</div>
<a class="button button-primary" href="/developer/authorizations/new">Register an application</a>
</div>
${banner(vendor)}
${entries.items.length > 0 ? html`<ul class="card entries">${entries.items.map(entry)}</ul>` : empty}
${pager('applications', entries, number => `/developer/authorizations?page=${number}`)}`
  return developerPage(view, { tab: 'My Authorization', title: 'My Authorization', body })
}

function banner(vendor: Vendor | null): Html | null {
  if (vendor?.suspended_at) {
    return notice(
      'problem',
      html`<strong>Your company is suspended.</strong> No application of it works. Ask the platform why.`,
    )
  }
  if (vendor?.state === 'approved') return null
  if (vendor?.state === 'in_review') {
    return notice(
      'caution',
      html`Your company is <strong>under review</strong>. Until it is approved, applications stay in development.`,
    )
  }
  return notice(
    'caution',
    html`You can register an application and try it out at once. Before it can go live, tell us who you are in <a href="/developer">My Qualification</a>.`,
  )
}

function entry({ app, revision }: AppEntry, index: number): Html {
  const id = `app-${index}`
  return html`<li class="entry">
${appMark(pictured(app))}
<div class="entry-name"><h2 id="${id}"><a href="/developer/authorizations/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h2><p class="badges">${appBadge(app)} ${revisionBadge(revision)}</p></div>
<dl class="facts"><div><dt>Client ID</dt><dd>${copyable(`Client ID of ${app.name}`, app.client_id)}</dd></div></dl>
</li>`
}

const empty = html`<div class="card empty">
${keyMark}
<h2>No application yet</h2>
<p>Register one to get its Client ID and Client Secret. It works at once, for you and the test users you invite.</p>
</div>`
