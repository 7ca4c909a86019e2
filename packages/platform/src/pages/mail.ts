/** The outbox of a platform on a developer's machine: mails that were written but went nowhere. */
import { moment } from './date.ts'
import { type Html, html } from './html.ts'
import { icon } from './icon.ts'
import { type Frame, layout } from './layout.ts'

export interface MailView extends Frame {
  readonly mails: readonly ShownMail[]
}

export interface ShownMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export function mailPage(view: MailView): Html {
  const newestFirst = view.mails.toSorted((a, b) => b.at - a.at)
  const body = html`<h1>Mail</h1>
<p class="lead">No mail leaves this machine: what would be sent appears here. Reload the page for newer ones.</p>
${newestFirst.length > 0 ? html`<ul class="mails">${newestFirst.map(mail)}</ul>` : empty}`
  return layout(view, { title: 'Mail', body })
}

function mail({ to, subject, text, at }: ShownMail): Html {
  const [code] = /\b\d{6}\b/.exec(text) ?? []
  return html`<li class="card mail">
<h2><bdi>${subject}</bdi></h2>
<p class="mail-to">To <bdi>${to}</bdi> · ${moment(at)}</p>
${code && html`<p class="mail-code"><span class="hidden">Code </span>${code}</p>`}
<p class="mail-text">${text}</p>
</li>`
}

const empty = html`<div class="card empty">${icon('mail')}<h2>No mail yet</h2><p>Sign up, or ask for a new password, and the code appears here.</p></div>`
