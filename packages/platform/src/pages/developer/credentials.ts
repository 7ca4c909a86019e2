/** What an application presents itself with: its Client ID, and its secrets by what is known of them. */
import { liveSecretsAtMost, type Secret } from '../../developer/secret.ts'
import { copyable } from '../copyable.ts'
import { day, moment, recentDay } from '../date.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import { notice } from '../notice.ts'
import type { AppView } from './app.ts'

export function credentials(view: AppView): Html {
  const { app } = view
  return html`<section class="card stack sheet">
<h2>Credentials</h2>
<dl class="sheet-facts"><div><dt>Client ID</dt><dd>${copyable('Client ID', app.client_id)}</dd></div></dl>
${app.is_public === 1 ? html`<p>A public application has no secret. It proves itself with PKCE, and its refresh tokens rotate.</p>` : secrets(view)}
</section>`
}

function secrets({ app, secrets: live, csrf, now }: AppView): Html {
  const full = live.length >= liveSecretsAtMost
  return html`<div class="secrets-head"><h3>Client Secrets</h3>
${!full && html`<form method="post" action="/developer/authorizations/secret">${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}<button class="button button-small">New secret</button></form>`}</div>
${live.length > 0 ? html`<ul class="secrets">${live.map(one => secret(one, app.client_id, now))}</ul>` : notice('problem', 'No secret works. Make one, or the application cannot get tokens.')}
<p class="field-hint">${full ? 'Two secrets live at once, and both work. Put the newer one in place everywhere; when the older one is no longer used, revoke it.' : 'To roll over without a failed request: make a new secret, put it in place everywhere, then revoke the older one.'}</p>`
}

function secret(one: Secret, clientId: string, now: number): Html {
  const { id, tail, created_at, last_used_at, revoked_at } = one
  return html`<li>
<code class="secret-tail"><span class="hidden">ends in </span><span aria-hidden="true">••••</span>${tail}</code>
<dl class="facts"><div><dt>Made</dt><dd>${day(created_at)}</dd></div><div><dt>Last used</dt><dd>${last_used_at === null ? 'Never' : recentDay(last_used_at, now)}</dd></div>${revoked_at !== null && html`<div class="facts-warning"><dt>Ends</dt><dd>${moment(revoked_at)}</dd></div>`}</dl>
<form method="get" action="/developer/authorizations/revoke">${hiddenField('app', clientId)}${hiddenField('secret', String(id))}<button class="button button-danger-quiet" aria-label="Revoke secret …${tail}">Revoke secret</button></form>
</li>`
}
