/** How the account is signed in to: second factor, passkeys, recovery codes, password. */
import type { Factors } from '../../accounts/second-factor/factors.ts'
import { day, recentDay } from '../date.ts'
import { badge } from '../developer/shell.ts'
import { type Html, html, type Value } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { accountPage } from './shell.ts'

export interface SecurityView extends Frame {
  readonly factors: Factors
  /** Whether the account signs in with a password of ours. */
  readonly hasPassword: boolean
  readonly now: number
  /** What was done just now, in words of ours. */
  readonly done?: string
}

export function securityPage(view: SecurityView): Html {
  const { factors, hasPassword, done } = view
  const body = html`<h1>Security</h1>
<p class="lead">How you sign in, and what is asked for beside your password.</p>
${done && notice('done', done)}
<section class="card sheet">
<div class="head-line"><h2>Second factor</h2>${factors.hasAny ? badge('On', 'good') : badge('Off', 'plain')}</div>
<p class="muted">${factors.hasAny ? 'A password alone is not enough to sign in as you.' : 'With it, somebody who learns your password still cannot sign in as you. An authenticator app or a passkey turns it on.'}</p>
<ul class="factors">
${authenticatorRow(factors)}
${factors.passkeys.map(passkey => passkeyRow(passkey, view.now))}
${row({
  name: 'Passkeys',
  about:
    'Your phone, computer or security key. It signs you in without a password too, and a look-alike page gets nothing from it.',
  action: html`<a class="button" href="/account/security/passkeys/add">Add a passkey</a>`,
})}
${factors.hasAny && codesRow(factors)}
</ul>
</section>
${hasPassword && passwordCard}
<section class="card sheet">
<h2>Sessions</h2>
<p class="muted">See where your account is signed in, and sign out everywhere else.</p>
<p class="actions"><a class="button" href="/account/sessions">See your sessions</a></p>
</section>`
  return accountPage(view, { tab: 'Security', title: 'Security', body })
}

function row({ name, about, action }: { name: Value; about: Value; action: Html }): Html {
  return html`<li><div><h3>${name}</h3><p class="muted">${about}</p></div>${action}</li>`
}

function authenticatorRow({ authenticatorSince }: Factors): Html {
  const isOn = authenticatorSince !== null
  return row({
    name: 'Authenticator app',
    about: isOn
      ? html`Set up on ${day(authenticatorSince)}.`
      : 'An app on your phone that shows six digits, new every half minute.',
    action: isOn
      ? html`<a class="button button-danger-quiet" href="/account/security/authenticator/remove" aria-label="Remove the authenticator app">Remove</a>`
      : html`<a class="button" href="/account/security/authenticator">Set up</a>`,
  })
}

function passkeyRow(passkey: Factors['passkeys'][number], now: number): Html {
  const { name, created_at, last_used_at } = passkey
  const id = Buffer.from(passkey.id).toString('base64url')
  return row({
    name: html`<bdi>${name}</bdi>`,
    about: html`Passkey, added on ${day(created_at)}. Last used: ${last_used_at === null ? 'Never' : recentDay(last_used_at, now)}.`,
    action: html`<a class="button button-danger-quiet" href="/account/security/passkeys/remove?passkey=${id}" aria-label="Remove the passkey ${name}">Remove</a>`,
  })
}

function codesRow({ codesLeft }: Factors): Html {
  return row({
    name: 'Recovery codes',
    about:
      codesLeft > 2
        ? `${codesLeft} left. For the day your phone is lost.`
        : html`<strong>${codesLeft === 0 ? 'None' : codesLeft} left.</strong> Make new ones before you need them.`,
    action: html`<a class="button" href="/account/security/recovery-codes">Make new ones</a>`,
  })
}

const passwordCard = html`<section class="card sheet">
<h2>Password</h2>
<p class="muted">Change it when somebody may have seen it. Every other browser is then signed out.</p>
<p class="actions"><a class="button" href="/account/security/password">Change your password</a></p>
</section>`
