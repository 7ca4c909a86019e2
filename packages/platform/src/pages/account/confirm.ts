/** Asked again, before something that a thief would do first. */
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import { type Frame, layout } from '../layout.ts'
import type { PasskeyQuestion } from './passkey-form.ts'
import { proofForms, type ShownDoubt } from './proof-forms.ts'

export interface ConfirmView extends Frame {
  readonly csrf: string
  readonly why: string
  /** Goes on from “To”. */
  readonly to: string
  /** The button that has to be pressed once more afterwards; `null` for none. */
  readonly press: string | null
  readonly continueTo: string
  readonly way: ConfirmWay
  readonly doubt?: ShownDoubt
}

export type ConfirmWay =
  | {
      readonly kind: 'second factor'
      readonly authenticator: boolean
      readonly passkey: PasskeyQuestion | null
    }
  | { readonly kind: 'password' }
  | { readonly kind: 'elsewhere'; readonly provider: string | null }

export function confirmPage(view: ConfirmView): Html {
  const { to, press, way, signedIn } = view
  const body = html`<div class="card form-card">
<h1>Confirm that it is you</h1>
<p class="lead">Somebody could sit at your computer. To ${to}, show once more that <strong><bdi>${signedIn?.email}</bdi></strong> is yours.${press && html` You come back to where you were; then press <strong>${press}</strong> again.`}</p>
${wayIn(view)}
<p class="beside"><span>You are not asked again for ten minutes.</span> <a href="${view.continueTo}">Go back</a></p>
</div>`
  const script = way.kind === 'second factor' && way.passkey ? 'passkey' : undefined
  return layout(view, {
    title: 'Confirm that it is you',
    width: 'narrow',
    body,
    ...(script && { script }),
  })
}

function wayIn(view: ConfirmView): Html {
  const { csrf, why, continueTo, way, doubt, signedIn } = view
  const fields = { csrf, continue: continueTo, why }
  if (way.kind === 'second factor') {
    const { authenticator, passkey } = way
    const action = '/account/confirm'
    return proofForms({
      action,
      fields,
      authenticator,
      passkey,
      button: 'Confirm',
      ...(doubt && { doubt }),
    })
  }
  if (way.kind === 'elsewhere') return elsewhere(continueTo, way.provider)
  return html`<form method="post" action="/account/confirm" class="stack">
${Object.entries(fields).map(([name, value]) => hiddenField(name, value))}
<input class="hidden" type="text" name="username" value="${signedIn?.email}" autocomplete="username" aria-hidden="true" tabindex="-1" readonly>
${field({ name: 'password', label: 'Password', type: 'password', problem: doubt?.problem, autocomplete: 'current-password', first: true })}
<button class="button button-primary button-whole">Confirm</button>
</form>`
}

function elsewhere(continueTo: string, provider: string | null): Html {
  if (provider === null) {
    return html`<p>Your account has nothing that could be asked for here. Sign out, and sign in again.</p>
<p class="actions"><a class="button button-primary button-whole" href="/sign-out">Sign out</a></p>`
  }
  return html`<p class="actions"><a class="button button-primary button-whole" href="/sign-in/provider?fresh=yes&amp;continue=${encodeURIComponent(continueTo)}"><span>Sign in again with <bdi>${provider}</bdi></span></a></p>`
}
