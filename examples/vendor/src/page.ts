/** The demo vendor's one page. */
import type { ConnectionStatus } from '@latchkey/vendor'

export interface Profile {
  readonly id: number
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

export interface PageView {
  readonly status: ConnectionStatus
  readonly profile?: Profile
  /** When the profile was fetched. */
  readonly calledAt?: number
  /** What has happened to this visitor's connection, the latest first. */
  readonly events: readonly { readonly kind: string; readonly at: number }[]
  readonly problem?: string
  /** A code this app did not ask for: left alone, and shown to who wants to try the article's curl. */
  readonly strayCode?: string
  /** Where the user disconnects. */
  readonly connections: string
}

export function page(view: PageView): string {
  const { problem, strayCode } = view
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Northwind Dialer</title>
<style>${style}</style>
</head>
<body>
<header><span class="logo" aria-hidden="true">N</span> Northwind Dialer</header>
<main>
${problem ? `<p class="problem" role="status">${escaped(problem)}</p>` : ''}
${strayCode ? stray(strayCode) : ''}
${state(view)}
</main>
<footer>A demo vendor’s app, on @latchkey/vendor. Its tokens are sealed before they are kept.</footer>
</body>
</html>
`
}

function state(view: PageView): string {
  const { status, profile } = view
  if (status.state === 'disconnected') return goodbye
  return status.state === 'connected' && profile ? connected(view, profile) : invitation
}

const connect = '<p><a class="button" href="/connect">Connect</a></p>'

const invitation = `<h1>Call your leads without leaving your desk.</h1>
<p>Northwind Dialer needs to know who you are. Connect your account; you decide on the next page, and you can take it back at any time.</p>
${connect}`

const goodbye = `<h1>You took the key back.</h1>
<p class="problem" role="status">The API answered 401, and a new token was refused: the connection has ended. This app can see nothing of yours any more, and has deleted its tokens.</p>
<p>It did not have to wait for you to come by: the platform tells it at once, by a webhook.</p>
<p>If you change your mind, connect again.</p>
${connect}`

function stray(code: string): string {
  return `<div class="problem" role="status"><p>A code arrived that this browser did not ask for here, so this app leaves it alone. If you are trying the <code>curl</code> lines of <code>npm start</code>, here is your code; it lives five minutes:</p>
<p><code class="code">${escaped(code)}</code></p></div>`
}

function connected({ status, events, calledAt, connections }: PageView, profile: Profile): string {
  const { id, email, firstName, lastName } = profile
  return `<h1>Hello, ${escaped(firstName)}.</h1>
<p>You are connected. This came from <code>GET /v1.0/me</code>${calledAt ? ` at ${time(calledAt)}` : ''}:</p>
<dl>
<div><dt>Name</dt><dd>${escaped(`${firstName} ${lastName}`)}</dd></div>
<div><dt>Email</dt><dd>${escaped(email)}</dd></div>
<div><dt>Account</dt><dd>${escaped(String(id))}</dd></div>
</dl>
<p class="choices"><a class="button" href="/">Fetch it again</a><a class="quiet" href="${escaped(connections)}">Open your connected apps</a></p>
<p class="small">Disconnect there, then fetch again: the platform answers 401. A webhook tells this app too, a second later.</p>
<h2>The token behind it</h2>
<dl>
${status.state === 'connected' ? tokenRows(status) : ''}
${events.map(({ kind, at }) => row(words[kind] ?? kind, time(at))).join('\n')}
</dl>`
}

type Connected = Extract<ConnectionStatus, { state: 'connected' }>

function tokenRows({ refreshedAt, expiresAt }: Connected): string {
  const ends = expiresAt === null ? '' : row('Ends, and is refreshed before', time(expiresAt))
  return `${row('Got', time(refreshedAt))}\n${ends}`
}

const words: Readonly<Record<string, string>> = {
  connected: 'Connected',
  refreshed: 'Refreshed',
  disconnected: 'Disconnected',
  recovered: 'Connected again',
}

function row(label: string, value: string): string {
  return `<div><dt>${escaped(label)}</dt><dd>${value}</dd></div>`
}

function time(at: number): string {
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d1b2e, #efedf7); --muted: light-dark(#5d5a70, #aaa6bd); --ground: light-dark(#fbfaff, #14121f); --card: light-dark(#fff, #1d1a2b); --line: light-dark(#dedaec, #37334a); --accent: light-dark(#5b3fb8, #b8a4ff); --on: light-dark(#fff, #1b1138); }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere }
header { display: flex; align-items: center; gap: .75rem; padding: 1.25rem clamp(1rem, 5vw, 3rem); font-weight: 650 }
.logo { display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: .6rem; background: #5b3fb8; color: #fff }
main { flex: 1; width: 100%; max-width: 38rem; margin: clamp(1rem, 8vh, 5rem) auto 3rem; padding: 0 clamp(1rem, 5vw, 2rem) }
h1 { margin: 0 0 1rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; letter-spacing: -.02em; text-wrap: balance }
h2 { margin: 2.5rem 0 0; font-size: 1.125rem }
dl { margin: 1.5rem 0; border: 1px solid var(--line); border-radius: 1rem; background: var(--card) }
dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .75rem 1.25rem }
dl div + div { border-top: 1px solid var(--line) }
dt { color: var(--muted) } dd { margin: 0; font-weight: 600 }
a { color: var(--accent) }
.choices { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem }
.button, .quiet { display: inline-flex; align-items: center; min-height: 2.875rem }
.button { padding: 0 1.5rem; border-radius: .75rem; background: var(--accent); color: var(--on); font-weight: 650; text-decoration: none }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.problem { margin: 0 0 1.5rem; padding: .75rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: .75rem; background: var(--card) }
.problem p { margin: .25rem 0 }
.code { display: block; padding: .5rem .75rem; border-radius: .5rem; background: var(--ground); user-select: all }
.small, footer { color: var(--muted); font-size: .875rem }
footer { padding: 1.25rem; text-align: center }
`
