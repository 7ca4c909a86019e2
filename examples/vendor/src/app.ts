/**
 * The smallest vendor: one page where a person connects their account and sees their profile. It speaks
 * the article's flow with plain `fetch`, so that every step can be read: connect, callback, exchange,
 * call, refresh. Tokens live in memory, by the visitor's cookie.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Profile, page } from './page.ts'

export interface VendorOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** One of the app's registered redirect URLs: this app's `/callback`. */
  readonly redirectUri: string
  readonly platformUrl: string
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

interface Visitor {
  /** Proves that the callback belongs to a connect of this browser. */
  state: string | null
  tokens: Tokens | null
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** A handler for `node:http`. */
export function createVendorApp(options: VendorOptions): Handler {
  const visitors = new Map<string, Visitor>()
  return async (request, response) => {
    const url = new URL(request.url ?? '/', options.redirectUri)
    const { id, visitor } = visitorOf(request, visitors)
    response.setHeader('Set-Cookie', `northwind=${id}; Path=/; HttpOnly; SameSite=Lax`)
    try {
      if (url.pathname === '/connect') connect(options, visitor, response)
      else if (url.pathname === '/callback') await callback(options, visitor, { url, response })
      else if (url.pathname === '/') await home(options, visitor, response)
      else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such page.\n')
    } catch (error) {
      process.stderr.write(`Northwind: ${error}\n`)
      show(options, response, { problem: 'The platform cannot be reached right now. Try again.' })
    }
  }
}

const strayAnswer = 'That link was not made for this browser. Press Connect to begin.'

/** Step 1 of the article: send the user to the authorization page. */
function connect(options: VendorOptions, visitor: Visitor, response: ServerResponse): void {
  visitor.state = randomBytes(16).toString('base64url')
  const query = new URLSearchParams({
    clientId: options.clientId,
    redirect_uri: options.redirectUri,
    state: visitor.state,
  })
  redirect(response, `${options.platformUrl}/page/vendor-auth.html?${query}`)
}

/** Step 2: the platform sent the user back with a code; exchange it for tokens. */
async function callback(
  options: VendorOptions,
  visitor: Visitor,
  { url, response }: { url: URL; response: ServerResponse },
): Promise<void> {
  const expected = visitor.state
  visitor.state = null
  if (!same(expected, url.searchParams.get('state'))) {
    const code = url.searchParams.get('code')
    return show(options, response, code ? { strayCode: code } : { problem: strayAnswer })
  }
  if (url.searchParams.has('error')) {
    return show(options, response, { problem: 'You chose not to connect. Nothing was shared.' })
  }
  const tokens = await requestTokens(options, {
    grant_type: 'authorization_code',
    code: url.searchParams.get('code') ?? '',
    redirect_uri: options.redirectUri,
  })
  if (!tokens) {
    return show(options, response, { problem: 'The platform did not accept the code. Try again.' })
  }
  visitor.tokens = tokens
  redirect(response, '/')
}

/** Step 3: call the API on behalf of the user, with a fresh access token. */
async function home(options: VendorOptions, visitor: Visitor, response: ServerResponse) {
  if (!visitor.tokens) return show(options, response, {})
  if (Date.now() > visitor.tokens.expiresAt - 60_000) {
    const { refreshToken } = visitor.tokens
    const params = { grant_type: 'refresh_token', refresh_token: refreshToken }
    visitor.tokens = (await requestTokens(options, params)) ?? visitor.tokens
  }
  const answer = await fetch(`${options.platformUrl}/v1.0/me`, {
    headers: { Authorization: `Bearer ${visitor.tokens.accessToken}` },
  })
  if (answer.status === 401) {
    const { message } = (await answer.json()) as { message: string }
    visitor.tokens = null
    return show(options, response, { problem: `The platform answered 401: ${message}` })
  }
  if (!answer.ok) throw new Error(`the API answered ${answer.status}`)
  show(options, response, { profile: (await answer.json()) as Profile })
}

async function requestTokens(
  options: VendorOptions,
  params: Record<string, string>,
): Promise<Tokens | null> {
  const answer = await fetch(`${options.platformUrl}/api/user-web/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${options.clientId}:${options.clientSecret}`)}` },
    body: new URLSearchParams(params),
  })
  if (!answer.ok) return null
  const { access_token, refresh_token, expires_in } = (await answer.json()) as {
    access_token: string
    refresh_token: string
    expires_in: number
  }
  const expiresAt = Date.now() + expires_in * 1000
  return { accessToken: access_token, refreshToken: refresh_token, expiresAt }
}

function show(
  options: VendorOptions,
  response: ServerResponse,
  view: { profile?: Profile; problem?: string; strayCode?: string },
): void {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
  response.writeHead(200, headers)
  response.end(page({ ...view, connections: `${options.platformUrl}/account/connections` }))
}

function visitorOf(request: IncomingMessage, visitors: Map<string, Visitor>) {
  const [, known] =
    /(?:^|;\s*)northwind=([\w-]{22})(?:;|$)/.exec(request.headers.cookie ?? '') ?? []
  const found = known && visitors.get(known)
  if (known && found) return { id: known, visitor: found }
  const id = randomBytes(16).toString('base64url')
  const visitor: Visitor = { state: null, tokens: null }
  if (visitors.size > 10_000) visitors.clear()
  visitors.set(id, visitor)
  return { id, visitor }
}

function same(expected: string | null, sent: string | null): boolean {
  if (!expected || !sent || expected.length !== sent.length) return false
  return timingSafeEqual(Buffer.from(expected), Buffer.from(sent))
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { Location: location, 'Cache-Control': 'no-store' }).end()
}
