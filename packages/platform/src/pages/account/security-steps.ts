/** The steps of changing how one signs in: set up, add, remove, make anew. */
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { type PasskeyQuestion, passkeyForm } from './passkey-form.ts'
import { accountPage } from './shell.ts'

interface StepFrame extends Frame {
  readonly csrf: string
}

export interface SetUpView extends StepFrame {
  /** The secret, in groups that can be typed in. */
  readonly secret: string
  /** The QR code's dark squares, as the path of an SVG of so many units. */
  readonly picture: { readonly path: string; readonly size: number }
  readonly seal: string
  readonly problem?: string
}

export function setUpPage(view: SetUpView): Html {
  const { csrf, secret, picture, seal, problem } = view
  const body = html`<div class="step">
<h1>Set up an authenticator app</h1>
<ol class="card steps">
<li><h2>Scan this with the app</h2>
<p class="muted">Any authenticator app will do: the one of your phone or password manager too.</p>
<svg class="qr" viewBox="0 0 ${picture.size} ${picture.size}" role="img" aria-label="QR code with the secret that stands below as text"><rect width="${picture.size}" height="${picture.size}"/><path d="${picture.path}"/></svg>
<p class="muted">Or enter this secret:</p>
<p><code class="secret" data-copy="${secret.replaceAll(' ', '')}" data-copy-name="The secret">${secret}</code></p></li>
<li><h2>Enter the code it shows</h2>
<form method="post" action="/account/security/authenticator" class="stack">
${field({ name: 'code', label: 'Code', problem, autocomplete: 'one-time-code', inputmode: 'numeric', longest: 10, look: 'code-input', first: problem !== undefined })}
<div class="actions"><button class="button button-primary">Turn it on</button><a class="button" href="/account/security">Cancel</a></div>
${hiddenField('csrf', csrf)}
${hiddenField('seal', seal)}
</form></li>
</ol>
</div>`
  const title = 'Set up an authenticator app'
  return accountPage(view, { tab: 'Security', title, body, script: 'copy' })
}

export interface CodesView extends StepFrame {
  readonly codes: readonly string[]
  /** True when they came with the first second factor. */
  readonly isFirst: boolean
}

/** The only page that ever shows recovery codes. */
export function recoveryCodesPage(view: CodesView): Html {
  const { codes, isFirst } = view
  const body = html`<h1>${isFirst ? 'Your second factor is on' : 'Your new recovery codes'}</h1>
<div class="card stack sheet">
${notice('caution', html`<strong>Keep these recovery codes now.</strong> They are shown this once. Each signs you in once when you have lost your phone or key.${!isFirst && ' The earlier ones do not work any more.'}`)}
<ul class="codes" data-copy="${codes.join('\n')}" data-copy-name="All recovery codes">${codes.map(code => html`<li><code>${code}</code></li>`)}</ul>
<p class="muted">Print them, or keep them in a password manager. Not on the phone that they are for.</p>
<p class="actions"><a class="button button-primary" href="/account/security">I have kept them</a></p>
</div>`
  return accountPage(view, { tab: 'Security', title: 'Recovery codes', body, script: 'copy' })
}

export interface AddPasskeyView extends StepFrame {
  readonly passkey: PasskeyQuestion
  readonly name: string
  /** True when it turns the second factor on. */
  readonly isFirst: boolean
  readonly problem?: string
}

export function addPasskeyPage(view: AddPasskeyView): Html {
  const { csrf, passkey, name, isFirst, problem } = view
  const form = passkeyForm({
    action: '/account/security/passkeys/add',
    ceremony: 'create',
    passkey,
    fields: { csrf },
    before: field({
      name: 'name',
      label: 'Name',
      value: name,
      hint: 'For you, to tell them apart.',
      longest: 60,
      autocomplete: 'off',
    }),
    button: 'Add a passkey',
    isMain: true,
    without:
      'Passkeys need JavaScript and a browser that knows them. You can set up an authenticator app instead.',
    problem,
  })
  const body = html`<div class="step">
<h1>Add a passkey</h1>
<div class="card stack sheet">
<p>Your phone, computer or security key makes a key for this site alone, and asks for your finger, face or PIN when it is used. We get nothing that could be stolen.</p>
${isFirst && notice('caution', html`<strong>This turns your second factor on.</strong> From then on your password alone does not sign you in. You get ten recovery codes with it.`)}
${form}
<p class="aside"><a href="/account/security">Cancel</a></p>
</div>
</div>`
  return accountPage(view, { tab: 'Security', title: 'Add a passkey', body, script: 'passkey' })
}

export interface AskView extends StepFrame {
  readonly action: string
  readonly title: string
  readonly points: readonly string[]
  readonly button: string
  readonly isDanger: boolean
  readonly fields: Readonly<Record<string, string>>
}

/** Asks once more, and says what will happen. */
export function askPage(view: AskView): Html {
  const { action, title, points, button, isDanger, fields, csrf } = view
  const body = html`<div class="step">
<h1>${title}</h1>
<form method="post" action="${action}" class="card stack sheet">
${hiddenField('csrf', csrf)}
${Object.entries(fields).map(([name, value]) => hiddenField(name, value))}
<ul class="points">${points.map(point => html`<li>${point}</li>`)}</ul>
<div class="actions">
<button class="button ${isDanger ? 'button-danger' : 'button-primary'}">${button}</button>
<a class="button" href="/account/security">Cancel</a>
</div>
</form>
</div>`
  return accountPage(view, { tab: 'Security', title, body })
}

export interface PasswordView extends StepFrame {
  readonly email: string
  readonly passwordRule: string
  readonly problems: { readonly current?: string; readonly password?: string }
}

export function passwordPage(view: PasswordView): Html {
  const { csrf, email, passwordRule, problems } = view
  const body = html`<div class="step">
<h1>Change your password</h1>
<form method="post" action="/account/security/password" class="card stack sheet">
${hiddenField('csrf', csrf)}
<input class="hidden" type="text" name="username" value="${email}" autocomplete="username" aria-hidden="true" tabindex="-1" readonly>
${field({ name: 'current', label: 'Current password', type: 'password', problem: problems.current, autocomplete: 'current-password', first: problems.password === undefined })}
${field({ name: 'password', label: 'New password', type: 'password', hint: passwordRule, problem: problems.password, autocomplete: 'new-password', first: problems.password !== undefined })}
<div class="actions"><button class="button button-primary">Change it</button><a class="button" href="/account/security">Cancel</a></div>
<p class="muted">Every other browser is signed out. Connected apps stay connected.</p>
</form>
</div>`
  return accountPage(view, { tab: 'Security', title: 'Change your password', body })
}

/** The dark squares of a QR code as a path of one SVG, one run of squares a stroke. */
export function qrPicture(rows: readonly (readonly boolean[])[]): SetUpView['picture'] {
  const runs = rows.flatMap((row, y) =>
    [
      ...row
        .map(dark => (dark ? '1' : '0'))
        .join('')
        .matchAll(/1+/g),
    ].map(run => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`),
  )
  return { path: runs.join(''), size: rows.length }
}
