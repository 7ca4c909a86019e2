/** The frame every page stands in: head, header with who is signed in, footer. */
import { favicon, type ScriptName, scripts, stylesheet } from './assets.ts'
import { hiddenField } from './field.ts'
import { type Html, html, raw } from './html.ts'
import { keyMark } from './icon.ts'

export interface Person {
  readonly name: string
  readonly email: string
  /** Where the person signs out, when that is not here; `null` for nowhere. */
  readonly signOutElsewhere?: string | null
}

/** What every page's view says about the place and the visitor. */
export interface Frame {
  readonly platformName: string
  /** Who is signed in; the header then offers connected apps and signing out. */
  readonly signedIn?: Person
  /** The form token; needed where the page has a form, so always when someone is signed in. */
  readonly csrf?: string
}

export interface Content {
  /** Without the platform's name, which is added behind it. */
  readonly title: string
  /** `narrow` for a form, `wide` for documentation. Default: `normal`. */
  readonly width?: 'narrow' | 'normal' | 'wide'
  readonly body: Html
  /** A script of ours that makes the page quicker, or its passkeys possible. Default: none. */
  readonly script?: ScriptName
}

const scripted = new WeakSet<Html>()

/** Whether the page was made with a script: its policy, and no other's, then lets ours run. */
export function hasScript(page: Html): boolean {
  return scripted.has(page)
}

export function layout(frame: Frame, content: Content): Html {
  const page = draw(frame, content)
  if (content.script) scripted.add(page)
  return page
}

function draw(frame: Frame, { title, width = 'normal', body, script }: Content): Html {
  const { platformName } = frame
  const whole = title === platformName ? title : `${title} · ${platformName}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${whole}</title>
<link rel="icon" type="image/svg+xml" href="${favicon.path}">
<link rel="stylesheet" href="${stylesheet.path}">
${script && loaded[script]}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<div class="top-inner">
<a class="brand" href="/">${keyMark}<span><bdi>${platformName}</bdi></span></a>
${visitor(frame)}
</div>
</header>
<main id="content" class="content content-${width}" tabindex="-1">
${body}
</main>
<footer class="bottom">
<ul>
<li><a href="/docs/index.html">Documentation</a></li>
<li><a href="/developer">Developers</a></li>
<li><a href="/account/connections">Connected apps</a></li>
</ul>
</footer>
</body>
</html>
`
}

/** Made once from our own sources: templates take no values beside scripts. */
const loaded: Readonly<Record<ScriptName, Html>> = {
  copy: load('copy'),
  passkey: load('passkey'),
}

function load(name: ScriptName): Html {
  return raw(`<script type="module" src="${scripts[name].path}"></script>`)
}

function visitor({ signedIn, csrf }: Frame): Html | null {
  if (!signedIn || !csrf) return null
  return html`<p class="who"><span class="hidden">Signed in as </span><bdi class="who-name">${signedIn.name}</bdi> <bdi>${signedIn.email}</bdi></p>
<nav class="account" aria-label="Account">
<a href="/account/connections">Connected apps</a>
${signOut(signedIn, csrf)}
</nav>`
}

function signOut({ signOutElsewhere: elsewhere }: Person, csrf: string): Html | null {
  if (elsewhere === null) return null
  return elsewhere === undefined
    ? html`<form method="post" action="/sign-out">${hiddenField('csrf', csrf)}<button class="plain">Sign out</button></form>`
    : html`<a href="${elsewhere}">Sign out</a>`
}
