/** The log of an application's webhooks: what was told, whether it arrived, and why not, in plain words. */
import { failureWords } from '../../webhooks/failure.ts'
import type { JournalEntry } from '../../webhooks/journal.ts'
import { moment } from '../date.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import { badge } from './shell.ts'
import { stepFields, type WebhooksView, webhookStepPath, webhooksPath } from './webhooks.ts'

export function deliveries(view: WebhooksView): Html {
  const { app, entries, next, isOlder, endpoint } = view
  const here = `${webhooksPath}?app=${app.client_id}`
  const isOn = endpoint !== null && endpoint.disabled_at === null
  return html`<section class="card stack sheet" id="log">
<div class="head">
<h2>Deliveries</h2>
<div class="actions">
<a class="button" href="${`${here}#log`}">${isOlder ? 'Newest' : 'Refresh'}</a>
${isOn && html`<form method="post" action="${webhookStepPath}">${stepFields(view, 'test')}<button class="button">Send a test event</button></form>`}
</div>
</div>
${
  entries.length === 0
    ? html`<p role="status">Nothing was sent yet. Send a test event, and see it arrive.</p>`
    : html`<ul class="deliveries">${entries.map(entry => delivery(view, entry, isOn))}</ul>`
}
${next !== null && html`<p class="actions"><a class="button" href="${`${here}&before=${next}#log`}">Older</a></p>`}
<p class="field-hint">Finished deliveries are kept for thirty days.</p>
</section>`
}

function delivery(view: WebhooksView, entry: JournalEntry, isOn: boolean): Html {
  const { name, type, body, created_at } = entry
  const when = moment(created_at)
  const { state, tone, words } = standing(entry, view.now)
  const verb = entry.over_at === null ? 'Send now' : 'Redeliver'
  return html`<li>
<div class="delivery-what"><code>${type}</code> ${badge(state, tone)}</div>
<p>${when}. ${words}</p>
<details>
<summary>What is sent</summary>
<dl class="sheet-facts"><div><dt><code>webhook-id</code></dt><dd><code>${name}</code></dd></div></dl>
<pre tabindex="0" role="region" aria-label="The body of ${name}"><code>${body}</code></pre>
</details>
${
  isOn &&
  html`<form method="post" action="${webhookStepPath}">${stepFields(view, 'redeliver')}${hiddenField('event', name)}<button class="button" aria-label="${verb} ${type}, ${name}">${verb}</button></form>`
}
</li>`
}

interface Standing {
  readonly state: string
  readonly tone: 'good' | 'waiting' | 'bad' | 'plain'
  readonly words: Html
}

function standing(entry: JournalEntry, now: number): Standing {
  const { attempts, created_at, due_at, over_at, status, failure } = entry
  const why = capital(failureWords(failure, status))
  if (due_at === null && failure === '') {
    const tries = attempts > 1 && ` It took ${attempts} attempts.`
    const isLater = over_at !== null && over_at - created_at > 60_000
    const words = html`Your server answered ${status ?? 0}${isLater && html` on ${moment(over_at)}`}.${tries}`
    return { state: 'Delivered', tone: 'good', words }
  }
  if (due_at === null && (failure === 'removed' || failure === 'disabled')) {
    return { state: 'Not delivered', tone: 'bad', words: html`${why}, so it was not sent.` }
  }
  if (due_at === null) {
    const words = html`${why}. ${attempts === 1 ? 'One attempt was made' : `${attempts} attempts were made`}; it is not tried again.`
    return { state: 'Not delivered', tone: 'bad', words }
  }
  const ahead = due_at > now
  if (failure === '') {
    const words =
      ahead && attempts === 0
        ? html`It is sent on ${moment(due_at)}.`
        : html`It is sent when its turn comes.`
    return { state: 'Waiting', tone: 'plain', words }
  }
  const next = ahead ? html`the next is on ${moment(due_at)}` : 'the next is about to be made'
  const made = attempts === 1 ? 'One attempt was made' : `${attempts} attempts were made`
  return { state: 'Trying again', tone: 'waiting', words: html`${why}. ${made}; ${next}.` }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
