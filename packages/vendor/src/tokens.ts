/**
 * The token endpoint: code or refresh token in, tokens out. Reads every kind of answer a platform may
 * give and says whose fault it is; only `invalid_grant` ever means that the connection is over.
 */
import { isTemporary, VendorError } from './error.ts'
import { type Attempt, isPassing, type Patience, persist, readText, within } from './http.ts'
import { type Fetch, type Platform, readObject } from './platform.ts'
import { toldToWait, waitAfter } from './wait.ts'

export interface Tokens {
  readonly accessToken: string
  /** `null` when the answer had none: then an older one stays in use. */
  readonly refreshToken: string | null
  /** When the access token ends, in milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface TokenParts extends Patience {
  readonly fetch: Fetch
  readonly clientId: string
  readonly clientSecret: string | null
  readonly redirectUri: string
  readonly platform: (signal?: AbortSignal) => Promise<Platform>
  /** Milliseconds for one attempt. */
  readonly timeout: number
  readonly tries: number
}

export interface TokenEndpoint {
  /** RFC 6749 §4.1.3. Throws `refused`, `network` or `malformed`. */
  exchange(
    code: string,
    more: { verifier: string | null; signal: AbortSignal | undefined },
  ): Promise<Tokens>
  /** RFC 6749 §6. Throws the same; `isOver` knows the one that is final. */
  refresh(refreshToken: string, tries?: number): Promise<Tokens>
  /** RFC 7009. Answers whether the platform took it back; `false` where it has no such address. */
  revoke(token: string, signal: AbortSignal | undefined): Promise<boolean>
}

type Form = Record<string, string>

const answerLimit = 65_536
/** What the clients of this platform assume when an answer does not say, in seconds. */
const usualLifetime = 3600
const passingCodes = ['server_error', 'temporarily_unavailable', 'slow_down']

export function createTokenEndpoint(parts: TokenParts): TokenEndpoint {
  const { clock, random, maxWait, timeout } = parts
  let pausedUntil = 0

  /** A 429 is about the app, not about one connection: everybody waits. */
  const pause = async (signal: AbortSignal | undefined) => {
    while (clock.now() < pausedUntil) await clock.sleep(pausedUntil - clock.now(), signal)
  }

  const request = async (url: string, form: Form, signal: AbortSignal): Promise<Response> =>
    parts.fetch(
      new Request(url, {
        method: 'POST',
        redirect: 'manual',
        signal,
        ...credentials(parts, await parts.platform(signal), form),
      }),
    )

  const attempt = async (form: Form, signal: AbortSignal | undefined): Promise<Attempt<Tokens>> => {
    await pause(signal)
    let status = 0
    let wait: number | null = null
    // The lifetime counts from before the request: never too long.
    const sentAt = clock.now()
    try {
      const tokens = await within(timeout, signal, async either => {
        const { tokenUrl } = await parts.platform(either)
        const response = await request(tokenUrl, form, either)
        status = response.status
        wait = toldToWait(response.headers, status, clock.now())
        return readTokens(status, await readText(response, answerLimit), sentAt)
      })
      return { end: () => tokens, again: false }
    } catch (error) {
      if (status === 429) {
        wait = waitAfter(1, wait, { random, maxWait })
        pausedUntil = Math.max(pausedUntil, clock.now() + wait)
      }
      const { code, code_verifier, refresh_token } = form
      const secrets = [code, code_verifier, refresh_token, parts.clientSecret]
      const fault = withoutSecrets(error, secrets)
      return {
        end: () => {
          throw fault
        },
        again: isTemporary(error) && (status < 300 || isPassing(status)),
        wait,
      }
    }
  }

  const obtain = (form: Form, tries: number, signal?: AbortSignal) =>
    persist(parts, { tries, signal }, () => attempt(form, signal))

  return {
    exchange: async (code, { verifier, signal }) => {
      const { dialect } = await parts.platform(signal)
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: parts.redirectUri,
        ...(dialect === 'article' && { client_id: parts.clientId }),
        ...(verifier && { code_verifier: verifier }),
      }
      return obtain(form, parts.tries, signal)
    },
    refresh: (refreshToken, tries = parts.tries) =>
      obtain({ grant_type: 'refresh_token', refresh_token: refreshToken }, tries),
    revoke: async (token, signal) => {
      const { revokeUrl } = await parts.platform(signal)
      if (!revokeUrl) return false
      return persist(parts, { tries: parts.tries, signal }, async () => {
        const form = { token, token_type_hint: 'refresh_token' }
        const response = await within(timeout, signal, either =>
          request(revokeUrl, form, either),
        ).catch(error => {
          signal?.throwIfAborted()
          return error instanceof VendorError ? null : Promise.reject(error)
        })
        await response?.body?.cancel()
        return { end: () => response?.ok === true, again: !response || isPassing(response.status) }
      })
    },
  }
}

/** True for the one answer that ends a connection (RFC 6749 §5.2). */
export function isOver(error: unknown): boolean {
  return error instanceof VendorError && error.fault === 'refused' && error.code === 'invalid_grant'
}

/** RFC 6749 §2.3.1; the article's Basic has both values as they are. */
function credentials(
  { clientId, clientSecret }: TokenParts,
  { dialect, secretInBody }: Platform,
  form: Form,
): { headers: Form; body: URLSearchParams } {
  const headers = { Accept: 'application/json' }
  const bySecret = clientSecret !== null && secretInBody
  if (clientSecret === null || bySecret) {
    const ours = { client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) }
    return { headers, body: new URLSearchParams({ ...form, ...ours }) }
  }
  const pair = [clientId, clientSecret]
    .map(text => (dialect === 'article' ? text : formEncoded(text)))
    .join(':')
  const Authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`
  return { headers: { ...headers, Authorization }, body: new URLSearchParams(form) }
}

function formEncoded(text: string): string {
  return String(new URLSearchParams({ '': text })).slice(1)
}

/** Throws unless the answer holds tokens. Nothing of a body that cannot be read goes into the error. */
function readTokens(status: number, text: string, sentAt: number): Tokens {
  if (isPassing(status)) {
    throw new VendorError('network', `The token endpoint answered ${status}.`, { status })
  }
  const answer = readObject(text) ?? {}
  const { access_token, refresh_token, expires_in, token_type, error, error_description } = answer
  if (typeof error === 'string' || (status >= 400 && status < 500)) {
    const code = typeof error === 'string' ? error.slice(0, 100) : null
    const description =
      typeof error_description === 'string' ? error_description.slice(0, 500) : null
    throw new VendorError(
      passingCodes.includes(String(code)) ? 'network' : 'refused',
      `The token endpoint refused: ${code ?? status}${description ? ` (${description})` : ''}.`,
      { status, ...(code !== null && { code }), ...(description !== null && { description }) },
    )
  }
  const lifetime = expires_in ?? usualLifetime
  const isWhole =
    status >= 200 &&
    status < 300 &&
    isText(access_token) &&
    (isText(refresh_token) || refresh_token == null || refresh_token === '') &&
    /^\d+(\.\d+)?$/.test(String(lifetime)) &&
    /^bearer$/i.test(String(token_type ?? 'bearer'))
  if (!isWhole) {
    const message = `The token endpoint answered ${status}, but not with tokens.`
    throw new VendorError('malformed', message, { status })
  }
  return {
    accessToken: access_token,
    refreshToken: isText(refresh_token) ? refresh_token : null,
    expiresAt: sentAt + Number(lifetime) * 1000,
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The platform may quote what it was sent: no error carries that on. */
function withoutSecrets(error: unknown, secrets: readonly (string | null | undefined)[]): unknown {
  if (!(error instanceof VendorError)) return error
  const { fault, status, code, description, cause } = error
  const known = secrets.flatMap(secret => (secret ? [secret, encodeURIComponent(secret)] : []))
  const clean = (text: string) => known.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  return new VendorError(fault, clean(error.message), {
    ...(status !== null && { status }),
    ...(code !== null && { code: clean(String(code)) }),
    ...(description !== null && { description: clean(description) }),
    cause,
  })
}
