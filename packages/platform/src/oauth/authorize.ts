/**
 * The authorization request (RFC 6749 §4.1.1), in two phases: errors we show, because nothing may be
 * sent to a URL that is not known to be the app's, and errors we redirect, once it is.
 *
 * Three addresses lead here. The article's takes `clientId` alone; the standard ones check strictly.
 */
import { type App, findApp, matchRedirectUri, redirectUrisOf } from '../developer/app.ts'
import { PageError } from '../error.ts'
import type { Call } from '../http.ts'
import { fromQuery } from '../params.ts'
import type { Store } from '../store/store.ts'
import type { Trouble } from '../trouble.ts'

export const authorizeParameters = {
  client_id: { description: 'Your Client ID.', required: true },
  response_type: { description: '`code`.', required: true, example: 'code' },
  redirect_uri: { description: 'One of your registered URLs; without it the first one is used.' },
  state: { description: 'Comes back as it is. Use it against cross-site request forgery.' },
  code_challenge: {
    description: 'PKCE (RFC 7636): base64url of the SHA-256 of your code_verifier.',
    required: 'for public apps',
  },
  code_challenge_method: {
    description: '`S256`.',
    required: 'with code_challenge',
    example: 'S256',
  },
  scope: { description: '`openApi`, or left out.' },
  client_secret: { description: 'Never here: the page needs no secret.', secret: true },
} as const

export const articleParameters = {
  clientId: { description: 'Your Client ID; `client_id` is taken too.', required: true },
  ...authorizeParameters,
  client_id: { description: 'The same under its standard name.' },
  response_type: { description: '`code`, or left out.', example: 'code' },
  scope: { description: 'Taken and ignored: the scope is always `openApi`.' },
} as const

/** An authorization request that may be put before the user. */
export interface AuthorizationRequest {
  readonly app: App
  readonly redirectUri: string
  readonly redirectUriSent: boolean
  readonly state: string | null
  readonly codeChallenge: string | null
}

/** A request that is answered at its redirect URL (RFC 6749 §4.1.2.1). */
export interface RedirectedError {
  readonly redirectUri: string
  readonly state: string | null
  readonly error: 'invalid_request' | 'unsupported_response_type' | 'invalid_scope'
  readonly description: string
}

type Sent = ReturnType<typeof fromQuery<typeof articleParameters>>

/** How strictly an address reads its request. */
export type Reading = 'article' | 'standard'

/**
 * Reads and checks the request. Throws `PageError` for what is shown to the person in the browser.
 */
export async function readAuthorization(
  store: Store,
  reading: Reading,
  call: Call,
): Promise<AuthorizationRequest | RedirectedError> {
  const sent = fromQuery(articleParameters, call.query)
  const app = await appOf(store, sent, reading)
  call.named = app.client_id
  demandNoSecret(app, sent)
  demandInForce(app)
  const redirectUri = redirectUriOf(app, sent)
  const { state } = sent.params
  const error = redirectedError(app, sent, reading)
  if (error) return { redirectUri, state: state ?? null, ...error }
  return {
    app,
    redirectUri,
    redirectUriSent: sent.params.redirect_uri !== undefined,
    state: state ?? null,
    codeChallenge: sent.params.code_challenge ?? null,
  }
}

async function appOf(store: Store, { params, problems }: Sent, reading: Reading): Promise<App> {
  const { client_id } = params
  const clientId = reading === 'article' ? params.clientId : undefined
  const problem = problems.client_id ?? (reading === 'article' ? problems.clientId : undefined)
  if (problem || (client_id && clientId && client_id !== clientId)) {
    throw badLink(problem ?? 'clientId and client_id name two different apps', [])
  }
  const id = client_id ?? clientId
  if (id === undefined)
    throw badLink('The link does not say which app it is for: client_id is missing', [])
  const app = await findApp(store, id)
  if (!app) {
    throw badLink('No app with this Client ID is registered here', [
      { label: 'client_id sent', value: id },
    ])
  }
  return app
}

/**
 * RFC 6749 §2.3.1: a secret never stands in a URL. Shown and not redirected: its makers have to act, and
 * a callback page seldom says what it was told.
 */
function demandNoSecret(app: App, { params, problems }: Sent): void {
  if (params.client_secret === undefined && problems.client_secret === undefined) return
  throw new PageError(400, {
    title: 'This link gives a secret away',
    what: `The link to connect ${app.name} holds a client_secret. It stands in browser histories and server logs now, where others can read it.`,
    mend: `${app.vendor_name}, who make the app, should take client_secret out of the link, make a new secret in the My Authorization tab, and revoke this one. Nothing was connected.`,
    details: [{ label: 'client_id sent', value: app.client_id }],
  })
}

function demandInForce(app: App): void {
  if (app.stopped_at === null) return
  throw new PageError(403, {
    title: `${app.name} is suspended`,
    what: `The platform has suspended ${app.name}, so it cannot be connected at the moment.`,
    mend: `${app.vendor_name}, who make the app, can ask the platform why.`,
  })
}

function redirectUriOf(app: App, { params, problems }: Sent): string {
  if (problems.redirect_uri) throw badLink(problems.redirect_uri, [])
  const sent = params.redirect_uri
  if (sent === undefined) {
    const [first] = redirectUrisOf(app)
    if (first === undefined) throw badLink(`${app.name} has no registered redirect URL`, [])
    return first
  }
  const matched = matchRedirectUri(app, sent)
  if (matched !== null) return matched
  const hint = nearMiss(sent, redirectUrisOf(app))
  throw badLink(
    `The redirect URL is not one that ${app.vendor_name} registered for ${app.name}${hint}`,
    [
      { label: 'redirect_uri sent', value: sent },
      { label: 'client_id sent', value: app.client_id },
    ],
    { kind: 'redirect unknown', sent },
  )
}

/** What a mistyped URL differs in, as far as it helps the developer and tells a stranger nothing. */
function nearMiss(sent: string, registered: readonly string[]): string {
  const slashless = (uri: string) => uri.replace(/\/$/, '')
  if (registered.some(uri => slashless(uri) === slashless(sent)))
    return ': only the slash at its end differs'
  if (registered.some(uri => uri.toLowerCase() === sent.toLowerCase()))
    return ': only upper and lower case differ'
  const schemeless = (uri: string) => uri.replace(/^https?:/i, '')
  if (registered.some(uri => schemeless(uri) === schemeless(sent)))
    return ': only http and https differ'
  return ''
}

function badLink(
  what: string,
  details: readonly { label: string; value: string }[],
  trouble?: Trouble,
): PageError {
  return new PageError(400, {
    title: 'This link cannot be used',
    what: `${what}.`,
    mend: 'Go back to the app you came from and tell its makers: they can mend the link. Nothing was connected.',
    details,
    ...(trouble && { trouble }),
  })
}

function redirectedError(
  app: App,
  { params, problems }: Sent,
  reading: Reading,
): Pick<RedirectedError, 'error' | 'description'> | null {
  const strict = reading === 'standard'
  const problem =
    problems.response_type ??
    problems.state ??
    problems.code_challenge ??
    problems.code_challenge_method ??
    (strict ? problems.scope : undefined)
  if (problem) return invalid(problem)
  if (Buffer.byteLength(params.state ?? '') > 4096)
    return invalid('state is longer than 4096 bytes')
  if (strict && params.response_type === undefined)
    return invalid('response_type is missing: send code')
  if (params.response_type !== undefined && params.response_type !== 'code') {
    return { error: 'unsupported_response_type', description: 'response_type must be code' }
  }
  if (strict && params.scope !== undefined && params.scope !== 'openApi') {
    return { error: 'invalid_scope', description: 'the only scope is openApi' }
  }
  return challengeError(app, params)
}

/** RFC 7636 §4.3, and rule 7: S256 only; required for public apps. */
function challengeError(
  app: App,
  { code_challenge, code_challenge_method }: Sent['params'],
): Pick<RedirectedError, 'error' | 'description'> | null {
  if (code_challenge === undefined) {
    if (code_challenge_method !== undefined) return invalid('code_challenge is missing')
    return app.is_public === 1
      ? invalid('code_challenge is missing: a public app needs PKCE')
      : null
  }
  if (code_challenge_method !== 'S256') return invalid('code_challenge_method must be S256')
  if (!/^[\w-]{43}$/.test(code_challenge)) {
    return invalid('code_challenge must be 43 characters of base64url')
  }
  return null
}

function invalid(description: string): Pick<RedirectedError, 'error' | 'description'> {
  return { error: 'invalid_request', description }
}

/**
 * The address the browser is sent to: the redirect URL as it is registered, its own query kept, with
 * our parameters behind it, `iss` always among them (RFC 9207 §2).
 */
export function redirectLocation(
  redirectUri: string,
  issuer: string,
  params: Readonly<Record<string, string | null>>,
): string {
  const ours = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...params, iss: issuer })) {
    if (value !== null) ours.append(name, value)
  }
  const joint = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&'
  return `${redirectUri}${joint}${ours}`
}
