/** Signing out, asked once when someone comes by address; and what is left to do afterwards. */
import { hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { layout, type Person } from './layout.ts'

export interface SignOutView {
  readonly platformName: string
  readonly account: Person
  readonly csrf: string
}

export function signOutPage({ platformName, account, csrf }: SignOutView): Html {
  const body = html`<div class="card form-card">
<h1>Sign out?</h1>
<p class="lead">You are signed in as <strong><bdi>${account.name}</bdi></strong> (<bdi>${account.email}</bdi>). Your connected apps stay connected.</p>
<form method="post" action="/sign-out" class="choices">
${hiddenField('csrf', csrf)}
<a class="button" href="/">Stay signed in</a>
<button class="button button-primary">Sign out</button>
</form>
</div>`
  return layout({ platformName }, { title: 'Sign out', width: 'narrow', body })
}

export interface SignedOutView {
  readonly platformName: string
  /** Where people may still be signed in. */
  readonly provider: string
}

/** On a computer that others use as well, the session at the provider counts more than ours. */
export function signedOutPage({ platformName, provider }: SignedOutView): Html {
  const body = html`<div class="card form-card">
<h1>You are signed out</h1>
<p class="lead">You are signed out of <bdi>${platformName}</bdi>. Your connected apps stay connected.</p>
<p>You may still be signed in at <bdi>${provider}</bdi>. If others use this computer, sign out there too.</p>
<p class="actions"><a class="button" href="/sign-out/provider"><span>Sign out of <bdi>${provider}</bdi></span></a> <a class="button" href="/sign-in">Sign in again</a></p>
</div>`
  return layout({ platformName }, { title: 'Signed out', width: 'narrow', body })
}
