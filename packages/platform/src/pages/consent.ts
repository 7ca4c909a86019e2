/**
 * The page where a user lets an app in. It says who asks, for what, as whom, and where the browser goes
 * next, and both answers are equally easy to give.
 */
import { hiddenField } from './field.ts'
import { type Html, html } from './html.ts'
import { icon, keyMark } from './icon.ts'
import { layout, type Person } from './layout.ts'
import { appMark } from './monogram.ts'
import { notice } from './notice.ts'
import { permissionList, type ShownPermission } from './permission-list.ts'

export interface ConsentView {
  readonly platformName: string
  readonly app: AskingApp
  readonly permissions: readonly ShownPermission[]
  /** Host and port of the redirect URL, as the URL parser writes it. */
  readonly redirectHost: string
  readonly account: Person
  /** Path and query of this page, to come back to with another account. */
  readonly switchTo: string
  /** Where to sign in as somebody else, when that is not here. */
  readonly switchElsewhere?: string
  readonly ticket: string
  readonly csrf: string
}

export interface AskingApp {
  readonly name: string
  readonly vendorName: string
  /** In the vendor's words; `''` for none. */
  readonly description?: string
  readonly website?: string
  readonly logoUrl?: string
  readonly mode: 'development' | 'production'
}

export function consentPage(view: ConsentView): Html {
  const { platformName, app, permissions, redirectHost, account, csrf } = view
  const body = html`<div class="card consent">
<div class="joined">${appMark(app, 'large')}<span class="joint">${icon('link')}</span>${keyMark}</div>
<h1>Connect <bdi>${app.name}</bdi> to <bdi>${platformName}</bdi>?</h1>
<p class="lead"><strong><bdi>${app.name}</bdi></strong> by <strong><bdi>${app.vendorName}</bdi></strong> asks to use your <bdi>${platformName}</bdi> data.</p>
${inVendorsWords(app)}
${app.mode === 'development' && inDevelopment}
<div class="as">${icon('person')}<p><span>Signed in as</span> <strong><bdi>${account.name}</bdi></strong> <bdi>${account.email}</bdi></p>
${switchAccount(view)}
</div>
<section>
<h2>It will be able to</h2>
${permissions.length > 0 ? permissionList(permissions) : html`<p>Know that you connected it, and nothing more.</p>`}
</section>
<section>
<h2>It will not get</h2>
<ul class="ticks crosses">
<li>${icon('cross')}<div><strong>Your password</strong> <span>You enter it here only, never in an app.</span></div></li>
<li>${icon('cross')}<div><strong>Anything not listed above</strong></div></li>
</ul>
</section>
<form method="post" action="/oauth/consent" class="decision">
${hiddenField('csrf', csrf)}
${hiddenField('ticket', view.ticket)}
<div class="next">${icon('arrow')}<p>Whichever you choose, your browser then goes to <strong class="host" dir="ltr">${redirectHost}</strong> ${isLoopback(redirectHost) ? 'That is a program on this computer. If you do not know it, choose Deny.' : 'If you do not know this address, choose Deny.'}</p></div>
<div class="choices">
<button class="button" name="decision" value="deny">Deny</button>
<button class="button button-primary" name="decision" value="authorize">Authorize</button>
</div>
</form>
</div>
<p class="below">You can take this back at any time: open <a href="/account/connections">Connected apps</a> and choose Disconnect.</p>`
  const title = `Connect ${app.name}`
  return layout({ platformName, signedIn: account, csrf }, { title, width: 'narrow', body })
}

function switchAccount({ csrf, switchTo, switchElsewhere }: ConsentView): Html {
  return switchElsewhere
    ? html`<a class="switch" href="${switchElsewhere}">Switch account</a>`
    : html`<form method="post" action="/sign-out">${hiddenField('csrf', csrf)}${hiddenField('continue', switchTo)}<button class="link">Switch account</button></form>`
}

/** What the vendor wrote, marked as theirs, since nobody has checked it. */
function inVendorsWords({ vendorName, description, website }: AskingApp): Html | null {
  const url = website ? URL.parse(website) : null
  const link = url && /^https?:$/.test(url.protocol) ? url : null
  if (!description && !link) return null
  return html`<figure class="words">
<figcaption><bdi>${vendorName}</bdi> writes:</figcaption>
${description && html`<blockquote><bdi>${description}</bdi></blockquote>`}
${link && html`<a href="${link.href}" target="_blank" rel="noopener noreferrer nofollow">${link.host}<span class="hidden"> (opens a new tab)</span></a>`}
</figure>`
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host)
}

const inDevelopment = notice(
  'caution',
  html`<strong>This app is in development.</strong> Its makers are still testing it. Connect it only if you are testing it with them.`,
)
