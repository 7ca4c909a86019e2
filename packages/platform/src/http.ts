/**
 * One request in, one answer out: `Call` and `Answer` are what every endpoint speaks. Two doors lead
 * here, `fetch` (any server, tests) and `node:http` (`serve.ts`); both go through `answerTo`, the one
 * place where a route is looked up and an error becomes an answer.
 */
import { randomUUID } from 'node:crypto'
import { OAuthError, PageError, RequestError, TooManyRequests } from './error.ts'
import { failureOf } from './failure.ts'
import { nowhere } from './nowhere.ts'

export interface Call {
  readonly method: string
  readonly path: string
  /** The raw query string without its `?`; `''` when there is none. */
  readonly query: string
  /** The peer's address, for throttling and the log. */
  readonly address: string
  /** A header's value, or `undefined`; the name in lower case. */
  header(name: string): string | undefined
  /** The Client ID of the app that has proved to be calling, for the log; set where that is known. */
  app?: string
  /** The Client ID the request names, whether or not it is one; for the app's activity. */
  named?: string
  /** What a successful step of OAuth was; set where that is known. */
  deed?: Deed
  /** What the request failed with. */
  failure?: unknown
  /** The whole body as text. Throws `RequestError` 413 over 64 kB, 400 when it is not UTF-8. */
  body(): Promise<string>
  /**
   * The whole body as it came. Throws `RequestError` 413 when it is longer than `limit`: after having let
   * the rest of it go by, up to a few times as much, since a browser that still sends reads no answer.
   */
  bytes(limit: number): Promise<Uint8Array<ArrayBuffer>>
  /** The request itself, for a product that looks at it; `base` for a door that knows no URL. */
  request?(base: string): Request
}

/** `authorize` and `deny` are a user's decision, the others what an app did. */
export type Deed = 'authorize' | 'deny' | 'exchange' | 'refresh'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
  /** `Set-Cookie` values, which must not be joined. */
  readonly cookies?: readonly string[]
}

export type Endpoint = (call: Call) => Promise<Answer>

/** How a route's errors look: OAuth JSON, API JSON (`{code, message}`), or a page for a person. */
export type Manner = 'oauth' | 'api' | 'page'

export interface Route {
  readonly manner: Manner
  readonly get?: Endpoint
  /** `HEAD` goes with `GET`, unless this is `false`: where a `GET` changes something. */
  readonly head?: false
  readonly post?: Endpoint
  /** Every method. */
  readonly any?: Endpoint
  /** Scripts of any origin may call it (it reads no cookie). */
  readonly cors?: true
}

/** By path; `/gate/*` stands for every path below it. */
export type Routes = ReadonlyMap<string, Route>

/** The name under which a path's route stands, or `null`. */
export function routeName(routes: Routes, path: string): string | null {
  if (routes.has(path)) return path
  const tree = `${path.slice(0, path.indexOf('/', 1) + 1)}*`
  return routes.has(tree) ? tree : null
}

export const bodyLimit = 65_536

/** Renders errors as pages and hears of what was nobody's intention. */
export interface ErrorHandling {
  readonly page: (error: PageError, reference: string | null) => Answer
  readonly report: (error: unknown, reference: string, call: Call) => void
}

/** Finds the route, runs the endpoint, renders what it throws. Never rejects. */
export async function answerTo(routes: Routes, errors: ErrorHandling, call: Call): Promise<Answer> {
  const found = routes.get(call.path) ?? routes.get(routeName(routes, call.path) ?? '')
  const route = found ?? nowhere(call)
  try {
    const answer = await pick(route, call)(call)
    return route.cors ? allowAnyOrigin(call, answer) : answer
  } catch (error) {
    call.failure = error
    const answer = errorAnswer(route.manner, errors, error, call)
    return route.cors ? allowAnyOrigin(call, answer) : answer
  }
}

function pick(route: Route, call: Call): Endpoint {
  const { method } = call
  if (route.any) return route.any
  if (method === 'POST' && route.post) return route.post
  if (method === 'GET' && route.get) return route.get
  if (method === 'HEAD' && route.get && route.head !== false) return route.get
  if (method === 'OPTIONS' && route.cors) return preflight
  const allow = [
    route.get && 'GET',
    route.get && route.head !== false && 'HEAD',
    route.post && 'POST',
    route.cors && 'OPTIONS',
  ]
    .filter(Boolean)
    .join(', ')
  throw new RequestError(405, `Use ${allow} here; ${method} is not available.`, { Allow: allow })
}

async function preflight(): Promise<Answer> {
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
      'Access-Control-Max-Age': '600',
    },
    body: '',
  }
}

const anyOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Retry-After, WWW-Authenticate, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset',
}

function allowAnyOrigin(call: Call, answer: Answer): Answer {
  if (call.header('origin') === undefined) return answer
  return { ...answer, headers: { ...answer.headers, ...anyOrigin } }
}

/** What an error looks like in the manner of a route. */
export function errorAnswer(
  manner: Manner,
  errors: ErrorHandling,
  error: unknown,
  call: Call,
): Answer {
  if (error instanceof OAuthError && manner !== 'page') {
    const { code, message, status, headers } = error
    if (error.cause !== undefined) errors.report(error.cause, code, call)
    return manner === 'api'
      ? jsonError(status, { code: apiCodes[code] ?? 'ERROR', message }, headers)
      : jsonError(status, { error: code, error_description: describable(message) }, headers)
  }
  if (error instanceof RequestError && manner !== 'page') {
    const body =
      manner === 'api'
        ? { code: `HTTP_${error.status}`, message: error.message }
        : { error: 'invalid_request', error_description: error.message }
    return jsonError(error.status, body, error.headers)
  }
  if (error instanceof TooManyRequests)
    return jsonError(429, { message: error.message }, error.headers)
  if (error instanceof PageError) return errors.page(error, null)
  if (error instanceof RequestError || error instanceof OAuthError) {
    return withHeaders(errors.page(asPage(error), null), error.headers)
  }
  return unexpected(manner, errors, error, call)
}

/** What nobody intended: logged with a reference that the reader can quote; nothing of it leaves. */
function unexpected(manner: Manner, errors: ErrorHandling, error: unknown, call: Call): Answer {
  const reference = randomUUID()
  errors.report(error, reference, call)
  const failure = failureOf(error, reference)
  const { status, code, headers, message, title, mend } = failure
  if (manner === 'page') {
    const problem = new PageError(status, { title, what: message, mend })
    return withHeaders(errors.page(problem, reference), headers)
  }
  if (manner === 'api') return jsonError(status, { code, message }, headers)
  return jsonError(status, { error: failure.error, error_description: message }, headers)
}

/** RFC 6749 §5.2 allows printable ASCII without quote and backslash; the rest of what was sent shows as `?`. */
export function describable(message: string): string {
  return message.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

/** The codes vendors know from the API (facts of the real platform). */
const apiCodes: Partial<Record<string, string | number>> = {
  invalid_token: 'BAD_CREDENTIALS',
  insufficient_scope: 200100,
  invalid_request: 'INVALID_PARAMETER',
}

function asPage(error: RequestError | OAuthError): PageError {
  return new PageError(error.status, {
    title: error.status === 413 ? 'That was too much' : 'This request cannot be answered',
    what: error.message,
    mend: 'Go back and try again.',
  })
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/**
 * A JSON answer that no cache keeps. Few headers: on the hot path each one costs as much as a database
 * column. Errors, which may quote the request, add `nosniff`.
 */
export function json(status: number, body: unknown, headers?: Record<string, string>): Answer {
  return {
    status,
    headers: headers ? { ...jsonHeaders, ...headers } : jsonHeaders,
    body: JSON.stringify(body),
  }
}

const jsonHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } as const

function jsonError(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>>,
): Answer {
  return json(status, body, { ...headers, 'X-Content-Type-Options': 'nosniff' })
}

/** A redirect that turns any method into GET (RFC 9700 §4.12: never 307). */
export function seeOther(location: string, cookies: readonly string[] = []): Answer {
  return {
    status: 303,
    headers: {
      Location: location,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
    body: '',
    cookies,
  }
}
