/** A secret's two moments: when it is shown, and when it is taken back. */
import type { App } from '../../developer/app.ts'
import type { Secret } from '../../developer/secret.ts'
import { copyable } from '../copyable.ts'
import { day } from '../date.ts'
import { hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { countedConnections } from './app-state.ts'
import { developerPage } from './shell.ts'

export interface SecretView extends Frame {
  readonly app: App
  readonly secret: string
  /** True right after the app was registered. */
  readonly isFirst: boolean
}

/** The only page that ever shows a secret. */
export function secretPage(view: SecretView): Html {
  const { app, secret, isFirst } = view
  const body = html`<h1>${isFirst ? html`<bdi>${app.name}</bdi> is registered` : html`A new secret for <bdi>${app.name}</bdi>`}</h1>
<div class="card stack sheet">
${notice('caution', html`<strong>Copy the secret now.</strong> It is shown this once. We keep only a fingerprint of it, so nobody can show it to you again.`)}
<dl class="sheet-facts">
<div><dt>Client ID</dt><dd>${copyable('Client ID', app.client_id)}</dd></div>
<div><dt>Client Secret</dt><dd><span class="secret">${copyable('Client Secret', secret)}</span></dd></div>
</dl>
<p>Keep it on your server, never in a page, an app or a repository.${!isFirst && ' Both secrets work now: put the new one in place everywhere, then revoke the older one.'}</p>
<p class="actions"><a class="button button-primary" href="/developer/authorizations/app?app=${app.client_id}">I have copied it</a></p>
</div>`
  return developerPage(view, { tab: 'My Authorization', title: 'Client Secret', body })
}

export interface RevokeView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly secret: Secret
  /** True when no other secret will be left. */
  readonly isLast: boolean
  /** How many connections are refreshed with the app's secrets. */
  readonly connections: number
}

const overlaps = [
  ['0', 'At once'],
  ['1', 'In an hour'],
  ['24', 'In a day'],
  ['168', 'In a week'],
] as const

export function revokePage(view: RevokeView): Html {
  const { csrf, app, secret, isLast } = view
  const body = html`<h1>Revoke the secret …${secret.tail}?</h1>
<form method="post" action="/developer/authorizations/revoke" class="card stack sheet">
${hiddenField('csrf', csrf)}
${hiddenField('app', app.client_id)}
${hiddenField('secret', String(secret.id))}
<p>It was made for <strong><bdi>${app.name}</bdi></strong> on ${day(secret.created_at)}, and ${secret.last_used_at === null ? 'has not been used yet' : html`was last used on ${day(secret.last_used_at)}`}. After its end, whoever presents it is refused: no token, no refresh.</p>
${dependents(view)}
${isLast && notice('problem', html`<strong>No other secret is left.</strong> Until you make a new one and put it in place, your server cannot refresh.`)}
<fieldset class="boxes">
<legend>When does it end?</legend>
<p class="field-hint">Until then it works beside the other one. An end can be brought forward, not put off.</p>
${overlaps.map(([hours, words]) => html`<div class="box"><input type="radio" id="overlap-${hours}" name="overlap" value="${hours}" ${attributes({ checked: hours === '0' })}><label for="overlap-${hours}"><strong>${words}</strong></label></div>`)}
</fieldset>
<div class="actions">
<button class="button button-danger">Revoke secret</button>
<a class="button" href="/developer/authorizations/app?app=${app.client_id}">Cancel</a>
</div>
</form>`
  return developerPage(view, { tab: 'My Authorization', title: 'Revoke secret', body })
}

/** Whom it hits, should the secret still be in use somewhere. */
function dependents({ app, connections }: RevokeView): Html {
  const { name } = app
  if (connections === 0)
    return html`<p><bdi>${name}</bdi> has no connections, so nobody is cut off.</p>`
  return html`<p><strong>${countedConnections(connections)}</strong> ${connections === 1 ? 'depends' : 'depend'} on this application’s secrets. None of them ends; but a server that still presents this one can no longer refresh theirs, and is shut out within the hour.</p>`
}
