/**
 * A request and its answer as they go over the wire, fit to be looked at: of a code or token only its kind
 * and last four characters stand there, of a secret or verifier nothing.
 */
import type { Answer, Call } from '../http.ts'

/** A request that the playground sends in the app's place. */
export interface RawRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What must not be shown, beside handles, which are never shown whole. */
  readonly secrets: readonly string[]
}

export interface Transcript {
  readonly request: string
  readonly answer: string
  readonly status: number
}

/** The request as an endpoint reads it, from the address of the person who asked for it. */
export function callOf(request: RawRequest, asked: Call): Call {
  const headers = new Map(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const ofThePerson = new Set(['x-forwarded-for', 'x-request-id'])
  return {
    method: request.method,
    path: request.path,
    query: '',
    address: asked.address,
    header: name => headers.get(name) ?? (ofThePerson.has(name) ? asked.header(name) : undefined),
    body: async () => request.body,
    bytes: async () => new TextEncoder().encode(request.body),
  }
}

export function transcriptOf(request: RawRequest, answer: Answer, url: string): Transcript {
  const { method, path, headers, body, secrets } = request
  const sent = Object.entries({ Host: new URL(url).host, ...headers }).map(
    ([name, value]) => `${name}: ${value.replace(/^Basic .*/, 'Basic ***')}`,
  )
  const got = Object.entries(answer.headers).map(pair => pair.join(': '))
  const words = reasons[answer.status] ?? ''
  return {
    request: masked([`${method} ${path} HTTP/1.1`, ...sent, '', body].join('\n').trim(), secrets),
    answer: masked(
      [`HTTP/1.1 ${answer.status} ${words}`, ...got, '', pretty(String(answer.body))]
        .join('\n')
        .trim(),
      secrets,
    ),
    status: answer.status,
  }
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/** Handles by their beginning and end, the secrets not at all. */
export function masked(text: string, secrets: readonly string[] = []): string {
  const hidden = secrets
    .filter(secret => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  return hidden.replaceAll(/(lk_(?:ac|at|rt|sk)_)[\w-]*?([\w-]{4})(?![\w-])/g, '$1…$2')
}

const longest = 120

/** A value that came from outside, masked, and not longer than a line or two. */
export function shortened(text: string): string {
  const shown = masked(text)
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}
