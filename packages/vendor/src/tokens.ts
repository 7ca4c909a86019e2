/**
 * The token endpoint: code or refresh token in, tokens out. Reads every kind of answer a platform may
 * give and says whose fault it is; only `invalid_grant` ever means that the connection is over.
 */
import { bytesOf, toBase64 } from './base64url.ts'
import { isTemporary, VendorError, withoutSecrets } from './error.ts'
import { type Attempt, isPassing, type Patience, persist, readText, within } from './http.ts'
import { type Fetch, type Platform, readObject } from './platform.ts'
import { isNumber, toldToWait, waitAfter } from './wait.ts'

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
  /**
   * RFC 7009. Answers whether the platform took them back; `false` where it has no such address, or
   * cannot be reached.
   */
  revoke(
    tokens: Pick<Tokens, 'accessToken' | 'refreshToken'>,
    signal: AbortSignal | undefined,
  ): Promise<boolean>
}

type Form = Record<string, string>

/** What the clients of this platform assume when an answer does not say, in seconds. */
const usualLifetime = 3600
/** Ten years: beyond it is nonsense, and no number that a store could keep. */
const longestLifetime = 315_360_000
const passingCode = /server_error|temporarily_unavailable|slow_down/

export function createTokenEndpoint(parts: TokenParts): TokenEndpoint {
  const { clock, maxWait, timeout } = parts
  let pausedUntil = 0

  /** A 429 is about the app, not about one connection: everybody waits, in all no longer than the cap. */
  const pause = async (signal: AbortSignal | undefined) => {
    for (const until = clock.now() + maxWait; ; ) {
      const wait = Math.min(pausedUntil, until) - clock.now()
      if (wait <= 0) return
      await clock.sleep(wait, signal)
    }
  }

  /** A door that the platform does not have answers nothing. */
  const request = async (door: 'tokenUrl' | 'revokeUrl', form: Form, signal: AbortSignal) => {
    const platform = await parts.platform(signal)
    const { headers, body } = credentials(parts, platform, form)
    const url = platform[door]
    const init = { method: 'POST', redirect: 'manual', signal, headers, body } as const
    const response = url ? await parts.fetch(new Request(url, init)) : Response.error()
    return { response, headers }
  }

  const attempt = async (form: Form, signal: AbortSignal | undefined): Promise<Attempt<Tokens>> => {
    await pause(signal)
    let status = 0
    let wait: number | null = null
    // The lifetime counts from before the request: never too long.
    const sentAt = clock.now()
    try {
      const tokens = await within(timeout, signal, async either => {
        const { response, headers } = await request('tokenUrl', form, either)
        status = response.status
        wait = toldToWait(response.headers, status, clock.now())
        const text = await readText(response, either)
        const { code, code_verifier, refresh_token } = form
        const basic = headers.Authorization?.slice(6)
        const secrets = [code, code_verifier, refresh_token, basic, parts.clientSecret]
        return readTokens({ status, sentAt }, text, secrets)
      })
      return { end: () => tokens, again: false }
    } catch (error) {
      if (status === 429) {
        wait = waitAfter(1, wait, parts)
        pausedUntil = Math.max(pausedUntil, clock.now() + wait)
      }
      return {
        end: () => {
          throw error
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
      // The article wants client_id beside the credentials, and no standard minds.
      const form = {
        grant_type: 'authorization_code',
        code,
        client_id: parts.clientId,
        redirect_uri: parts.redirectUri,
        ...(verifier && { code_verifier: verifier }),
      }
      return obtain(form, parts.tries, signal)
    },
    refresh: (refreshToken, tries = parts.tries) =>
      obtain({ grant_type: 'refresh_token', refresh_token: refreshToken }, tries),
    revoke: ({ accessToken, refreshToken }, signal) =>
      persist(parts, { tries: parts.tries, signal }, async () => {
        const form = { token: refreshToken ?? accessToken }
        const send = (either: AbortSignal) => request('revokeUrl', form, either)
        const answer = await within(timeout, signal, send).catch(() => null)
        await answer?.response.body?.cancel()
        const { ok = false, status = 0 } = answer?.response ?? {}
        return { end: () => ok, again: !answer || isPassing(status) }
      }),
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
  const pair = [clientId, clientSecret ?? '']
    .map(text =>
      dialect === 'article' ? text : String(new URLSearchParams([['', text]])).slice(1),
    )
    .join(':')
  const isBasic = clientSecret !== null && !secretInBody
  const basic = { Authorization: `Basic ${toBase64(bytesOf(pair))}` }
  const ours = { client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) }
  return {
    headers: { Accept: 'application/json', ...(isBasic && basic) },
    body: new URLSearchParams({ ...form, ...(!isBasic && ours) }),
  }
}

/** Throws unless the answer holds tokens. Nothing of a body that cannot be read goes into the error. */
function readTokens(
  { status, sentAt }: { status: number; sentAt: number },
  text: string,
  secrets: readonly (string | null | undefined)[],
): Tokens {
  if (isPassing(status)) {
    throw new VendorError('network', `The token endpoint answered ${status}.`, { status })
  }
  const answer = readObject(text) ?? {}
  const { access_token, refresh_token, expires_in, token_type, error, error_description } = answer
  if (typeof error === 'string' || (status >= 400 && status < 500)) {
    const code = withoutSecrets(error, secrets)
    const description = withoutSecrets(error_description, secrets)
    throw new VendorError(
      passingCode.test(code ?? '') ? 'network' : 'refused',
      `The token endpoint refused: ${code ?? status}${description ? ` (${description})` : ''}.`,
      { status, code, description },
    )
  }
  const lifetime = expires_in ?? usualLifetime
  const isWhole =
    status >= 200 &&
    status < 300 &&
    isToken(access_token) &&
    (isToken(refresh_token) || refresh_token == null || refresh_token === '') &&
    isNumber(String(lifetime)) &&
    /^bearer$/i.test(String(token_type ?? 'bearer'))
  if (!isWhole) {
    const message = `The token endpoint answered ${status}, but not with tokens.`
    throw new VendorError('malformed', message, { status })
  }
  return {
    accessToken: access_token,
    refreshToken: isToken(refresh_token) ? refresh_token : null,
    expiresAt: sentAt + Math.min(Number(lifetime), longestLifetime) * 1000,
  }
}

/** RFC 6749 appendix A.12: what a header can carry. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
