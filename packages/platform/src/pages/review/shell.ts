/** The frame of review, and what every form of it carries. */
import { hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import { icon } from '../icon.ts'
import { type Frame, layout } from '../layout.ts'

const tabs = [
  ['/review', 'Waiting'],
  ['/review/audit', 'Audit log'],
] as const

export function reviewPage(
  frame: Frame,
  { tab, title, body }: { tab: (typeof tabs)[number][1] | null; title: string; body: Html },
): Html {
  const links = tabs.map(([path, name]) => {
    const current = attributes({ 'aria-current': name === tab ? 'page' : null })
    return html`<a href="${path}" ${current}>${name}</a>`
  })
  const whole = html`<nav class="tabs" aria-label="Review">${links}</nav>
${body}`
  return layout(frame, { title: `${title} · Review`, body: whole })
}

/** Buttons that decide, and the words that go with them. */
export function decisionForm(
  action: string,
  fields: Readonly<Record<string, string>>,
  { buttons, problem }: { buttons: Html; problem: string | undefined },
): Html {
  return html`<form method="post" action="/review/${action}" class="card stack sheet">
<h2>Your decision</h2>
${Object.entries(fields).map(([name, value]) => hiddenField(name, value))}
<div class="field">
<label for="reason">Reason</label>
<input id="reason" name="reason" maxlength="500" autocomplete="off" ${attributes({ 'aria-invalid': problem ? 'true' : null, 'aria-describedby': problem ? 'reason-problem' : 'reason-hint' })}>
${problem ? html`<p class="field-problem" id="reason-problem">${icon('alert')}<span>${problem}</span></p>` : html`<p class="field-hint" id="reason-hint">The vendor reads it. Needed unless you approve.</p>`}
</div>
<div class="actions">${buttons}</div>
</form>`
}
