/** Signing in. */
import { field, hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { notice } from './notice.ts'

export interface SignInView extends Frame {
  readonly csrf: string
  /** Where to go afterwards: a path on this platform. */
  readonly continueTo: string
  /** The app the person is on the way to connect. */
  readonly appName?: string
  /** What was entered before; the password is never shown again. */
  readonly email?: string
  /** Why it did not work; speaks about both fields together. */
  readonly problem?: string
}

export function signInPage(view: SignInView): Html {
  const { platformName, csrf, continueTo, appName, email, problem } = view
  const describedBy = problem && 'problem'
  const body = html`<div class="card form-card">
<h1>Sign in</h1>
<p class="lead">${
    appName
      ? html`Sign in to <bdi>${platformName}</bdi> to connect <strong><bdi>${appName}</bdi></strong>. The next page asks before anything is shared.`
      : html`Sign in with your <bdi>${platformName}</bdi> account.`
  }</p>
${problem && notice('problem', problem, 'problem')}
<form method="post" action="/sign-in" class="stack">
${hiddenField('csrf', csrf)}
${hiddenField('continue', continueTo)}
${field({ name: 'email', label: 'Email', type: 'email', value: email, autocomplete: 'username', first: !email, describedBy })}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', first: Boolean(email), describedBy })}
<button class="button button-primary button-whole">Sign in</button>
</form>
<p class="beside"><a href="/forgot-password">Forgot your password?</a></p>
</div>
<p class="below">No account yet? <a href="/sign-up?continue=${encodeURIComponent(continueTo)}">Sign up</a></p>`
  return layout(view, { title: 'Sign in', width: 'narrow', body })
}
