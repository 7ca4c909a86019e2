/** One application: how it stands, its credentials, its first lines of curl, its test users. */
import type { App } from '../../developer/app.ts'
import { pictured } from '../../developer/logo.ts'
import type { Action, Revision } from '../../developer/revision.ts'
import type { Secret } from '../../developer/secret.ts'
import { type Tester, testersAtMost } from '../../developer/tester.ts'
import { type Catalogue, describePermissions } from '../../permissions.ts'
import { codeBlock, copyable } from '../copyable.ts'
import { day } from '../date.ts'
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { permissionList } from '../permission-list.ts'
import { appNav } from './app-nav.ts'
import { appBadge, contact, countedConnections, revisionBadge } from './app-state.ts'
import { curlSamples, vendorSample } from './code-samples.ts'
import { credentials } from './credentials.ts'
import { addedPermissions, appDifference } from './difference.ts'
import { developerPage } from './shell.ts'

export interface AppView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly revision: Revision | null
  readonly secrets: readonly Secret[]
  readonly testers: readonly Tester[]
  readonly connections: number
  readonly catalogue: Catalogue
  /** The platform's base URL. */
  readonly url: string
  readonly vendorApproved: boolean
  readonly actions: readonly Action[]
  readonly now: number
}

export function appPage(view: AppView): Html {
  const { app, revision, connections } = view
  const body = html`<div class="head head-app">
${appMark(pictured(app), 'large')}
<div>
<h1><bdi>${app.name}</bdi></h1>
<p class="badges">${appBadge(app)} ${revisionBadge(revision)} <span class="eyebrow">${countedConnections(connections)}</span></p>
</div>
</div>
${appNav(app, 'Overview')}
${standing(view)}
${change(view)}
${credentials(view)}
${firstCall(view)}
${settings(view)}
${app.mode === 'development' && app.audience === 'testers' && testers(view)}`
  return developerPage(view, { tab: 'My Authorization', title: app.name, body })
}

function standing({ app, revision, vendorApproved }: AppView): Html | null {
  if (app.stopped_at !== null) {
    return notice(
      'problem',
      html`<strong>Suspended.</strong> Nobody can connect it, and none of its tokens works. Ask the platform why.`,
    )
  }
  const reason = revision?.reason && html` <q>${revision.reason}</q>`
  switch (revision?.state) {
    case 'in_review':
      return notice(
        'caution',
        html`<strong>In review</strong> since ${day(revision.submitted_at ?? 0)}. It goes on as it is meanwhile.`,
      )
    case 'changes_requested':
      return notice(
        'caution',
        html`<strong>The reviewer asks for changes.</strong>${reason} Change it, and submit it again.`,
      )
    case 'declined':
      return notice('problem', html`<strong>Declined.</strong>${reason}`)
    case 'approved':
      return notice(
        'done',
        html`<strong>Approved.</strong> Publish it, and it becomes the live application.`,
      )
    default:
      if (app.mode === 'production') return null
      return notice(
        'caution',
        html`<strong>In development.</strong> It works at once, for your own people and the test users below. ${vendorApproved ? 'Submit it for review, and everybody can connect it.' : html`Before you can submit it, your company has to be approved: see <a href="/developer">My Qualification</a>.`}`,
      )
  }
}

const words: Partial<Record<Action, string>> = {
  submit: 'Submit for review',
  withdraw: 'Withdraw',
  discard: 'Discard the change',
  publish: 'Publish',
}

const looks: Partial<Record<Action, string>> = {
  submit: 'button-primary',
  publish: 'button-primary',
  discard: 'button-danger-quiet',
}

/** What waits, held against what is live, and the steps that can be taken. */
function change(view: AppView): Html {
  const { app, revision, actions, vendorApproved, csrf } = view
  const offered = actions.filter(action => words[action] && (action !== 'submit' || vendorApproved))
  const added = revision && app.mode === 'production' ? addedPermissions(app, revision) : []
  const isShown = revision && app.mode === 'production'
  return html`<section class="${isShown ? 'card stack sheet' : 'sheet-part'}">
${revision && app.mode === 'production' && html`<h2>The change</h2>${appDifference(app, revision)}`}
${added.length > 0 && notice('caution', html`<strong>This asks for more than before.</strong> Existing connections keep what they have. Users are asked for ${added.join(', ')} when they next connect.`)}
<div class="actions">
${actions.includes('edit') && html`<a class="button" href="/developer/authorizations/edit?app=${app.client_id}">Change it</a>`}
${offered.map(
  action =>
    html`<form method="post" action="/developer/authorizations/app">${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('version', String(app.version))}${hiddenField('action', action)}<button class="button ${looks[action] ?? ''}">${words[action] ?? ''}</button></form>`,
)}
</div>
</section>`
}

/** The article's own lines, with this application's values. */
function firstCall({ app, url }: AppView): Html {
  const vendor = vendorSample(app, url)
  return html`<section class="card stack sheet">
<h2>The first call</h2>
<p>These lines hold this application’s own values${app.is_public !== 1 && html`, but not the secret: keep it in the environment as <code>CLIENT_SECRET</code>`}. <a href="/docs/index.html">The documentation</a> has the whole of it.</p>
<ol class="steps">${curlSamples(app, url).map(({ label, words, code }) => html`<li><p>${words}</p>${codeBlock(label, code)}</li>`)}</ol>
<details><summary>${vendor.label}</summary><div class="stack"><p>${vendor.words}</p>${codeBlock(vendor.label, vendor.code)}</div></details>
</section>`
}

function settings({ app, catalogue }: AppView): Html {
  const uris = JSON.parse(app.redirect_uris) as string[]
  return html`<section class="card stack sheet">
<h2>${app.mode === 'production' ? 'The live application' : 'Settings'}</h2>
<dl class="sheet-facts">
<div><dt>Description</dt><dd><bdi>${app.description || 'None'}</bdi></dd></div>
<div><dt>Website</dt><dd><bdi>${app.website || 'None'}</bdi></dd></div>
<div><dt>Authorized Redirect URLs</dt><dd>${uris.map(uri => html`<p>${copyable('Redirect URL', uri)}</p>`)}</dd></div>
<div><dt>Primary contact</dt><dd>${contact(app)}</dd></div>
</dl>
<h3>What it may do</h3>
${permissionList(describePermissions(catalogue, app.permissions))}
</section>`
}

function testers({ app, testers: invited, csrf }: AppView): Html {
  return html`<section class="card stack sheet" id="testers">
<h2>Test users</h2>
<p>Beside your own people, up to ${testersAtMost} may connect it while it is in development.</p>
${
  invited.length > 0 &&
  html`<ul class="secrets">${invited.map(
    ({ email, created_at }) =>
      html`<li><bdi>${email}</bdi><dl class="facts"><div><dt>Since</dt><dd>${day(created_at)}</dd></div></dl><form method="post" action="/developer/authorizations/testers">${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('email', email)}${hiddenField('remove', '1')}<button class="button button-danger-quiet" aria-label="Remove ${email}">Remove</button></form></li>`,
  )}</ul>`
}
${
  invited.length < testersAtMost &&
  html`<form method="post" action="/developer/authorizations/testers" class="inline-form">${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}
${field({ name: 'email', label: 'Email of a test user', type: 'email', autocomplete: 'off' })}
<button class="button">Invite</button></form>`
}
</section>`
}
