/** When the provider knows somebody whose email belongs to an account here: why, and how to link the two. */
import { hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { layout, type Person } from './layout.ts'

interface LinkView {
  readonly platformName: string
  /** What people call the provider. */
  readonly provider: string
  /** Who the person is there. */
  readonly profile: {
    readonly email: string
    readonly firstName: string
    readonly lastName: string
  }
}

export interface EmailTakenView extends LinkView {
  /** Whether the account's owner can sign in to it with a password. */
  readonly passwords: boolean
}

export function emailTakenPage(view: EmailTakenView): Html {
  const { platformName, provider, profile } = view
  const body = html`<div class="card form-card">
<h1>You have an account already</h1>
<p class="lead"><bdi>${provider}</bdi> signed you in as <strong><bdi>${profile.email}</bdi></strong>, and an account with this email is here already. An email alone does not prove that both are yours, so nothing was linked.</p>
${
  view.passwords
    ? html`<p>Sign in with your password once. Then you can link the two, and use <bdi>${provider}</bdi> from there on.</p>
<p class="actions"><a class="button button-primary" href="/sign-in?continue=%2Fsign-in%2Flink">Sign in with your password</a> <a class="button" href="/">Not now</a></p>`
    : html`<p>Ask support to link that account to you.</p>
<p class="actions"><a class="button" href="/">Go to the start page</a></p>`
}
</div>`
  return layout({ platformName }, { title: 'You have an account already', width: 'narrow', body })
}

export interface ConfirmLinkView extends LinkView {
  readonly account: Person
  readonly csrf: string
  /** Where the person was going: a path on this platform. */
  readonly continueTo: string
}

export function confirmLinkPage(view: ConfirmLinkView): Html {
  const { platformName, provider, profile, account, csrf } = view
  const name = `${profile.firstName} ${profile.lastName}`.trim()
  const body = html`<div class="card form-card">
<h1>Link <bdi>${provider}</bdi> to your account?</h1>
<p class="lead">From then on, whoever signs in with <bdi>${provider}</bdi> as the person below is signed in to your account here.</p>
<dl class="details">
<div><dt>At <bdi>${provider}</bdi></dt><dd>${name && html`<bdi>${name}</bdi>, `}<bdi>${profile.email}</bdi></dd></div>
<div><dt>Your account here</dt><dd><bdi>${account.name}</bdi>, <bdi>${account.email}</bdi></dd></div>
</dl>
<p>If the first one is not you, choose Not now.</p>
<form method="post" action="/sign-in/link" class="choices">
${hiddenField('csrf', csrf)}
<a class="button" href="${view.continueTo}">Not now</a>
<button class="button button-primary">Link them</button>
</form>
</div>`
  const title = `Link ${provider}`
  return layout({ platformName, signedIn: account, csrf }, { title, width: 'narrow', body })
}
