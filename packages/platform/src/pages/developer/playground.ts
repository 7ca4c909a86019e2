/** The playground: six steps from the authorization link to Disconnect, each with what goes over the wire. */
import type { App } from '../../developer/app.ts'
import type { TakenApart } from '../../playground/callback.ts'
import { quoted } from '../../playground/requests.ts'
import type { Transcript } from '../../playground/transcript.ts'
import { field, hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { appNav } from './app-nav.ts'
import { appBadge } from './app-state.ts'
import { badge, developerPage } from './shell.ts'

export interface PlaygroundView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly redirectUris: readonly string[]
  /** How far the walk is; `null` before its first step. */
  readonly pocket: {
    readonly door: 'standard' | 'article'
    readonly hasCode: boolean
    readonly hasTokens: boolean
    readonly link: string
  } | null
  readonly curl: Readonly<Record<RunStep, string>>
  /** The request that was just sent. */
  readonly ran: (Transcript & { readonly step: RunStep }) | null
  /** The callback that was just looked at. */
  readonly takenApart: TakenApart | null
  /** The step that was asked for needs what is not there any more. */
  readonly lost: boolean
}

export type RunStep = 'exchange' | 'me' | 'refresh' | 'disconnect'

const path = '/developer/authorizations/playground'

export function playgroundPage(view: PlaygroundView): Html {
  const { app, pocket, lost, ran } = view
  const over = ran?.step === 'disconnect' && ran.status === 200
  const body = html`<div class="head head-app">
${appMark(app, 'large')}
<div><h1><bdi>${app.name}</bdi></h1><p class="badges">${appBadge(app)}</p></div>
</div>
${appNav(app, 'Playground')}
<p class="lead">The whole flow with this application’s real settings. The requests go to the real endpoints and appear in <a href="/developer/authorizations/activity?app=${app.client_id}">Activity</a>.</p>
${notice('caution', html`<strong>What you connect here is real:</strong> a connection of the account you authorize with. End with Disconnect. Codes and tokens lie encrypted in a cookie of this browser for ten minutes after the last step, and nowhere else.`)}
${lost && notice('problem', html`<strong>This walk is over or has expired.</strong> If you had connected the application, the connection is still there: disconnect it under <a href="/account/connections">Connected apps</a>.`)}
<ol class="walk">
${linkStep(view)}
${callbackStep(view)}
${exchangeStep(view)}
${tokenStep(view, { step: 'me', title: 'Call the API', words: 'The access token opens the API for the user who authorized.', button: 'Call the API' })}
${tokenStep(view, { step: 'refresh', title: 'Refresh', words: 'An access token lives an hour. The refresh token gives a fresh pair; keep the newest one.', button: 'Refresh' })}
${tokenStep(view, { step: 'disconnect', title: 'Disconnect', words: 'Revoking any token of a connection disconnects it: none of its tokens works from then on.', button: 'Disconnect' })}
</ol>
${over && notice('done', html`<strong>Disconnected.</strong> That was the whole life of a connection.`)}
${pocket && html`<form method="post" action="${path}" class="actions sheet-part">${same(view, 'restart')}<button class="button">Start over</button></form>`}`
  return developerPage(view, { tab: 'My Authorization', title: `Playground of ${app.name}`, body })
}

function same({ csrf, app }: PlaygroundView, action: string): Html {
  return html`${hiddenField('csrf', csrf)}${hiddenField('app', app.client_id)}${hiddenField('action', action)}`
}

function step(
  about: { number: number; title: string; state: 'now' | 'done' | 'later' },
  body: Html,
): Html {
  const { number, title, state } = about
  const words = { now: badge('Now', 'waiting'), done: badge('Done', 'good'), later: null }
  const current = attributes({ 'aria-current': state === 'now' ? 'step' : null })
  return html`<li id="step-${number}" class="card walk-step walk-${state}" ${current}>
<h2><span class="walk-number" aria-hidden="true">${number}</span>${title} ${words[state]}</h2>
${body}
</li>`
}

const doors = [
  ['standard', 'The standard link', 'With state and PKCE. Build this one.'],
  ['article', 'The short link', 'clientId alone, for integrations that know no more.'],
] as const

function linkStep(view: PlaygroundView): Html {
  const { pocket, redirectUris } = view
  const about = {
    number: 1,
    title: 'The authorization link',
    state: pocket ? 'done' : 'now',
  } as const
  if (pocket) {
    return step(
      about,
      html`<p>Send the user here. <a class="play-link" href="${pocket.link}" target="_blank" rel="noopener noreferrer">Open it in a new tab</a>, authorize, and come back with the address you end up at. It does not matter if the page there cannot be found.</p>
${code('Step 1', 'The authorization link', pocket.link)}
${code('Step 1', 'As a line of curl', `curl -i ${quoted(pocket.link)}`)}`,
    )
  }
  return step(
    about,
    html`<form method="post" action="${path}#step-1" class="stack">${same(view, 'link')}
<fieldset class="boxes"><legend>Which link</legend>
${doors.map(([value, title, words], i) => radio({ name: 'door', value, title, words, checked: i === 0 }))}
</fieldset>
${redirectUris.length > 1 && html`<fieldset class="boxes"><legend>Back to</legend>${redirectUris.map((uri, i) => radio({ name: 'redirect', value: String(i), title: uri, words: i === 0 ? 'The default, which the short link always uses.' : '', checked: i === 0 }))}</fieldset>`}
<button class="button button-primary">Make the link</button></form>`,
  )
}

function radio(about: {
  name: string
  value: string
  title: string
  words: string
  checked: boolean
}): Html {
  const { name, value, title, words, checked } = about
  const id = `${name}-${value}`
  return html`<div class="box"><input type="radio" id="${id}" name="${name}" value="${value}" ${attributes({ checked })}><label for="${id}"><strong><bdi>${title}</bdi></strong>${words && html`<span>${words}</span>`}</label></div>`
}

function callbackStep(view: PlaygroundView): Html {
  const { pocket, takenApart } = view
  const done = pocket !== null && (pocket.hasCode || pocket.hasTokens)
  const state = done ? 'done' : pocket ? 'now' : 'later'
  const words = html`<p>The browser comes back to your redirect URL with the code. Your server checks every parameter before it goes on.</p>`
  const form = html`<form method="post" action="${path}#step-2" class="stack">${same(view, 'callback')}
${field({ name: 'came', label: 'The URL your browser came back to', autocomplete: 'off', longest: 8000, hint: 'Copy it from the address bar, whole.' })}
<button class="button button-primary">Take it apart</button></form>`
  return step(
    { number: 2, title: 'The callback', state },
    html`${words}${takenApart && findings(takenApart)}${state === 'now' && form}`,
  )
}

const verdicts = {
  right: ['Right', 'good'],
  wrong: ['Wrong', 'bad'],
  plain: ['Note', 'plain'],
} as const

function findings({ findings: found, code: isRight }: TakenApart): Html {
  const rows = found.map(({ name, value, verdict, words }) => {
    const [word, tone] = verdicts[verdict]
    return html`<li><p class="badges"><strong>${name}</strong> ${badge(word, tone)}</p><p><code>${value}</code></p><p>${words}</p></li>`
  })
  return html`<ul class="findings">${rows}</ul>
${isRight === null && notice('problem', html`<strong>A real server stops here.</strong> Go back to step 1 and try again, or paste another URL.`)}`
}

function exchangeStep(view: PlaygroundView): Html {
  const { pocket } = view
  const state = pocket?.hasTokens ? 'done' : pocket?.hasCode ? 'now' : 'later'
  return step(
    { number: 3, title: 'The exchange', state },
    html`<p>In real life your server sends this, never a browser: the code and your secret for a pair of tokens.</p>
${ran(view, 'exchange')}
${state === 'now' && form(view, { step: 'exchange', button: 'Exchange the code' })}
${code('Step 3', 'As a line of curl', view.curl.exchange)}`,
  )
}

interface TokenStep {
  readonly step: Exclude<RunStep, 'exchange'>
  readonly title: string
  readonly words: string
  readonly button: string
}

function tokenStep(view: PlaygroundView, { step: name, title, words, button }: TokenStep): Html {
  const number = numbers[name]
  const ready = view.pocket?.hasTokens === true
  const done = view.ran?.step === name && view.ran.status === 200
  return step(
    { number, title, state: done ? 'done' : ready ? 'now' : 'later' },
    html`<p>${words}</p>
${ran(view, name)}
${ready && form(view, { step: name, button })}
${code(`Step ${number}`, 'As a line of curl', view.curl[name])}`,
  )
}

const numbers: Readonly<Record<RunStep, number>> = { exchange: 3, me: 4, refresh: 5, disconnect: 6 }

/** The secret is typed for each request: nobody keeps it, and it is not shown again. */
function form(
  view: PlaygroundView,
  { step: name, button }: { step: RunStep; button: string },
): Html {
  const asks = name !== 'me' && view.app.is_public === 0
  const id = `secret-${name}`
  const look = name === 'disconnect' ? 'button-danger' : 'button-primary'
  return html`<form method="post" action="${`${path}#step-${numbers[name]}`}" class="stack" autocomplete="off">${same(view, name)}
${
  asks &&
  html`<div class="field"><label for="${id}">Client Secret</label><input id="${id}" name="secret" type="password" required autocomplete="off" spellcheck="false" aria-describedby="${id}-hint"><p class="field-hint" id="${id}-hint">Used for this one request. It is neither kept nor shown.</p></div>`
}
<button class="button ${look}">${button}</button></form>`
}

function ran({ ran: shown, app }: PlaygroundView, name: RunStep): Html | false {
  if (shown?.step !== name) return false
  const refused = shown.status !== 200
  return html`${code(name, 'The raw request', shown.request)}
${code(name, 'The raw answer', shown.answer)}
${refused && notice('problem', html`<strong>Refused.</strong> <a href="/developer/authorizations/activity?app=${app.client_id}&amp;show=failed#log">Activity explains why.</a>`)}`
}

/** `of` tells the regions of the page apart for whoever does not see where they stand. */
function code(of: string, label: string, text: string): Html {
  return html`<figure class="wire"><figcaption>${label}</figcaption><pre tabindex="0" role="region" aria-label="${of}: ${label}"><code>${text}</code></pre></figure>`
}
