/** Where a platform's doors are and which manners it has: Lofty by the article, others by their metadata. */
import { check, VendorError } from './error.ts'
import { isPassing, readText, within } from './http.ts'
import { readJson } from './json.ts'

/** A platform's addresses. `lofty` is the default; `discover` reads those of a platform with metadata. */
export interface Platform {
  /** A query in it stays: `scope`, say, where a platform wants one. */
  readonly authorizeUrl: string
  readonly tokenUrl: string
  /** What the paths of API calls are appended to. */
  readonly apiUrl: string
  /** RFC 7009; where there is none, only the user can end a connection on the platform's side. */
  readonly revokeUrl?: string
  /** Compared with `iss` in the callback (RFC 9207), when the platform sends it. */
  readonly issuer?: string
  /** True when every callback carries `iss`. */
  readonly sendsIssuer?: boolean
  /** True when PKCE (RFC 7636, S256) is understood. */
  readonly pkce?: boolean
  /**
   * `article`: `clientId` on the authorization page, credentials as they are.
   * `standard` (default): RFC 6749's names, and credentials form-encoded (§2.3.1).
   */
  readonly dialect?: 'article' | 'standard'
  /** True when the token endpoint wants `client_secret` in the body and does not take HTTP Basic. */
  readonly secretInBody?: boolean
}

export type Fetch = (request: Request) => Promise<Response>

/** Lofty, as its article for vendors says. It names no PKCE, no revocation and no metadata. */
export const lofty: Platform = {
  authorizeUrl: 'https://lofty.com/page/vendor-auth.html',
  tokenUrl: 'https://crm.lofty.com/api/user-web/oauth/token',
  apiUrl: 'https://api.lofty.com',
  dialect: 'article',
}

const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']

/**
 * Reads a platform's metadata (RFC 8414, or OpenID Connect Discovery). Spread the result to change an
 * address, `apiUrl` say, which is the issuer unless you do. Throws `network`, `refused` or `malformed`.
 */
export async function discover(
  issuer: string,
  {
    fetch = globalThis.fetch,
    timeout = 15_000,
    signal,
  }: { fetch?: Fetch; timeout?: number; signal?: AbortSignal | undefined } = {},
): Promise<Platform> {
  checkUrl('issuer', issuer)
  const { origin, pathname, href } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  // RFC 8414 §3.1 puts the well-known part before the issuer's path, OpenID Connect behind it.
  const addresses = [origin + paths[0] + path, href.replace(/\/$/, '') + paths[1]]
  let status = 0
  for (const address of addresses) {
    const text = await within(timeout, signal, async either => {
      const response = await fetch(new Request(address, { redirect: 'manual', signal: either }))
      status = response.status
      return response.ok ? readText(response, either) : void response.body?.cancel()
    })
    if (text !== undefined) return platformOf(issuer, text)
    if (isPassing(status)) break
  }
  const fault = isPassing(status) ? 'network' : 'refused'
  throw new VendorError(fault, `The metadata of ${issuer} answered ${status}.`, { status })
}

function platformOf(issuer: string, text: string): Platform {
  const document = readObject(text) ?? {}
  const { authorization_endpoint, token_endpoint, revocation_endpoint } = document
  // RFC 8414 §3.3: a document about another issuer must not be used.
  const isTheirs = document.issuer === issuer
  if (!isTheirs || !isSafeUrl(authorization_endpoint) || !isSafeUrl(token_endpoint)) {
    throw new VendorError('malformed', `The metadata of ${issuer} is not its own.`)
  }
  const lists = (name: string, value: string) => [document[name]].flat().includes(value)
  const methods = 'token_endpoint_auth_methods_supported'
  return {
    authorizeUrl: authorization_endpoint,
    tokenUrl: token_endpoint,
    apiUrl: issuer,
    ...(isSafeUrl(revocation_endpoint) && { revokeUrl: revocation_endpoint }),
    issuer,
    sendsIssuer: document.authorization_response_iss_parameter_supported === true,
    pkce: lists('code_challenge_methods_supported', 'S256'),
    secretInBody: methods in document && !lists(methods, 'client_secret_basic'),
  }
}

/** The JSON object in a text, or `null`. */
export function readObject(text: string): Record<string, unknown> | null {
  const value = readJson(text)
  return typeof value === 'object' && value ? (value as Record<string, unknown>) : null
}

/** Throws `usage` unless it is `https`, or `http` on this machine, with nothing secret or lost in it. */
export function checkUrl(option: string, url: string): void {
  check(isSafeUrl(url), `${option}: ${url} must be https (or http on localhost), without # or @.`)
}

function isSafeUrl(text: unknown): text is string {
  const url = typeof text === 'string' && URL.parse(text)
  if (!url || url.username || url.password || text.includes('#')) return false
  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && local)
}
