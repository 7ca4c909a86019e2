/** Form controls: a label, an input, a hint, and what is wrong with the value, tied together for everyone. */
import { attributes, type Html, html } from './html.ts'
import { icon } from './icon.ts'

export interface Field {
  /** The name on the wire, and the element's id. */
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password' | 'url' | 'tel'
  /** May be left empty. */
  readonly optional?: boolean
  /** Characters at most. */
  readonly longest?: number
  readonly value?: string | undefined
  readonly hint?: string | undefined
  readonly problem?: string | undefined
  readonly autocomplete: string
  readonly inputmode?: 'numeric' | 'email'
  /** Takes the focus when the page opens. */
  readonly first?: boolean
  /** The id of a notice elsewhere on the page that speaks about this field. */
  readonly describedBy?: string | undefined
  /** A CSS class for the input. */
  readonly look?: string
}

export function field(about: Field): Html {
  const { name, label, hint, problem, describedBy } = about
  const spoken = [describedBy, problem && `${name}-problem`, hint && `${name}-hint`]
  const input = attributes({
    class: about.look,
    type: about.type ?? 'text',
    value: about.value,
    autocomplete: about.autocomplete,
    inputmode: about.inputmode,
    maxlength: about.longest,
    required: !about.optional,
    autocapitalize: about.type === 'email' ? 'none' : null,
    spellcheck: about.type === 'email' ? 'false' : null,
    autofocus: about.first,
    'aria-invalid': problem ? 'true' : null,
    'aria-describedby': spoken.filter(Boolean).join(' ') || null,
  })
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" ${input}>
${problem && html`<p class="field-problem" id="${name}-problem">${icon('alert')}<span>${problem}</span></p>`}
${hint && html`<p class="field-hint" id="${name}-hint">${hint}</p>`}
</div>`
}

export function hiddenField(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`
}
