/**
 * `/gate`: forward authentication. A proxy (nginx `auth_request`, Caddy `forward_auth`, Traefik) asks
 * here about each API request and lets it through on 200; the headers tell the API who it acts for.
 */
import { connectionName } from './connection/connection.ts'
import { type GateParts, passGate } from './connection/gate.ts'
import { RequestError } from './error.ts'
import type { Answer, Call, Route } from './http.ts'

/** `path` is matched segment by segment: `:name` stands for any one, a last `*` for all that follow. */
export type ApiRoutes = readonly {
  readonly method: string
  readonly path: string
  readonly permission: string
}[]

export function forwardAuthRoute(parts: GateParts & { readonly apiRoutes: ApiRoutes }): Route {
  const ask = async (call: Call): Promise<Answer> => {
    const permission = permissionFor(parts.apiRoutes, originalRequest(call))
    const { connection, headers } = await passGate(parts, call.header('authorization'), permission)
    return {
      status: 200,
      headers: {
        ...headers,
        'Cache-Control': 'no-store',
        'X-Latchkey-Account': String(connection.account_id),
        'X-Latchkey-App': connection.client_id,
        'X-Latchkey-Connection': connectionName(connection.id),
        'X-Latchkey-Permissions': connection.permissions,
      },
      body: '',
    }
  }
  return { manner: 'api', get: ask, post: ask }
}

/** What the proxy says it was asked: `X-Forwarded-*` of Caddy and Traefik, `X-Original-*` of nginx. */
function originalRequest(call: Call): { method: string; path: string } {
  const [forwarded, original] = [call.header('x-forwarded-uri'), call.header('x-original-uri')]
  // A proxy sets one of the two; the other one would be its caller's own, sent to be judged by it.
  if (forwarded !== undefined && original !== undefined && forwarded !== original) {
    throw new RequestError(400, 'X-Forwarded-Uri and X-Original-URI name two different paths.')
  }
  const method = call.header('x-forwarded-method') ?? call.header('x-original-method') ?? 'GET'
  const uri = call.header('x-forwarded-uri') ?? call.header('x-original-uri') ?? '/'
  const asked = method.toUpperCase()
  return { method: asked === 'HEAD' ? 'GET' : asked, path: normalized(uri) }
}

/**
 * Dots, doubled slashes and percent-encoding are resolved until nothing changes any more, so that no
 * spelling of a path escapes its permission.
 */
function normalized(uri: string): string {
  const url = new URL('http://latchkey.invalid')
  let path = uri.split(/[?#]/, 1)[0] ?? '/'
  for (let round = 0; round < 5; round++) {
    url.pathname = path.replaceAll(/[/\\]+/g, '/')
    const next = decoded(url.pathname).replaceAll(/[/\\]+/g, '/')
    if (next === path) return path
    path = next
  }
  return path
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** The permission of the first route that fits, or `null`: then any live connection may pass. */
export function permissionFor(
  routes: ApiRoutes,
  request: { method: string; path: string },
): string | null {
  const segments = request.path.split('/')
  const found = routes.find(
    ({ method, path }) =>
      (method === '*' || method === request.method) && fits(path.split('/'), segments),
  )
  return found?.permission ?? null
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length - 1 : segments.length !== pattern.length) return false
  return pattern.every(
    (part, i) => part === segments[i] || part.startsWith(':') || (open && i === pattern.length - 1),
  )
}
