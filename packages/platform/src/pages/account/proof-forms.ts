/** The ways to give a second factor, side by side: a code, a passkey, a recovery code. */
import { field, hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import { type PasskeyQuestion, passkeyForm } from './passkey-form.ts'

export interface ProofView {
  readonly action: string
  /** What every form carries: the form token, and where to go on. */
  readonly fields: Readonly<Record<string, string>>
  /** Whether there is an authenticator app. */
  readonly authenticator: boolean
  readonly passkey: PasskeyQuestion | null
  readonly button: string
  readonly doubt?: ShownDoubt
}

/** What was wrong with the last attempt. */
export interface ShownDoubt {
  readonly field: string
  readonly problem: string
}

export function proofForms(view: ProofView): Html {
  const { authenticator, passkey } = view
  return html`${authenticator && digits(view)}
${authenticator && passkey && html`<p class="or"><span>or</span></p>`}
${passkey && key(view, passkey)}
${recovery(view)}`
}

function digits({ action, fields, button, doubt }: ProofView): Html {
  return html`<form method="post" action="${action}" class="stack">
${field({
  name: 'code',
  label: 'Code from your authenticator app',
  problem: doubt?.field === 'code' ? doubt.problem : undefined,
  autocomplete: 'one-time-code',
  inputmode: 'numeric',
  longest: 10,
  look: 'code-input',
  first: doubt?.field !== 'recovery',
})}
<button class="button button-primary button-whole">${button}</button>
${hidden(fields)}
</form>`
}

function key({ action, fields, authenticator, doubt }: ProofView, passkey: PasskeyQuestion): Html {
  return passkeyForm({
    action,
    ceremony: 'get',
    passkey,
    fields,
    button: 'Use a passkey',
    isMain: !authenticator,
    without: `Passkeys need JavaScript and a browser that knows them. ${authenticator ? 'Enter a code instead.' : 'Use a recovery code instead.'}`,
    problem: doubt?.field === 'answer' ? doubt.problem : undefined,
  })
}

function recovery({ action, fields, button, doubt }: ProofView): Html {
  const problem = doubt?.field === 'recovery' ? doubt.problem : undefined
  return html`<details class="other-way" ${attributes({ open: problem !== undefined })}>
<summary>Use a recovery code</summary>
<form method="post" action="${action}" class="stack">
${field({
  name: 'recovery',
  label: 'Recovery code',
  hint: 'One of the ten you kept. Each works once.',
  problem,
  autocomplete: 'off',
  longest: 40,
  look: 'recovery-input',
  first: problem !== undefined,
})}
<button class="button button-whole">${button}</button>
${hidden(fields)}
</form>
</details>`
}

function hidden(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(([name, value]) => hiddenField(name, value))
}
