/**
 * `/gate`: forward authentication. A proxy (nginx `auth_request`, Caddy `forward_auth`, Traefik, Envoy)
 * asks here about each API request and lets it through on 200; the headers tell the API who it acts for.
 */
import { type ApiRoutes, type Need, needOf } from './api-routes.ts'
import { type GateParts, passGate } from './connection/gate.ts'
import { connectionName } from './connection/name.ts'
import { RequestError } from './error.ts'
import type { Answer, Call, Route } from './http.ts'
import type { ParameterTable } from './params.ts'
import { isRefusal, refusalAnswer } from './refusal.ts'

/** Where Envoy asks: the original path stands behind it, and the method is the original one. */
const prefix = '/gate/'

/** How a proxy says what it was asked. */
export const questionHeaders = {
  'X-Forwarded-Method': { description: 'The original method (Caddy, Traefik).' },
  'X-Original-Method': { description: 'The same (nginx).' },
  'X-Forwarded-Uri': { description: 'The original path; a query is left out of account.' },
  'X-Original-URI': { description: 'The same (nginx).' },
} as const satisfies ParameterTable

/** What the API behind the proxy learns of whom a request acts for. */
export const answerHeaders = {
  'X-Latchkey-Account': 'The user’s `id`.',
  'X-Latchkey-App': 'The Client ID.',
  'X-Latchkey-Connection': '`con_…`.',
  'X-Latchkey-Permissions': 'Names of permissions, separated by spaces.',
} as const

interface Original {
  readonly method: string | null
  readonly path: string | null
}

/** Without a table of routes (`null`) any live connection passes, and the API has to look itself. */
export function forwardAuthRoute(
  parts: GateParts & { readonly apiRoutes: ApiRoutes | null },
): Route {
  const ask = async (call: Call): Promise<Answer> => {
    const need = needed(parts.apiRoutes, originalRequest(call))
    const { connection, headers } = await passGate(parts, call.header('authorization'), need)
    call.app = connection.client_id
    const passed: Record<keyof typeof answerHeaders, string> = {
      'X-Latchkey-Account': String(connection.account_id),
      'X-Latchkey-App': connection.client_id,
      'X-Latchkey-Connection': connectionName(connection.id),
      'X-Latchkey-Permissions': connection.permissions,
    }
    return {
      status: 200,
      headers: { ...headers, 'Cache-Control': 'no-store', ...passed },
      body: '',
    }
  }
  return { manner: 'api', any: call => ask(call).catch(refused) }
}

function needed(routes: ApiRoutes | null, { method, path }: Original): Need {
  if (!routes) return null
  if (method !== null && path !== null) return needOf(routes, { method, path })
  throw new RequestError(
    400,
    'The proxy has to say what it was asked: X-Forwarded-Method and X-Forwarded-Uri, or X-Original-Method and X-Original-URI.',
  )
}

/**
 * What the proxy says it was asked: by `X-Forwarded-*` (Caddy, Traefik), `X-Original-*` (nginx), or its
 * own method and a path behind ours (Envoy). Names of the same thing that differ are refused: the proxy
 * sets one, so the other one is its caller's own, sent to be judged by it.
 */
function originalRequest(call: Call): Original {
  const behind = call.path.startsWith(prefix) ? call.path.slice(prefix.length - 1) : undefined
  const method = behind === undefined ? undefined : call.method
  return {
    method: agreed(
      [method, said(call, 'x-forwarded-method'), said(call, 'x-original-method')],
      'X-Forwarded-Method and X-Original-Method name two different methods.',
    ),
    path: agreed(
      [behind, said(call, 'x-forwarded-uri'), said(call, 'x-original-uri')].map(
        uri => uri?.split('?', 1)[0],
      ),
      'X-Forwarded-Uri and X-Original-URI name two different paths.',
    ),
  }
}

function said(call: Call, name: Lowercase<keyof typeof questionHeaders>): string | undefined {
  return call.header(name)
}

function agreed(names: readonly (string | undefined)[], problem: string): string | null {
  const [first = null, ...others] = names.filter(name => name !== undefined)
  if (others.some(other => other !== first)) throw new RequestError(400, problem)
  return first
}

/**
 * nginx takes nothing from a refusal but its status and headers, so the body stands in a header as well:
 * on one line, and in ASCII.
 */
function refused(error: unknown): Answer {
  if (!isRefusal(error)) throw error
  const answer = refusalAnswer(error, () => {})
  const line = String(answer.body).replaceAll(
    /[^\x20-\x7e]/g,
    sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return { ...answer, headers: { ...answer.headers, 'X-Latchkey-Refusal': line } }
}
