/** Where the account is signed in, each with its end. */
import type { Paged } from '../../page.ts'
import { moment, recentDay } from '../date.ts'
import { badge } from '../developer/shell.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import { icon } from '../icon.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { pager } from '../pager.ts'
import { accountPage } from './shell.ts'

export interface SessionsView extends Frame {
  readonly csrf: string
  /** This browser's heads every page. */
  readonly sessions: Paged<ShownSession>
  readonly now: number
  /** What was ended just now. */
  readonly ended?: 'one' | 'all'
}

/** Times in milliseconds since the epoch. */
export interface ShownSession {
  readonly name: string
  /** “Firefox on Windows”. */
  readonly browser: string
  /** What the browser called itself, in full. */
  readonly agent: string
  readonly since: number
  readonly seenAt: number
  readonly isThis: boolean
}

const words = {
  one: html`<strong>Signed out.</strong> That browser has to sign in again.`,
  all: html`<strong>Signed out everywhere else.</strong> Only this browser is signed in now.`,
}

export function sessionsPage(view: SessionsView): Html {
  const { sessions, csrf } = view
  const others = sessions.number > 1 || sessions.items.some(({ isThis }) => !isThis)
  const body = html`<h1>Sessions</h1>
<p class="lead">Where your account is signed in. If you do not recognize one, sign it out and change your password.</p>
${view.ended && notice('done', words[view.ended])}
<ul class="card entries">${sessions.items.map((session, index) => entry(view, session, index))}</ul>
${pager('sessions', sessions, number => `/account/sessions?page=${number}`)}
${
  others &&
  html`<form method="post" action="/account/sessions" class="after">${hiddenField('csrf', csrf)}${hiddenField('all', 'yes')}<button class="button button-danger">Sign out everywhere else</button></form>`
}`
  return accountPage(view, { tab: 'Sessions', title: 'Sessions', body })
}

function entry({ csrf, now }: SessionsView, session: ShownSession, index: number): Html {
  const { browser, agent, since, seenAt, isThis } = session
  const id = `session-${index}`
  return html`<li class="entry">
<span class="entry-icon">${icon('screen')}</span>
<div class="entry-name"><h2 id="${id}">${browser}</h2>${isThis && html`<p class="badges">${badge('This browser', 'good')}</p>`}</div>
<dl class="facts">
<div><dt>Signed in</dt><dd>${moment(since)}</dd></div>
<div><dt>Last seen</dt><dd>${isThis ? 'Now' : recentDay(seenAt, now)}</dd></div>
</dl>
${agent && html`<details><summary>Browser details</summary><p class="agent"><bdi>${agent}</bdi></p></details>`}
${
  !isThis &&
  html`<form method="post" action="/account/sessions">${hiddenField('csrf', csrf)}${hiddenField('session', session.name)}<button class="button button-danger-quiet" aria-describedby="${id}">Sign out</button></form>`
}
</li>`
}
