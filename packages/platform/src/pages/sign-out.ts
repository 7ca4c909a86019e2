/** Signing out, asked once when someone comes by address. */
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
