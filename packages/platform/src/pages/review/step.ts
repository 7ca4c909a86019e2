/** The page that asks once more before an app or a company is stopped: it says what happens to how many. */
import type { Drastic } from '../../review/step.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { reviewPage } from './shell.ts'

const looks = {
  suspend: { button: 'Suspend', title: 'Suspend', danger: true },
  resume: { button: 'Resume', title: 'Resume', danger: false },
  disconnect: { button: 'Disconnect all', title: 'Disconnect all users of', danger: true },
} as const satisfies Record<Drastic, object>

/** The button that leads to the page. `fields` name what it is about. */
export function stepLink(
  what: 'app' | 'vendor',
  fields: Readonly<Record<string, string>>,
  action: Drastic,
): Html {
  const { button, danger } = looks[action]
  return html`<form method="get" action="/review/${what}/step">${hiddenFields(fields)}${hiddenField('action', action)}<button class="button ${danger ? 'button-danger-quiet' : ''}">${button}</button></form>`
}

export interface ReviewStepView extends Frame {
  readonly csrf: string
  readonly what: 'app' | 'vendor'
  readonly fields: Readonly<Record<string, string>>
  readonly name: string
  readonly action: Drastic
  /** “3 connections”. */
  readonly connections: string
  /** “2 apps”, of a vendor. */
  readonly apps?: string
  /** How many were ended by the press before, when there were too many for one. */
  readonly ended?: number
}

export function reviewStepPage(view: ReviewStepView): Html {
  const { what, fields, name, action, csrf, ended } = view
  const { button, title, danger } = looks[action]
  const back = `/review/${what}?${new URLSearchParams(fields)}`
  const body = html`<h1>${title} <bdi>${name}</bdi>?</h1>
${ended !== undefined && notice('caution', html`<strong>${ended.toLocaleString('en-US')} connections were ended, and there are more.</strong> Go on until none is left.`)}
<form method="post" action="/review/${what}/step" class="card stack sheet">
${hiddenField('csrf', csrf)}${hiddenFields(fields)}${hiddenField('action', action)}
<p>${consequence(view)}</p>
<div class="actions"><button class="button ${danger ? 'button-danger' : 'button-primary'}">${button}</button><a class="button" href="${back}">Cancel</a></div>
</form>`
  return reviewPage(view, { tab: null, title: `${title} ${name}`, body })
}

function consequence({ what, action, connections, apps }: ReviewStepView): Html {
  if (action === 'disconnect') {
    return html`It has <strong>${connections}</strong>. All of them end for good, and each user has to connect it again.`
  }
  if (action === 'resume') {
    return what === 'vendor'
      ? html`It has <strong>${apps ?? ''}</strong> and <strong>${connections}</strong>. They go on at once, except for apps that are suspended themselves.`
      : html`It has <strong>${connections}</strong>. What is connected goes on at once, and people can connect it again.`
  }
  return what === 'vendor'
    ? html`It has <strong>${apps ?? ''}</strong> and <strong>${connections}</strong>. All of them stop at once: no token, no API call, and nobody can connect an app. Resuming lets them go on.`
    : html`It has <strong>${connections}</strong>. All of them stop at once: no token, no API call, and nobody can connect it. Resuming lets them go on.`
}

function hiddenFields(fields: Readonly<Record<string, string>>): Html[] {
  return Object.entries(fields).map(([name, value]) => hiddenField(name, value))
}
