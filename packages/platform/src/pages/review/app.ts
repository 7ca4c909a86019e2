/** One app as a reviewer sees it, and the page that asks once more before something drastic. */
import type { App } from '../../developer/app.ts'
import { pictured } from '../../developer/logo.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { AppSettings, Revision } from '../../developer/revision.ts'
import { type Catalogue, describePermissions } from '../../permissions.ts'
import { copyable } from '../copyable.ts'
import { appBadge, contact, countedConnections, revisionBadge } from '../developer/app-state.ts'
import { addedPermissions, appDifference } from '../developer/difference.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { permissionList } from '../permission-list.ts'
import { decisionForm, reviewPage } from './shell.ts'
import { stepLink } from './step.ts'

export interface ReviewAppView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly revision: Revision | null
  readonly vendor: Vendor | null
  readonly connections: number
  readonly catalogue: Catalogue
  readonly problem?: string
}

export function reviewAppPage(view: ReviewAppView): Html {
  const { app, revision, vendor, connections, csrf, problem } = view
  const inReview = revision?.state === 'in_review'
  const body = html`<div class="head head-app">${appMark(pictured(app), 'large')}<div><h1><bdi>${app.name}</bdi></h1>
<p>by <a href="/review/vendor?vendor=${app.vendor_id}"><bdi>${app.vendor_name}</bdi></a></p>
<p class="badges">${appBadge(app)} ${revisionBadge(revision)} <span class="eyebrow">${countedConnections(connections)}</span></p></div></div>
${vendor?.suspended_at && notice('problem', html`<strong>The company is suspended</strong>, and so nothing of this app works.`)}
${inReview && app.mode === 'production' && html`<section class="card stack sheet"><h2>What changes</h2>${appDifference(app, revision)}${asksMore(app, revision)}</section>`}
${settings(view, inReview && app.mode === 'development' ? revision : app)}
${inReview && decisionForm('app', { csrf, app: app.client_id, version: String(app.version) }, { problem, buttons: html`<button class="button button-primary" name="action" value="approve">Approve</button><button class="button" name="action" value="request_changes">Request changes</button><button class="button button-danger" name="action" value="decline">Decline</button>` })}
<section class="card stack sheet"><h2>Stop it</h2>
<p>Suspending stops it at once and can be undone. Disconnecting ends each connection for good: users have to connect again.</p>
<div class="actions">
${stepLink('app', { app: app.client_id }, app.suspended_at === null ? 'suspend' : 'resume')}
${connections > 0 && stepLink('app', { app: app.client_id }, 'disconnect')}
<a class="button" href="/review/audit?app=${app.client_id}">Audit log</a>
<a class="button" href="/developer/authorizations/activity?app=${app.client_id}">Activity</a>
</div></section>`
  return reviewPage(view, { tab: null, title: app.name, body })
}

function asksMore(app: App, revision: Revision): Html | null {
  const added = addedPermissions(app, revision)
  if (added.length === 0) return null
  return notice(
    'caution',
    html`<strong>It asks for more:</strong> ${added.join(', ')}. Existing connections keep what they have.`,
  )
}

function settings({ catalogue, app }: ReviewAppView, shown: AppSettings): Html {
  const uris = JSON.parse(shown.redirect_uris) as string[]
  return html`<section class="card stack sheet"><h2>${app.mode === 'production' ? 'The live app' : 'The app'}</h2>
<dl class="sheet-facts">
<div><dt>Name</dt><dd><bdi>${shown.name}</bdi></dd></div>
<div><dt>Description</dt><dd><bdi>${shown.description || 'None'}</bdi></dd></div>
<div><dt>Website</dt><dd><bdi>${shown.website || 'None'}</bdi></dd></div>
<div><dt>Authorized Redirect URLs</dt><dd>${uris.map(uri => html`<p><code>${uri}</code></p>`)}</dd></div>
<div><dt>Primary contact</dt><dd>${contact(shown)}</dd></div>
<div><dt>Client ID</dt><dd>${copyable('Client ID', app.client_id)}</dd></div>
<div><dt>Kind</dt><dd>${app.is_public === 1 ? 'Public: no secret, PKCE' : 'Confidential'}</dd></div>
</dl>
<h3>What it may do</h3>
${permissionList(describePermissions(catalogue, shown.permissions))}
</section>`
}
