/** The form that a passkey answers. It shows itself where passkeys can work, by our script. */
import { hiddenField } from '../field.ts'
import { attributes, type Html, html, type Value } from '../html.ts'
import { icon } from '../icon.ts'

/** What the platform asks of the passkey, and the seal that must come back with its answer. */
export interface PasskeyQuestion {
  readonly question: string
  readonly seal: string
}

export interface PasskeyForm {
  readonly action: string
  readonly ceremony: 'create' | 'get'
  readonly passkey: PasskeyQuestion
  readonly fields: Readonly<Record<string, string>>
  /** Stands before the button. */
  readonly before?: Value
  readonly button: string
  readonly isMain: boolean
  /** What to read where passkeys cannot work. */
  readonly without: string
  readonly problem?: string | undefined
}

/** Needs the page's `script: 'passkey'`. */
export function passkeyForm(about: PasskeyForm): Html {
  const { action, ceremony, passkey, fields, button, isMain, without, problem } = about
  const data = attributes({
    'data-passkey': ceremony,
    'data-question': passkey.question,
    hidden: true,
  })
  return html`<form method="post" action="${action}" class="passkey" ${data}>
${about.before}
<button class="button button-whole ${isMain ? 'button-primary' : ''}">${icon('passkey')}<span>${button}</span></button>
<p class="passkey-status" role="status"></p>
${Object.entries(fields).map(([name, value]) => hiddenField(name, value))}
${hiddenField('seal', passkey.seal)}
${hiddenField('answer', '')}
</form>
${problem && html`<p class="field-problem" role="alert">${icon('alert')}<span>${problem}</span></p>`}
<p class="field-hint" data-without-passkey>${without}</p>`
}
