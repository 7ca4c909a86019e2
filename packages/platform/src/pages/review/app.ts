/** One app as a reviewer sees it, and the page that asks once more before something drastic. */
import type { App } from '../../developer/app.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { AppSettings, Revision } from '../../developer/revision.ts'
import { type Catalogue, describePermissions } from '../../permissions.ts'
import { appBadge, revisionBadge } from '../developer/app-state.ts'
import { addedPermissions, differenceTable } from '../developer/difference.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { permissionList } from '../permission-list.ts'
import { decisionForm, reviewPage } from './shell.ts'

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
  const body = html`<div class="head head-app">${appMark(app, 'large')}<div><h1><bdi>${app.name}</bdi></h1>
<p>by <a href="/review/vendor?vendor=${app.vendor_id}"><bdi>${app.vendor_name}</bdi></a></p>
<p class="badges">${appBadge(app)} ${revisionBadge(revision)} <span class="eyebrow">${connections} ${connections === 1 ? 'connection' : 'connections'}</span></p></div></div>
${vendor?.suspended_at && notice('problem', html`<strong>The company is suspended</strong>, and so nothing of this app works.`)}
${inReview && app.mode === 'production' && html`<section class="card stack sheet"><h2>What changes</h2>${differenceTable(app, revision)}${asksMore(app, revision)}</section>`}
${settings(view, inReview && app.mode === 'development' ? revision : app)}
${inReview && decisionForm('app', { csrf, app: app.client_id, version: String(app.version) }, { problem, buttons: html`<button class="button button-primary" name="action" value="approve">Approve</button><button class="button" name="action" value="request_changes">Request changes</button><button class="button button-danger" name="action" value="decline">Decline</button>` })}
<section class="card stack sheet"><h2>Stop it</h2>
<p>Suspending stops it at once and can be undone. Disconnecting ends each connection for good: users have to connect again.</p>
<div class="actions">
${step(app, app.suspended_at === null ? 'suspend' : 'resume')}
${connections > 0 && step(app, 'disconnect')}
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
<div><dt>Client ID</dt><dd><code>${app.client_id}</code></dd></div>
<div><dt>Kind</dt><dd>${app.is_public === 1 ? 'Public: no secret, PKCE' : 'Confidential'}</dd></div>
</dl>
${permissionList(describePermissions(catalogue, shown.permissions))}
</section>`
}

const steps = {
  suspend: { button: 'Suspend', danger: true },
  resume: { button: 'Resume', danger: false },
  disconnect: { button: 'Disconnect all', danger: true },
} as const

export type Drastic = keyof typeof steps

function step(app: App, action: Drastic): Html {
  const { button, danger } = steps[action]
  return html`<form method="get" action="/review/app/step">${hiddenField('app', app.client_id)}${hiddenField('action', action)}<button class="button ${danger ? 'button-danger-quiet' : ''}">${button}</button></form>`
}

export interface ReviewStepView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly action: Drastic
  readonly connections: number
}

export function reviewStepPage(view: ReviewStepView): Html {
  const { app, action, connections, csrf } = view
  const { button, danger } = steps[action]
  const many = `${connections} ${connections === 1 ? 'connection' : 'connections'}`
  const words = {
    suspend: html`Its ${many} stop at once: no token, no API call, and nobody can connect it. Resuming lets them go on.`,
    resume: html`Its ${many} go on at once, and people can connect it again.`,
    disconnect: html`Its ${many} end for good. Each user has to connect it again.`,
  }
  const body = html`<h1>${button}: <bdi>${app.name}</bdi>?</h1>
<form method="post" action="/review/app/step" class="card stack sheet">
${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('action', action)}
<p>${words[action]}</p>
<div class="actions"><button class="button ${danger ? 'button-danger' : 'button-primary'}">${button}</button><a class="button" href="/review/app?app=${app.client_id}">Cancel</a></div>
</form>`
  return reviewPage(view, { tab: null, title: `${button} ${app.name}`, body })
}
