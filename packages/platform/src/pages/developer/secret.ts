/** A secret's two moments: when it is shown, and when it is taken back. */
import type { App } from '../../developer/app.ts'
import type { Secret } from '../../developer/secret.ts'
import { day } from '../date.ts'
import { hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
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
<div><dt>Client ID</dt><dd><code data-copy data-copy-name="Client ID">${app.client_id}</code></dd></div>
<div><dt>Client Secret</dt><dd><code class="secret" data-copy data-copy-name="Client Secret">${secret}</code></dd></div>
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
<p>It was made on ${day(secret.created_at)} for <strong><bdi>${app.name}</bdi></strong>. Whoever presents it after its end is refused: no token, no refresh.</p>
${isLast && notice('problem', html`<strong>No other secret is left.</strong> Until you make a new one and put it in place, your server cannot refresh. Connections stay, and go on with the new secret.`)}
<fieldset class="boxes">
<legend>When</legend>
${overlaps.map(([hours, words]) => html`<div class="box"><input type="radio" id="overlap-${hours}" name="overlap" value="${hours}" ${attributes({ checked: hours === '0' })}><label for="overlap-${hours}"><strong>${words}</strong></label></div>`)}
</fieldset>
<div class="actions">
<button class="button button-danger">Revoke secret</button>
<a class="button" href="/developer/authorizations/app?app=${app.client_id}">Cancel</a>
</div>
</form>`
  return developerPage(view, { tab: 'My Authorization', title: 'Revoke secret', body })
}
