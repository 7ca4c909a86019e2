/**
 * A user's connection, ready to call the API: every call carries a token that works. A token that is due
 * is refreshed before the call; one that the API refuses is refreshed once, and the call made once more.
 */
import { type Api, createApi } from './api.ts'
import { check, VendorError, withoutSecrets } from './error.ts'
import { type Attempt, isPassing, type Patience, persist, readText, within } from './http.ts'
import { parseJson, readJson } from './json.ts'
import type { Fetch, Platform } from './platform.ts'
import type { Refresher } from './refresh.ts'
import type { ConnectionKey } from './store/store.ts'
import type { Connected, Disconnected, Entry, Vault } from './vault.ts'
import { abortable, toldToWait } from './wait.ts'

/** Where a connection stands, without its tokens. Times in milliseconds since the epoch. */
export type ConnectionStatus = ConnectionKey &
  (
    | Pick<Connected, 'state' | 'connectedAt' | 'refreshedAt' | 'expiresAt'>
    | Omit<Disconnected, 'after'>
    | { readonly state: 'none' }
  )

/** Redirects are not followed: their answer is yours to read, and the token stays with the API. */
export interface CallOptions extends Omit<RequestInit, 'redirect'> {
  /** Milliseconds for one attempt, the body included. */
  readonly timeout?: number
}

export interface Connection extends ConnectionKey {
  /** The API's endpoints, typed. */
  readonly api: Api
  /**
   * Calls the API: `path` is appended to the platform's `apiUrl`. Answers whatever the API answers; its
   * `json()` keeps large integers exact. 429 is tried again, and so is a failure of a call that may be
   * repeated (GET, HEAD, PUT, DELETE, OPTIONS). Throws `disconnected`, or `network` when nothing answers.
   */
  fetch(path: string, options?: CallOptions): Promise<Response>
  /** The answer's JSON. Throws `refused` for a status that is not 2xx, with the API's code and words. */
  json(path: string, options?: CallOptions): Promise<unknown>
  /** An access token that works now, for a client of your own. Throws `disconnected` or `network`. */
  accessToken(options?: { readonly signal?: AbortSignal }): Promise<string>
  status(options?: { readonly signal?: AbortSignal }): Promise<ConnectionStatus>
}

export interface ConnectionParts extends Patience {
  readonly fetch: Fetch
  readonly vault: Vault
  readonly refresher: Refresher
  readonly platform: (signal?: AbortSignal) => Promise<Platform>
  /** Milliseconds for one attempt. */
  readonly timeout: number
  readonly tries: number
}

const answerLimit = 16 * 1024 * 1024
/** Milliseconds in which a token that was refused when it was new is not refreshed again. */
const barrenTime = 60_000

/** Answers a function that gives a key its connection; costs nothing and asks nobody. */
export function createConnections(parts: ConnectionParts): (key: ConnectionKey) => Connection {
  const { clock, refresher } = parts
  /** Revisions whose tokens the API refused although they were new, and until when that counts. */
  const barren = new Map<string, number>()

  const usable = async (key: ConnectionKey, signal: AbortSignal | undefined) => {
    const entry = await abortable(() => refresher.current(key), signal)
    if (clock.now() >= entry.content.expiresAt) return refresher.refresh(entry, signal)
    return clock.now() >= entry.dueAt ? refresher.refreshAhead(entry, signal) : entry
  }

  const call = async (key: ConnectionKey, path: string, options: CallOptions): Promise<Called> => {
    const signal = options.signal ?? undefined
    const url = apiAddress((await parts.platform(signal)).apiUrl, path)
    const entry = await usable(key, signal)
    const sendWith = async ({ content: { accessToken } }: Entry<Connected>) => ({
      response: await send(parts, { url, options }, accessToken),
      accessToken,
    })
    const first = await sendWith(entry)
    const isBarren = (barren.get(entry.revision) ?? 0) > clock.now()
    if (first.response.status !== 401 || isBarren) return first
    const fresh = await refresher.refresh(entry, signal)
    if (!isRepeatable(options)) return first
    await first.response.body?.cancel()
    const second = await sendWith(fresh)
    if (second.response.status === 401) {
      if (barren.size > 1000) barren.clear()
      barren.set(fresh.revision, clock.now() + barrenTime)
    }
    return second
  }

  const json = async (key: ConnectionKey, path: string, options: CallOptions) => {
    const { response, accessToken } = await call(key, path, options)
    const { timeout = parts.timeout, signal } = options
    const text = await within(timeout, signal ?? undefined, either =>
      readText(response, either, answerLimit),
    )
    return readAnswer({ path, response, text, accessToken })
  }

  return key => {
    const { user, name } = key
    const connection = {
      user,
      name,
      fetch: async (path: string, options: CallOptions = {}) =>
        (await call(key, path, options)).response,
      json: (path: string, options: CallOptions = {}) => json(key, path, options),
      accessToken: async ({ signal }: { signal?: AbortSignal } = {}) =>
        (await usable(key, signal)).content.accessToken,
      status: async ({ signal }: { signal?: AbortSignal } = {}) =>
        statusOf(key, await abortable(() => parts.vault.read(key), signal)),
    }
    return { ...connection, api: createApi(connection) }
  }
}

/** The state, and times. */
const shown = /^state$|At$/

/** What may be shown of an entry: never a token. */
export function statusOf({ user, name }: ConnectionKey, entry: Entry | null): ConnectionStatus {
  const content = Object.entries(entry?.content ?? { state: 'none' })
  const status = Object.fromEntries(content.filter(([field]) => shown.test(field)))
  return { user, name, ...status } as ConnectionStatus
}

/** The path behind `apiUrl`. Throws `usage` for another site's address: the token would go there. */
function apiAddress(apiUrl: string, path: string): string {
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(path)
  const url = isWhole ? path : `${apiUrl.replace(/\/$/, '')}/${path.replace(/^\//, '')}`
  check(
    URL.parse(url)?.origin === new URL(apiUrl).origin,
    `${path} is not an address at ${apiUrl}.`,
  )
  return url
}

/** An answer, and the token that got it. */
interface Called {
  readonly response: Response
  readonly accessToken: string
}

interface Call {
  readonly url: string
  readonly options: CallOptions
}

async function send(
  parts: ConnectionParts,
  { url, options }: Call,
  accessToken: string,
): Promise<Response> {
  const { timeout = parts.timeout, signal: given, ...init } = options
  const signal = given ?? undefined
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${accessToken}`)
  if (!headers.has('accept')) headers.set('Accept', 'application/json')
  if (typeof init.body === 'string' && !headers.has('content-type')) {
    headers.set('Content-Type', 'application/json')
  }
  const attempt = async (): Promise<Attempt<Response>> => {
    try {
      const response = await within(timeout, signal, either =>
        parts.fetch(new Request(url, { ...init, headers, redirect: 'manual', signal: either })),
      )
      const { status } = response
      const again = status === 429 || (isPassing(status) && isHarmless(init))
      const wait = toldToWait(response.headers, status, parts.clock.now())
      return { end: () => exact(response), again, wait, drop: () => response.body?.cancel() }
    } catch (error) {
      return {
        end: () => {
          throw error
        },
        again: isHarmless(init),
      }
    }
  }
  return persist(parts, { tries: isRepeatable(init) ? parts.tries : 1, signal }, attempt)
}

/** Its `json()` keeps integers that a number cannot hold. */
function exact(response: Response): Response {
  return Object.assign(response, { json: async () => parseJson(await response.text()) })
}

/** RFC 9110 §9.2.2: a second time does no more than the first. */
function isHarmless({ method = 'GET' }: RequestInit): boolean {
  return /^(get|head|put|delete|options)$/i.test(method)
}

/** A stream can be sent only once. */
function isRepeatable({ body }: RequestInit): boolean {
  return !(Symbol.asyncIterator in Object(body))
}

function readAnswer({
  path,
  response: { ok, status },
  text,
  accessToken,
}: Called & { readonly path: string; readonly text: string }): unknown {
  const body = readJson(text)
  if (ok && body !== undefined) return body
  if (ok) {
    throw new VendorError('malformed', `${path} answered ${status}, but not with JSON.`, { status })
  }
  // The API's errors are {code, message}, or a bare string.
  const { code, message } = Object(body) as Record<string, unknown>
  const description = withoutSecrets(typeof body === 'string' ? body : message, [accessToken])
  throw new VendorError(
    isPassing(status) ? 'network' : 'refused',
    `${path} answered ${status}${description ? `: ${description}` : '.'}`,
    {
      status,
      description,
      code: typeof code === 'number' ? code : withoutSecrets(code, [accessToken]),
    },
  )
}
