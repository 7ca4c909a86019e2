/**
 * The operator's table of API routes: which permission a call needs, by method and path. The first route
 * that fits decides, and what no route lists is refused.
 */

/** What a call needs: a permission, `null` for any live connection, `unlisted` for what nothing opens. */
export type Need = string | null | typeof unlisted

/** No route lists the call, so no permission opens it. */
export const unlisted = Symbol('unlisted')

export interface ApiRoute {
  /** In capitals, `*` for every one; a route for `GET` is one for `HEAD`. */
  readonly method: string
  /** Matched segment by segment: `:name` stands for any one, a last `*` for all that follow. */
  readonly path: string
  /** A name of the catalogue, `*` for any live connection. */
  readonly permission: string
}

export type ApiRoutes = readonly ApiRoute[]

/** What the first route that fits asks for; `path` as it came, its query may stand behind it. */
export function needOf(routes: ApiRoutes, asked: { method: string; path: string }): Need {
  const segments = plainPath(asked.path)?.split('/')
  if (!segments) return unlisted
  const method = asked.method === 'HEAD' ? 'GET' : asked.method
  const found = routes.find(
    route =>
      (route.method === '*' || route.method === method) && fits(route.path.split('/'), segments),
  )
  if (!found) return unlisted
  return found.permission === '*' ? null : found.permission
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length - 1 : segments.length !== pattern.length) return false
  return pattern.every(
    (part, i) => part === segments[i] || part.startsWith(':') || (open && i === pattern.length - 1),
  )
}

/**
 * The path of a request line, decoded, or `null` for one that servers read in different ways: dots, empty
 * segments, encoded slashes, something encoded twice. Proxies pass paths on as they came, so the API would
 * serve one path while another one is judged.
 */
export function plainPath(uri: string): string | null {
  const segments = uri.split('?', 1)[0]?.split('/') ?? []
  const last = segments.length - 1
  if (segments[0] !== '' || last < 1) return null
  const plain = segments.map(decoded)
  const clear = plain.every(
    (segment, i) =>
      segment !== null && isClear(segment) && (segment !== '' || i === 0 || i === last),
  )
  return clear ? plain.join('/') : null
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

/** `..;x` is `..` to some servers. */
function isClear(segment: string): boolean {
  return !/[/\\%#\p{Cc}]|^\.{1,2}(?:;|$)/u.test(segment)
}
