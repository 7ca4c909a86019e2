/** The start page: what this place is, for the people who use it and for those who build for it. */
import { connectionsDrawing } from './drawing.ts'
import { type Html, html } from './html.ts'
import { icon } from './icon.ts'
import { type Frame, layout } from './layout.ts'

export interface HomeView extends Frame {
  /** Whether strangers may sign up. Default: yes. */
  readonly signUp?: boolean
}

export function homePage(view: HomeView): Html {
  const { platformName, signedIn, signUp = true } = view
  const body = html`<div class="hero">
<div>
<h1>Connect apps to your <bdi>${platformName}</bdi> data. Take the key back whenever you like.</h1>
<p class="lead">An app gets in only if you let it, sees only what you agreed to, and is out the moment you say so.</p>
</div>
${connectionsDrawing}
</div>
<ul class="promises">
<li>${icon('check')}<div><h2>You decide</h2><p>Each app asks you first, and says what it wants.</p></div></li>
<li>${icon('person')}<div><h2>Your password stays here</h2><p>You sign in here only. No app ever sees it.</p></div></li>
<li>${icon('cross')}<div><h2>Disconnect at any time</h2><p>It takes effect at once, everywhere.</p></div></li>
</ul>
<div class="doors">
<section class="card door">
<h2>Your connected apps</h2>
${signedIn ? yours(signedIn.name) : signInFirst(signUp)}
</section>
<section class="card door">
<h2>Building an app?</h2>
<p>Register it, and let people connect it by OAuth 2.0. The documentation leads you from the first link to the first call.</p>
<p class="actions"><a class="button" href="/developer/authorizations">Developer Platform</a> <a class="button" href="/docs/index.html">Documentation</a></p>
</section>
</div>`
  return layout(view, { title: platformName, body })
}

function yours(name: string): Html {
  return html`<p>You are signed in as <strong><bdi>${name}</bdi></strong>. See which apps are connected, and what each may do.</p>
<p class="actions"><a class="button button-primary" href="/account/connections">See connected apps</a></p>`
}

function signInFirst(signUp: boolean): Html {
  return html`<p>Sign in to see which apps are connected, and what each may do.</p>
<p class="actions"><a class="button button-primary" href="/sign-in?continue=%2Faccount%2Fconnections">Sign in</a>${signUp && html` <a class="button" href="/sign-up">Sign up</a>`}</p>`
}
