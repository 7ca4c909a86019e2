/** What a consent form says when it is sent again after the decision was made. */
import type { AskingApp } from './consent.ts'
import { type Html, html } from './html.ts'
import { layout, type Person } from './layout.ts'
import { appMark } from './monogram.ts'

export interface OutcomeView {
  readonly platformName: string
  readonly app: AskingApp
  readonly account: Person
  readonly csrf: string
  /** `expired`: it was authorized, but the app did not complete the connection in time. */
  readonly outcome: 'connected' | 'denied' | 'disconnected' | 'expired'
}

export function outcomePage(view: OutcomeView): Html {
  const { platformName, app, account, csrf } = view
  const name = html`<bdi>${app.name}</bdi>`
  const { title, heading, text } = words(view)[view.outcome]
  const body = html`<div class="card consent outcome">
${appMark(app, 'large')}
<h1>${heading(name)}</h1>
<p class="lead">${text(name)}</p>
<p class="actions"><a class="button button-primary" href="/account/connections">See connected apps</a></p>
</div>`
  return layout({ platformName, signedIn: account, csrf }, { title, width: 'narrow', body })
}

type Words = { title: string; heading: (name: Html) => Html; text: (name: Html) => Html }

function words({ app }: OutcomeView): Record<OutcomeView['outcome'], Words> {
  return {
    connected: {
      title: `${app.name} is connected`,
      heading: name => html`You have already connected ${name}`,
      text: name =>
        html`The page was sent a second time, and nothing more was done. Go back to ${name} to use it, or disconnect it here at any time.`,
    },
    denied: {
      title: `You denied ${app.name}`,
      heading: name => html`You denied ${name}`,
      text: name =>
        html`It got no access. If you want to connect it after all, start again from ${name}.`,
    },
    disconnected: {
      title: `${app.name} is disconnected`,
      heading: name => html`${name} is disconnected`,
      text: name =>
        html`You connected it on this page, and that connection has ended since. To connect it again, start from ${name}.`,
    },
    expired: {
      title: `${app.name} is not connected`,
      heading: name => html`${name} is not connected`,
      text: name =>
        html`You authorized it, but it did not complete the connection in time, so it has no access. Go back to ${name} and start again.`,
    },
  }
}
