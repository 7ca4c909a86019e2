/** When something cannot be done: what happened, who can mend it, and what their developer needs to know. */
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'

export interface ErrorView extends Frame {
  readonly status: number
  readonly title: string
  readonly whatHappened: string
  readonly whoCanMend: string
  /** What was sent, as it was sent. */
  readonly details?: readonly { readonly label: string; readonly value: string }[]
  /** Under which the operator finds the request in the log. */
  readonly reference?: string
  /** The way on. Default: the start page. */
  readonly action?: { readonly href: string; readonly label: string }
}

export function errorPage(view: ErrorView): Html {
  const { status, title, details = [], reference } = view
  const action = view.action ?? { href: '/', label: 'Go to the start page' }
  const shown = [...details, ...(reference ? [{ label: 'Reference', value: reference }] : [])]
  const body = html`<div class="card form-card error">
<p class="eyebrow">Error ${status}</p>
<h1>${title}</h1>
<p class="lead">${view.whatHappened}</p>
<p>${view.whoCanMend}</p>
${shown.length > 0 && html`<dl class="details">${shown.map(({ label, value }) => html`<div><dt>${label}</dt><dd dir="ltr">${value}</dd></div>`)}</dl>`}
<p class="actions"><a class="button" href="${action.href}">${action.label}</a></p>
</div>`
  return layout(view, { title, width: 'narrow', body })
}
