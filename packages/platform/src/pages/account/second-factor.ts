/** The second step of signing in. */
import { type Html, html } from '../html.ts'
import { type Frame, layout } from '../layout.ts'
import type { PasskeyQuestion } from './passkey-form.ts'
import { proofForms, type ShownDoubt } from './proof-forms.ts'

export interface SecondFactorView extends Frame {
  readonly csrf: string
  readonly continueTo: string
  /** Who is signing in. */
  readonly email: string
  readonly authenticator: boolean
  readonly passkey: PasskeyQuestion | null
  readonly doubt?: ShownDoubt
}

export function secondFactorPage(view: SecondFactorView): Html {
  const { csrf, continueTo, email, authenticator, passkey, doubt } = view
  const body = html`<div class="card form-card">
<h1>One more step</h1>
<p class="lead">Your account <strong><bdi>${email}</bdi></strong> asks for a second factor.</p>
${proofForms({
  action: '/sign-in/second-factor',
  fields: { csrf, continue: continueTo },
  authenticator,
  passkey,
  button: 'Sign in',
  ...(doubt && { doubt }),
})}
</div>
<p class="below">Not you, or too late? <a href="/sign-in?continue=${encodeURIComponent(continueTo)}">Start again</a></p>`
  return layout(view, {
    title: 'One more step',
    width: 'narrow',
    body,
    ...(passkey && { script: 'passkey' }),
  })
}
