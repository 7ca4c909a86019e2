/** Signing in with a passkey alone. On a page of its own: beside a password field runs no script. */
import { type Html, html } from '../html.ts'
import { type Frame, layout } from '../layout.ts'
import { type PasskeyQuestion, passkeyForm } from './passkey-form.ts'

export interface PasskeySignInView extends Frame {
  readonly csrf: string
  readonly continueTo: string
  readonly passkey: PasskeyQuestion
  readonly problem?: string
}

export function passkeySignInPage(view: PasskeySignInView): Html {
  const { csrf, continueTo, passkey, problem } = view
  const form = passkeyForm({
    action: '/sign-in/passkey',
    ceremony: 'get',
    passkey,
    fields: { csrf, continue: continueTo },
    button: 'Use a passkey',
    isMain: true,
    without:
      'Passkeys need JavaScript and a browser that knows them. Sign in with your password instead.',
    problem,
  })
  const body = html`<div class="card form-card">
<h1>Sign in with a passkey</h1>
<p class="lead">Your phone, computer or security key knows you by your finger, face or PIN. No password is needed.</p>
${form}
</div>
<p class="below">No passkey yet? <a href="/sign-in?continue=${encodeURIComponent(continueTo)}">Sign in with your password</a>, and add one under Security.</p>`
  return layout(view, {
    title: 'Sign in with a passkey',
    width: 'narrow',
    body,
    script: 'passkey',
  })
}
