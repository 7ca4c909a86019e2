/** The user's connected apps, and the page that asks once more before one is disconnected. */
import { accountPage } from './account/shell.ts'
import { day, recentDay } from './date.ts'
import { hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { keyMark } from './icon.ts'
import { layout, type Person } from './layout.ts'
import { appMark } from './monogram.ts'
import { notice } from './notice.ts'
import { permissionList, type ShownPermission } from './permission-list.ts'

export interface ConnectionsView {
  readonly platformName: string
  readonly account: Person
  readonly csrf: string
  readonly entries: readonly ConnectedEntry[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The name of an app that was disconnected just now. */
  readonly disconnected?: string
}

/** An app with all of its connections; times in milliseconds since the epoch. */
export interface ConnectedEntry {
  readonly clientId: string
  readonly name: string
  readonly vendorName: string
  readonly logoUrl?: string
  readonly permissions: readonly ShownPermission[]
  readonly connections: number
  readonly since: number
  readonly lastUsedAt: number | null
}

export function connectionsPage(view: ConnectionsView): Html {
  const { platformName, account, csrf, entries, now, disconnected } = view
  const body = html`<h1>Connected apps</h1>
${entries.length > 0 && html`<p class="lead">You let these apps use your <bdi>${platformName}</bdi> data. Disconnect one, and it is out at once.</p>`}
${disconnected && notice('done', html`<strong><bdi>${disconnected}</bdi> is disconnected.</strong> It can no longer see your data.`)}
${entries.length > 0 ? html`<ul class="card entries">${entries.map((app, index) => entry(app, index, now))}</ul>` : empty}`
  const frame = { platformName, signedIn: account, csrf }
  return accountPage(frame, { tab: 'Connected apps', title: 'Connected apps', body })
}

function entry(app: ConnectedEntry, index: number, now: number): Html {
  const { permissions, connections } = app
  const id = `app-${index}`
  return html`<li class="entry">
${appMark(app)}
<div class="entry-name"><h2 id="${id}"><bdi>${app.name}</bdi></h2><p>by <bdi>${app.vendorName}</bdi></p></div>
<dl class="facts">
<div><dt>Connected since</dt><dd>${day(app.since)}</dd></div>
<div><dt>Last used</dt><dd>${app.lastUsedAt === null ? 'Never' : recentDay(app.lastUsedAt, now)}</dd></div>
${connections > 1 && html`<div><dt>Connections</dt><dd>${connections}</dd></div>`}
</dl>
${permissions.length > 0 && html`<details><summary>What it can do</summary>${permissionList(permissions)}</details>`}
<form method="get" action="/account/connections/disconnect">${hiddenField('app', app.clientId)}<button class="button button-danger-quiet" aria-describedby="${id}">Disconnect</button></form>
</li>`
}

const empty = html`<div class="card empty">
${keyMark}
<h2>No apps are connected</h2>
<p>When you connect an app, it appears here with what it may do, and you can disconnect it whenever you like.</p>
</div>`

export interface DisconnectView {
  readonly platformName: string
  readonly account: Person
  readonly csrf: string
  readonly app: ConnectedEntry
}

export function disconnectPage(view: DisconnectView): Html {
  const { platformName, account, csrf, app } = view
  const { connections } = app
  const body = html`<div class="card consent">
${appMark(app, 'large')}
<h1>Disconnect <bdi>${app.name}</bdi>?</h1>
<ul class="points">
<li>From that moment the app cannot see or change your <bdi>${platformName}</bdi> data.${connections > 1 && ` All ${connections} of its connections end.`}</li>
<li><bdi>${app.vendorName}</bdi> may still have what it copied earlier. Ask them to delete it if you want that.</li>
<li>You can connect it again later, starting from the app.</li>
</ul>
<form method="post" action="/account/connections/disconnect" class="decision">
${hiddenField('csrf', csrf)}
${hiddenField('app', app.clientId)}
<div class="choices">
<a class="button" href="/account/connections">Cancel</a>
<button class="button button-danger">Disconnect</button>
</div>
</form>
</div>`
  const title = `Disconnect ${app.name}`
  return layout({ platformName, signedIn: account, csrf }, { title, width: 'narrow', body })
}
