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
  /** What people call the provider they can sign in through. */
  readonly provider?: string
  /** Asks for credentials there, even of those who are signed in. */
  readonly fresh?: boolean
  /** Whether there are passwords, and accounts to sign up for. Default: yes. */
  readonly passwords?: boolean
  /** Why it did not work; speaks about both fields together. */
  readonly problem?: string
}

export function signInPage(view: SignInView): Html {
  const { platformName, continueTo, appName, problem, passwords = true } = view
  const body = html`<div class="card form-card">
<h1>Sign in</h1>
<p class="lead">${
    appName
      ? html`Sign in to <bdi>${platformName}</bdi> to connect <strong><bdi>${appName}</bdi></strong>. The next page asks before anything is shared.`
      : html`Sign in with your <bdi>${platformName}</bdi> account.`
  }</p>
${problem && notice('problem', problem, 'problem')}
${view.provider && byProvider(view, view.provider)}
${view.provider && passwords && html`<p class="or"><span>or</span></p>`}
${passwords && byPassword(view)}
</div>
${passwords && html`<p class="below">No account yet? <a href="/sign-up?continue=${encodeURIComponent(continueTo)}">Sign up</a></p>`}`
  return layout(view, { title: 'Sign in', width: 'narrow', body })
}

/** A link, not a form: browsers would hold the form's target against our policy on the way there. */
function byProvider({ continueTo, fresh }: SignInView, provider: string): Html {
  const rest = fresh ? '&fresh=yes' : ''
  return html`<p><a class="button button-primary button-whole" href="/sign-in/provider?continue=${encodeURIComponent(continueTo)}${rest}"><span>Sign in with <bdi>${provider}</bdi></span></a></p>
${fresh && html`<p class="beside">You will be asked to sign in there again, so that you can choose another account.</p>`}`
}

function byPassword({ csrf, continueTo, email, problem, provider }: SignInView): Html {
  const describedBy = problem && 'problem'
  const look = provider ? '' : 'button-primary'
  return html`<form method="post" action="/sign-in" class="stack">
${hiddenField('csrf', csrf)}
${hiddenField('continue', continueTo)}
${field({ name: 'email', label: 'Email', type: 'email', value: email, autocomplete: 'username', first: !email && !provider, describedBy })}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', first: Boolean(email), describedBy })}
<button class="button ${look} button-whole">Sign in</button>
</form>
<p class="beside two"><a href="/sign-in/passkey?continue=${encodeURIComponent(continueTo)}">Use a passkey</a> <a href="/forgot-password">Forgot your password?</a></p>`
}
