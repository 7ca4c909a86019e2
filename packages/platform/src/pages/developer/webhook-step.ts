/** Two moments of an application's webhooks: when its signing secret is shown, and when the endpoint goes. */
import type { App } from '../../developer/app.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { developerPage } from './shell.ts'
import { stepFields, webhookStepPath, webhooksPath } from './webhooks.ts'

export interface SigningSecretView extends Frame {
  readonly app: App
  readonly secret: string
  /** True when the endpoint was set up just now. */
  readonly isFirst: boolean
}

/** The only page that ever shows a signing secret. */
export function signingSecretPage(view: SigningSecretView): Html {
  const { app, secret, isFirst } = view
  const body = html`<h1>${isFirst ? html`Webhooks of <bdi>${app.name}</bdi> are set up` : html`A new signing secret for <bdi>${app.name}</bdi>`}</h1>
<div class="card stack sheet">
${notice('caution', html`<strong>Copy the signing secret now.</strong> It is shown this once.`)}
<dl class="sheet-facts">
<div><dt>Signing secret</dt><dd><code class="secret">${secret}</code></dd></div>
</dl>
<p>Keep it on your server, and check every webhook with it.${!isFirst && ' For a day, webhooks are signed with this one and the one before: whichever your server knows, it takes them.'}</p>
<p class="actions"><a class="button button-primary" href="${`${webhooksPath}?app=${app.client_id}`}">I have copied it</a></p>
</div>`
  return developerPage(view, { tab: 'My Authorization', title: 'Signing secret', body })
}

export interface RemoveEndpointView extends Frame {
  readonly csrf: string
  readonly app: App
  readonly url: string
  /** Events that have not arrived yet. */
  readonly waiting: number
}

export function removeEndpointPage(view: RemoveEndpointView): Html {
  const { app, url, waiting } = view
  const lost =
    waiting === 0
      ? 'No event is on its way.'
      : `${waiting === 1 ? 'One event is' : `${waiting} events are`} on the way, and will not arrive.`
  const body = html`<h1>Remove the endpoint?</h1>
<form method="post" action="${webhookStepPath}" class="card stack sheet">
<p>Nothing of <strong><bdi>${app.name}</bdi></strong> is sent to <code>${url}</code> any more, and its signing secrets are deleted. ${lost}</p>
<p>No connection is touched: users stay connected, and tokens go on working.</p>
<div class="actions">
${stepFields(view, 'remove')}
<button class="button button-danger">Remove endpoint</button>
<a class="button" href="${`${webhooksPath}?app=${app.client_id}`}">Cancel</a>
</div>
</form>`
  return developerPage(view, { tab: 'My Authorization', title: 'Remove endpoint', body })
}
