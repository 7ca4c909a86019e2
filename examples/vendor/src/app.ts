/**
 * A small vendor: one page where a person connects their account, sees their data, and sees what happens
 * after Disconnect. All that is OAuth is `@latchkey/vendor`; what is left is a page and a cookie that
 * says whose browser it is.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type CallbackResult, createVendor, type Store, VendorError } from '@latchkey/vendor'
import { createWebhooks } from '@latchkey/vendor/webhooks'
import { type PageView, type Profile, page, type Told } from './page.ts'

export interface VendorAppOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** One of the app's registered redirect URLs: this app's `/callback`. */
  readonly redirectUri: string
  readonly platformUrl: string
  /** Where the tokens are kept, and what they are sealed with. */
  readonly store: Store
  readonly keys: string
  /** What the platform signs its webhooks with, which it posts to `/webhooks`. */
  readonly webhookSecret: string
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** How many of a visitor's events the page shows. */
const eventsShown = 6

/** A handler for `node:http`. */
export function createVendorApp(options: VendorAppOptions): Handler {
  const { platformUrl, redirectUri } = options
  const vendor = createVendor({ ...options, platform: platformUrl })
  const webhooks = createWebhooks({ ...options, vendor, secret: options.webhookSecret })
  const happened = new Map<string, { kind: string; at: number }[]>()
  for (const kind of ['connected', 'refreshed', 'disconnected', 'recovered'] as const) {
    vendor.on(kind, ({ user, at }) => {
      if (happened.size > 10_000) happened.clear()
      const events = [{ kind, at }, ...(happened.get(user) ?? [])]
      happened.set(user, events.slice(0, eventsShown))
    })
  }

  const show = async (user: string, more: Partial<PageView> = {}, status = 200) => {
    const view = {
      status: await vendor.connection(user).status(),
      events: happened.get(user) ?? [],
      connections: `${platformUrl}/account/connections`,
      now: Date.now(),
      ...more,
    }
    return new Response(page(view), { status, headers })
  }

  const home = async (user: string, told?: Told): Promise<Response> => {
    const connection = vendor.connection(user)
    if ((await connection.status()).state !== 'connected') return show(user, { told })
    try {
      return await show(user, { told, profile: (await connection.api.me()) as Profile })
    } catch (error) {
      // The platform has ended the connection: the page says so by what the connection is now.
      if (error instanceof VendorError && error.fault === 'disconnected')
        return show(user, { told })
      throw error
    }
  }

  /**
   * An app that only takes connects of its own says who is signed in: `callback(request, { user })`. This
   * one does not, because it shows a code that nobody asked for here to who wants to try it with curl.
   */
  const callback = async (request: Request, user: string): Promise<Response> => {
    const result = await vendor.callback(request)
    if (result.outcome === 'restart') return result.response
    if (result.outcome === 'connected') return result.redirect('/')
    const code = new URL(request.url).searchParams.get('code')
    const answer = await home(user, toldOf(result, code))
    for (const cookie of result.cookies) answer.headers.append('Set-Cookie', cookie)
    return answer
  }

  const answer = async (request: Request, user: string): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/webhooks') return (await webhooks.take(request)).response
    if (request.method !== 'GET') return new Response('Use GET here.\n', { status: 405 })
    if (pathname === '/') return home(user)
    if (pathname === '/connect') return vendor.connect(request, { user })
    if (pathname === '/callback') return callback(request, user)
    return new Response('There is no such page.\n', { status: 404 })
  }

  return async (request, response) => {
    const user = visitorOf(request)
    const given = await answer(asRequest(request, redirectUri), user).catch(error => {
      process.stderr.write(`Northwind: ${error}\n`)
      return show(user, { told: { kind: 'away' } }, 502)
    })
    response.statusCode = given.status
    for (const [name, value] of given.headers) response.appendHeader(name, value)
    response.appendHeader('Set-Cookie', `northwind=${user}; Path=/; HttpOnly; SameSite=Lax`)
    response.end(await given.text())
  }
}

function asRequest(incoming: IncomingMessage, base: string): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const names = ['cookie', 'webhook-id', 'webhook-timestamp', 'webhook-signature']
  const kept = names.map(name => [name, String(headers[name] ?? '')] as const)
  return new Request(new URL(url, base), {
    method: method === 'HEAD' ? 'GET' : method,
    headers: kept.map(([name, value]): [string, string] => [name, value]),
    ...(method === 'POST' && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  })
}

function toldOf(result: CallbackResult, code: string | null): Told | undefined {
  if (result.outcome === 'denied') return { kind: 'denied' }
  if (result.outcome !== 'refused') return undefined
  if (result.reason === 'unsolicited' && code) return { kind: 'stray', code }
  return { kind: 'refused', message: result.message }
}

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
}

/** The demo knows people by their browser; a real app by its own sign-in. */
function visitorOf(request: IncomingMessage): string {
  const [, known] =
    /(?:^|;\s*)northwind=([\w-]{22})(?:;|$)/.exec(request.headers.cookie ?? '') ?? []
  return known ?? randomBytes(16).toString('base64url')
}
