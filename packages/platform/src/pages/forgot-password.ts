/** A forgotten password: ask for a code, then set a new password with it. */
import { field, hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { codeField } from './sign-up.ts'

export interface ForgotPasswordView extends Frame {
  readonly csrf: string
  readonly email?: string
  readonly problem?: string
}

export function forgotPasswordPage(view: ForgotPasswordView): Html {
  const { csrf, email, problem } = view
  const body = html`<div class="card form-card">
<h1>Set a new password</h1>
<p class="lead">Tell us your email. We send a code to it, and with the code you set a new password.</p>
<form method="post" action="/forgot-password" class="stack">
${hiddenField('csrf', csrf)}
${field({ name: 'email', label: 'Email', type: 'email', value: email, problem, autocomplete: 'username', first: true })}
<button class="button button-primary button-whole">Send the code</button>
</form>
</div>
<p class="below">Remembered it? <a href="/sign-in">Sign in</a></p>`
  return layout(view, { title: 'Set a new password', width: 'narrow', body })
}

export interface ResetPasswordView extends Frame {
  readonly csrf: string
  readonly email: string
  readonly passwordRule: string
  readonly problems?: { readonly code?: string; readonly password?: string }
}

export function resetPasswordPage(view: ResetPasswordView): Html {
  const { csrf, email, passwordRule, problems = {} } = view
  const body = html`<div class="card form-card">
<h1>Check your email</h1>
<p class="lead">Enter the 6-digit code sent to <strong><bdi>${email}</bdi></strong>, and your new password.</p>
<form method="post" action="/forgot-password/code" class="stack">
${hiddenField('csrf', csrf)}
<input class="hidden" type="text" name="username" value="${email}" autocomplete="username" aria-hidden="true" tabindex="-1" readonly>
${codeField(problems.code)}
${field({ name: 'password', label: 'New password', type: 'password', hint: passwordRule, problem: problems.password, autocomplete: 'new-password' })}
<button class="button button-primary button-whole">Set the password</button>
</form>
<p class="aside">You will be signed out everywhere else.</p>
<form method="post" action="/forgot-password" class="beside">
${hiddenField('csrf', csrf)}
${hiddenField('email', email)}
<span>No mail yet? Look in your spam folder first.</span> <button class="link">Send a new code</button>
</form>
</div>
<p class="below">Wrong address? <a href="/forgot-password">Start again</a></p>`
  return layout(view, { title: 'Check your email', width: 'narrow', body })
}
