/**
 * The demo vendor's one page, in each state that a connection can be in. It holds no script: what it says
 * is what was true when it was made.
 */
import type { ConnectionStatus } from '@latchkey/vendor'
import { style } from './style.ts'

export interface Profile {
  readonly id: number
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

/** Something to say above the page: how a connect ended, or what stands in the way. */
export type Told =
  | { readonly kind: 'denied' }
  /** The answer to a connect was not taken; the words are for the person. */
  | { readonly kind: 'refused'; readonly message: string }
  /** A code this app did not ask for: left alone, and shown to who wants to try the article's curl. */
  | { readonly kind: 'stray'; readonly code: string }
  /** The platform does not answer; what the connection is, it still is. */
  | { readonly kind: 'away' }

export interface PageView {
  readonly status: ConnectionStatus
  readonly profile?: Profile
  /** What has happened to this visitor's connection, the latest first. */
  readonly events: readonly { readonly kind: string; readonly at: number }[]
  readonly told?: Told | undefined
  /** Where the user disconnects. */
  readonly connections: string
  /** When this page was made, in milliseconds since the epoch. */
  readonly now: number
}

export function page(view: PageView): string {
  const [mark, word] = standing(view)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${word} · Northwind Dialer</title>
<style>${style}</style>
</head>
<body>
<header><span class="logo" aria-hidden="true">N</span> Northwind Dialer <span class="state ${mark}">${word}</span></header>
<main>
${said(view.told)}
${content(view)}
${history(view)}
</main>
<footer>A demo vendor’s app, on @latchkey/vendor. Its tokens are sealed before they are kept.</footer>
</body>
</html>
`
}

function standing({ status, told }: PageView): readonly [mark: string, word: string] {
  if (told?.kind === 'away') return ['waiting', 'No answer']
  if (status.state === 'connected') return ['live', 'Connected']
  return status.state === 'disconnected' ? ['over', 'Disconnected'] : ['', 'Not connected']
}

function said(told: Told | undefined): string {
  if (told?.kind === 'denied') {
    return note('You chose not to connect.', 'Nothing was shared. Connect when you like.')
  }
  if (told?.kind === 'refused') return note('That did not work.', escaped(told.message))
  if (told?.kind !== 'stray') return ''
  return note(
    'A code arrived.',
    `This browser did not ask for it here, so this app leaves it alone. If you are trying the <code>curl</code> lines of <code>npm start</code>, it is yours; it lives five minutes:</p>
<p><code class="code">${escaped(told.code)}</code>`,
  )
}

function note(title: string, text: string): string {
  return `<div class="note" role="status"><p><strong>${title}</strong></p><p>${text}</p></div>`
}

function content({ status, told, profile, connections, now }: PageView): string {
  if (told?.kind === 'away') return away(status)
  if (status.state === 'disconnected') return goodbye
  if (status.state !== 'connected' || !profile) return invitation
  return `${hello(profile, connections, now)}\n${token(status, now)}`
}

const connect = '<p><a class="button" href="/connect">Connect</a></p>'

const invitation = `<h1>Call your leads without leaving your desk.</h1>
<p class="lead">Connect your account, and Northwind Dialer knows who is calling.</p>
<ul class="promises">
<li><strong>It asks for your profile.</strong> Your name and your email, nothing else.</li>
<li><strong>You decide.</strong> The next page is your platform’s; your password stays there.</li>
<li><strong>You can take it back.</strong> At any time, at once, without asking this app.</li>
</ul>
${connect}`

const goodbye = `<h1>You took the key back.</h1>
<p class="lead">The platform has ended the connection: to the token this app had it answers 401, and it gives no new one. This app can see nothing of yours any more, and has deleted its tokens.</p>
<p>It did not have to wait for you to come by: the platform tells it at once, by a webhook. If you change your mind, connect again.</p>
${connect}`

function away({ state }: ConnectionStatus): string {
  const still =
    state === 'connected'
      ? 'You are still connected: a bad moment is no disconnect. This app keeps its tokens, and asks again when you do.'
      : 'Nothing has changed. Try again in a moment.'
  return `<h1>The platform does not answer.</h1>
<p class="lead" role="status">${still}</p>
<p><a class="button" href="/">Try again</a></p>`
}

function hello(profile: Profile, connections: string, now: number): string {
  const { id, email, firstName, lastName } = profile
  const [initial = ''] = firstName
  return `<h1>Hello, ${escaped(firstName)}.</h1>
<div class="person"><span class="initial" aria-hidden="true">${escaped(initial)}</span>
<dl>
<div><dt>Name</dt><dd>${escaped(`${firstName} ${lastName}`)}</dd></div>
<div><dt>Email</dt><dd>${escaped(email)}</dd></div>
<div><dt>Account</dt><dd>${escaped(String(id))}</dd></div>
</dl></div>
<p class="small">From <code>GET /v1.0/me</code>, at ${time(now)}.</p>
<p class="choices"><a class="button" href="/">Fetch it again</a><a class="quiet" href="${escaped(connections)}">Open your connected apps</a></p>
<p class="small">Press Disconnect there, and fetch again: the platform answers 401. A webhook tells this app too, a second later.</p>`
}

type Connected = Extract<ConnectionStatus, { state: 'connected' }>

function token({ connectedAt, refreshedAt, expiresAt }: Connected, now: number): string {
  const got = refreshedAt === connectedAt ? 'Came with the connect' : 'Refreshed last'
  return `<section><h2>The token behind it</h2>
<dl>
<div><dt>${got}</dt><dd>${time(refreshedAt)}, ${ago(now - refreshedAt)}</dd></div>
<div><dt>Ends</dt><dd>${time(expiresAt)}, in ${span(expiresAt - now)}</dd></div>
</dl>
<p class="small">A few minutes before it ends, the next call fetches another one. You will not notice.</p></section>`
}

const words: Readonly<Record<string, string>> = {
  connected: 'Connected',
  refreshed: 'The token was refreshed',
  disconnected: 'Disconnected',
  recovered: 'Connected again',
}

function history({ events }: PageView): string {
  if (events.length === 0) return ''
  const lines = events.map(
    ({ kind, at }) => `<li><span>${escaped(words[kind] ?? kind)}</span> ${time(at)}</li>`,
  )
  return `<section><h2>What has happened</h2><ol class="history">${lines.join('\n')}</ol></section>`
}

function time(at: number): string {
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`
}

function ago(milliseconds: number): string {
  return milliseconds < 2000 ? 'just now' : `${span(milliseconds)} ago`
}

/** In the words of a person: seconds, minutes or hours. */
function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 90) return `${seconds} second${seconds === 1 ? '' : 's'}`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
