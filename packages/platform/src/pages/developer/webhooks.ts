/** Where an application's events go: the URL, the signing secret, and what became of each event. */
import type { App } from '../../developer/app.ts'
import type { Endpoint } from '../../webhooks/endpoint.ts'
import type { JournalEntry } from '../../webhooks/journal.ts'
import type { SigningSecret } from '../../webhooks/signing-secret.ts'
import { day, moment } from '../date.ts'
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { appNav } from './app-nav.ts'
import { deliveries } from './deliveries.ts'
import { developerPage } from './shell.ts'

export interface WebhooksView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly endpoint: Endpoint | null
  readonly secrets: readonly SigningSecret[]
  readonly entries: readonly JournalEntry[]
  /** Where older events begin; `null` when there are none. */
  readonly next: number | null
  /** True on the pages after the first. */
  readonly isOlder: boolean
  /** What was typed, and what is wrong with it. */
  readonly typed?: string
  readonly problem?: string
  /** Seconds until events may be sent by hand again; left out while they may. */
  readonly wait?: number
  readonly now: number
}

export const webhooksPath = '/developer/authorizations/webhooks'
export const webhookStepPath = '/developer/authorizations/webhooks/step'

export function webhooksPage(view: WebhooksView): Html {
  const { app, endpoint, problem, wait } = view
  const off = endpoint?.disabled_at ?? null
  const body = html`<div class="head"><h1>Webhooks of <bdi>${app.name}</bdi></h1></div>
${appNav(app, 'Webhooks')}
${problem && notice('problem', 'Please look at the field marked below.')}
${wait !== undefined && tooMany(wait)}
${off !== null && switchedOff(off)}
${where(view)}
${endpoint && signing(view)}
${endpoint ? deliveries(view) : html`${view.entries.length > 0 && deliveries(view)}${whatIsTold()}`}`
  return developerPage(view, { tab: 'My Authorization', title: `Webhooks of ${app.name}`, body })
}

/** The fields that every form of the page has. */
export function stepFields(
  { csrf, app }: Pick<WebhooksView, 'csrf' | 'app'>,
  action: string,
): Html {
  return html`${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('action', action)}`
}

function switchedOff(since: number): Html {
  return notice(
    'problem',
    html`<strong>Switched off</strong> since ${moment(since)}: your server answered <code>410 Gone</code>, which says that nothing is to be sent there any more. Save the URL below, this one or another, and events are sent again.`,
  )
}

function tooMany(wait: number): Html {
  const minutes = Math.ceil(wait / 60)
  return notice(
    'problem',
    html`<strong>It was not sent.</strong> Many test events and redeliveries were asked for. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}. What happens to your users is sent all the same.`,
  )
}

function where({ csrf, app, endpoint, typed, problem }: WebhooksView): Html {
  return html`<section class="card stack sheet">
<h2>Endpoint</h2>
<p>Your server hears by itself when a user connects or disconnects <bdi>${app.name}</bdi>, without waiting for a call to fail.</p>
<form method="post" action="${webhooksPath}" class="stack">
${field({
  name: 'url',
  label: 'URL',
  type: 'url',
  value: typed ?? endpoint?.url,
  longest: 1_024,
  hint: 'It begins with https:// and leads to the public internet. Redirects are not followed.',
  problem,
  autocomplete: 'off',
})}
<div class="actions">
${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('seen', endpoint?.url ?? '')}
<button class="button button-primary">${endpoint ? 'Save' : 'Set up webhooks'}</button>
${endpoint && html`<a class="button button-danger-quiet" href="${`${webhookStepPath}?app=${app.client_id}&action=remove`}">Remove endpoint</a>`}
</div>
</form>
</section>`
}

function signing(view: WebhooksView): Html {
  const rows = view.secrets.map(
    ({ tail, created_at, ends_at }) => html`<li>
<code>whsec_…${tail}</code>
<dl class="facts"><div><dt>Made</dt><dd>${day(created_at)}</dd></div>${ends_at !== null && html`<div class="facts-warning"><dt>Signs until</dt><dd>${moment(ends_at)}</dd></div>`}</dl>
</li>`,
  )
  return html`<section class="card stack sheet">
<h2>Signing secret</h2>
<p>Every webhook carries a signature by this secret, in the <a href="https://www.standardwebhooks.com">Standard Webhooks</a> format. A server that checks it cannot be told anything by anybody else.</p>
<ul class="secrets">${rows}</ul>
<form method="post" action="${webhookStepPath}">${stepFields(view, 'roll')}<button class="button">New signing secret</button></form>
<p class="field-hint">The one before goes on signing beside the new one for a day, so you can put it in place without missing anything.</p>
</section>`
}

const told = [
  ['connection.created', 'a user has connected it, and you have the tokens'],
  ['connection.disconnected', 'a connection has ended, and by whom'],
  ['connection.permissions_changed', 'a user has connected once more, with other permissions'],
  ['app.approved', 'a reviewer has approved it, or a change of it'],
  ['app.suspended', 'it was suspended'],
  ['app.resumed', 'the suspension is over'],
  ['secret.expiring', 'a Client Secret is going to end'],
] as const

function whatIsTold(): Html {
  return html`<section class="card stack sheet">
<h2>Events</h2>
<dl class="sheet-facts">${told.map(([type, words]) => html`<div><dt><code>${type}</code></dt><dd>${words}</dd></div>`)}</dl>
<p>An event is sent until your server answers with a status of 200 to 299, for three days, and those of one connection in their order.</p>
</section>`
}
