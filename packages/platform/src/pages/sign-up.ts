/** Signing up: the form, and the page that asks for the code from the mail. */
import { field, hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { notice } from './notice.ts'

export interface SignUpView extends Frame {
  readonly csrf: string
  readonly continueTo: string
  /** Asks for company and phone as well. */
  readonly developer: boolean
  /** The rule in words: `At least 12 characters.` */
  readonly passwordRule: string
  /** What was entered before. */
  readonly values: {
    readonly firstName?: string
    readonly lastName?: string
    readonly organization?: string
    readonly phone?: string
    readonly email?: string
  }
  readonly problems: SignUpProblems
}

/** What is wrong, field by field. */
export interface SignUpProblems {
  readonly firstName?: string
  readonly lastName?: string
  readonly organization?: string
  readonly phone?: string
  readonly email?: string
  readonly password?: string
}

export function signUpPage(view: SignUpView): Html {
  const { platformName, csrf, continueTo, developer, passwordRule, values, problems } = view
  const wrong = Object.keys(problems)[0]
  const first = (name: string) => name === (wrong ?? 'firstName')
  const body = html`<div class="card form-card">
<h1>${developer ? 'Sign up as a developer' : 'Sign up'}</h1>
<p class="lead">Create a <bdi>${platformName}</bdi> account${developer && ' to register applications'}. We send a code to your email to see that it is yours.</p>
${wrong && notice('problem', 'Please look at the fields marked below.')}
<form method="post" action="/sign-up" class="stack">
${hiddenField('csrf', csrf)}
${hiddenField('continue', continueTo)}
${developer && hiddenField('for', 'developer')}
<div class="pair">
${field({ name: 'firstName', label: 'First name', value: values.firstName, problem: problems.firstName, autocomplete: 'given-name', first: first('firstName') })}
${field({ name: 'lastName', label: 'Last name', value: values.lastName, problem: problems.lastName, autocomplete: 'family-name', first: first('lastName') })}
</div>
${developer && field({ name: 'organization', label: 'Company', value: values.organization, problem: problems.organization, autocomplete: 'organization', longest: 80, first: first('organization') })}
${field({ name: 'email', label: 'Email', type: 'email', value: values.email, problem: problems.email, autocomplete: 'username', first: first('email') })}
${developer && field({ name: 'phone', label: 'Phone', type: 'tel', value: values.phone, problem: problems.phone, autocomplete: 'tel', hint: 'With its country, like +1 555 010 0199', first: first('phone') })}
${field({ name: 'password', label: 'Password', type: 'password', hint: passwordRule, problem: problems.password, autocomplete: 'new-password', first: first('password') })}
<button class="button button-primary button-whole">Sign up</button>
</form>
</div>
<p class="below">Already have an account? <a href="/sign-in?continue=${encodeURIComponent(continueTo)}">Sign in</a></p>`
  return layout(view, { title: 'Sign up', width: 'narrow', body })
}

export interface SignUpCodeView extends Frame {
  readonly csrf: string
  readonly continueTo: string
  /** Where the code went; `''` when it is no longer known. */
  readonly email: string
  readonly problem?: string
}

export function signUpCodePage(view: SignUpCodeView): Html {
  const { csrf, continueTo, email, problem } = view
  const body = html`<div class="card form-card">
<h1>Check your email</h1>
<p class="lead">Enter the 6-digit code ${email ? html`sent to <strong><bdi>${email}</bdi></strong>` : 'from our mail'}.</p>
<form method="post" action="/sign-up/code" class="stack">
${hiddenField('csrf', csrf)}
${hiddenField('continue', continueTo)}
${codeField(problem)}
<button class="button button-primary button-whole">Continue</button>
</form>
<form method="post" action="/sign-up/resend" class="beside">
${hiddenField('csrf', csrf)}
${hiddenField('continue', continueTo)}
<span>No mail yet? Look in your spam folder first.</span> <button class="link">Send a new code</button>
</form>
</div>
<p class="below">Wrong address? <a href="/sign-up?continue=${encodeURIComponent(continueTo)}">Start again</a></p>`
  return layout(view, { title: 'Check your email', width: 'narrow', body })
}

/** Six digits from a mail. */
export function codeField(problem: string | undefined): Html {
  return field({
    name: 'code',
    label: 'Code',
    problem,
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    look: 'code-input',
    first: true,
  })
}
