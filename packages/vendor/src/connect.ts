/**
 * The browser's way through a connect: out to the authorization page, and back with an answer.
 *
 * Every connect is bound to the browser that began it by a sealed cookie. `state` is always sent. When it
 * comes back it must be the one of a pending connect. A platform that is not known to send it back may be
 * allowed for by `missingState`; then the answer is taken only while exactly one connect is pending in
 * the browser. What is left open in that case: somebody who makes a person's browser bring a foreign code
 * just while that person is connecting would have their own account connected in its stead. `confirm`
 * closes that: nothing is connected until the person has seen whose account it is and said yes.
 */
import { randomText, sha256 } from './base64url.ts'
import { check } from './error.ts'
import type { Pending, PendingConnects } from './pending.ts'
import type { Platform } from './platform.ts'
import type { ConnectionKey } from './store/store.ts'
import { isKept } from './vault.ts'
import type { Clock } from './wait.ts'

export interface ConnectParts {
  readonly clientId: string
  readonly clientSecret: string | null
  readonly redirectUri: string
  readonly platform: (signal?: AbortSignal) => Promise<Platform>
  readonly pending: PendingConnects
  readonly clock: Clock
}

/** Sends the browser to the authorization page, bound to this connect. */
export async function connect(
  parts: ConnectParts,
  request: Request,
  {
    key,
    returnTo,
    signal,
  }: { key: ConnectionKey; returnTo: string | null; signal: AbortSignal | undefined },
): Promise<Response> {
  check(isKept(key), 'name: a text without ? first.')
  const path = returnTo === null ? null : ownPath(returnTo, parts.redirectUri)
  check(path !== '', `returnTo: ${returnTo} must be a path of this site.`)
  const platform = await parts.platform(signal)
  check(parts.clientSecret !== null || platform.pkce === true, 'clientSecret: null needs PKCE.')
  const state = randomText()
  const verifier = platform.pkce ? randomText() : null
  const startedAt = parts.clock.now()
  const pending: Pending = { ...key, state, verifier, returnTo: path, startedAt }
  const url = new URL(platform.authorizeUrl)
  const params = {
    [platform.dialect === 'article' ? 'clientId' : 'client_id']: parts.clientId,
    response_type: 'code',
    redirect_uri: parts.redirectUri,
    state,
    ...(verifier && { code_challenge: await sha256(verifier), code_challenge_method: 'S256' }),
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  return redirect(url.href, await parts.pending.begin(pending, await parts.pending.of(request)))
}

/** A 303 that no cache keeps. */
export function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ Location: location, 'Cache-Control': 'no-store' })
  for (const cookie of cookies) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** The path as a header can carry it, or nothing: no open redirect, and no more than a cookie holds. */
function ownPath(path: string, redirectUri: string): string {
  const { origin } = new URL(redirectUri)
  const url = URL.parse(path, redirectUri)
  const own = url?.origin === origin ? url.href.slice(origin.length) : ''
  return path.startsWith('/') && /^\/(?!\/).{0,1999}$/.test(own) ? own : ''
}

/** What the platform sent the browser back with. */
export interface CallbackAnswer {
  readonly code: string | null
  readonly state: string | null
  readonly error: string | null
  readonly description: string | null
  readonly issuer: string | null
}

/** Reads the callback's query; `null` when a parameter is there twice, or code and error both, or neither. */
export function readCallback(url: string): CallbackAnswer | null {
  const params = new URL(url).searchParams
  const names = ['code', 'state', 'error', 'error_description', 'iss']
  if (names.some(name => params.getAll(name).length > 1)) return null
  const given = names.map(name => params.get(name) || null)
  const [code = null, state = null, error = null, description = null, issuer = null] = given
  const isOne = (code === null) !== (error === null)
  return isOne ? { code, state, error, description, issuer } : null
}

/** RFC 9207 §2.4: an answer of another platform, or one that should name its platform and does not. */
export function isForeign({ issuer }: CallbackAnswer, platform: Platform): boolean {
  if (!platform.issuer) return false
  return issuer === null ? platform.sendsIssuer === true : issuer !== platform.issuer
}
