/** What was connected and disconnected, newest first, in plain words. */

import type { HistoryEvent } from '../../connection/history.ts'
import { pictured } from '../../developer/logo.ts'
import type { Paged } from '../../page.ts'
import { moment } from '../date.ts'
import { type Html, html } from '../html.ts'
import { keyMark } from '../icon.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { pager } from '../pager.ts'
import { accountPage } from './shell.ts'

export interface HistoryView extends Frame {
  readonly events: Paged<HistoryEvent>
}

export function historyPage(view: HistoryView): Html {
  const { events } = view
  const body = html`<h1>History</h1>
<p class="lead">What was connected to your <bdi>${view.platformName}</bdi> data and disconnected from it, newest first.</p>
${events.items.length > 0 ? html`<ol class="card entries timeline">${events.items.map(entry)}</ol>` : empty(events.number)}
${pager('the history', events, number => `/account/history?page=${number}`)}`
  return accountPage(view, { tab: 'History', title: 'History', body })
}

function entry(event: HistoryEvent): Html {
  return html`<li>
${appMark(pictured({ name: event.app_name, logo: event.logo }))}
<div><p>${wordsOf(event)}</p><p class="when">${moment(event.at)}</p></div>
</li>`
}

/** One sentence for everything that can happen to a connection. */
export function wordsOf(event: HistoryEvent): Html {
  const app = html`<strong><bdi>${event.app_name}</bdi></strong>`
  const stop = event.vendor_name.endsWith('.') ? '' : '.'
  const vendor = html`<bdi>${event.vendor_name}</bdi>${stop}`
  const all = event.connections > 1 && html` All ${event.connections} of its connections ended.`
  switch (event.kind) {
    case 'connected':
      return html`You connected ${app} by ${vendor}`
    case 'user':
      return html`You disconnected ${app}.${all}`
    case 'vendor':
      return html`${app} was disconnected by its maker, ${vendor}${all}`
    case 'replay':
      return html`${app} was disconnected because a code or token of it was used twice. Somebody may have copied it, so we ended the connection.`
    case 'deactivation':
      return html`${app} was disconnected because your account was deactivated.${all}`
    case 'suspended':
      return html`The platform suspended ${app}. It cannot use your data for as long as that lasts.`
    case 'resumed':
      return html`The platform let ${app} back in. It can use your data again, as you agreed.`
    default:
      return html`The platform disconnected ${app}.${all}`
  }
}

function empty(page: number): Html {
  return html`<div class="card empty">
${keyMark}
<h2>${page > 1 ? 'Nothing older' : 'Nothing has happened yet'}</h2>
<p>When you connect an app, or one is disconnected, you see it here.</p>
</div>`
}
