/** What a vendor is made with: the options, their defaults, and the checks that catch a mistake early. */
import type { MissingState } from './callback.ts'
import { check } from './error.ts'
import { checkUrl, discover, type Fetch, lofty, type Platform } from './platform.ts'
import type { ConnectionKey, Store } from './store/store.ts'
import { type Clock, systemClock } from './wait.ts'

/** How a vendor works. Times in milliseconds. */
export interface VendorOptions {
  /** Client ID and Client Secret, from the Developer Platform; `null` for a public app. */
  readonly clientId: string
  readonly clientSecret: string | null
  /** Your Authorized Redirect URL, where `callback` is called. */
  readonly redirectUri: string
  readonly store: Store
  /** What the tokens are sealed with: `newKey()` makes one. The first seals, all open. */
  readonly keys: string | readonly string[]
  /** Addresses, or the issuer of a platform that serves metadata (RFC 8414). Default: `lofty`. */
  readonly platform?: Platform | string
  /**
   * What to do when a platform does not send `state` back: `refuse` (default), `confirm` (ask the person
   * whose account it is, then `vendor.confirm`), or `accept` (while exactly one connect is pending).
   */
  readonly missingState?: MissingState
  /** How long before its end a token is refreshed (default 5 minutes), and how much earlier by chance (1). */
  readonly refreshMargin?: number
  readonly refreshJitter?: number
  /** For one attempt, its body included (default 15 s). */
  readonly timeout?: number
  /** How often something is attempted in all (default 4), and the longest wait in between (default 60 s). */
  readonly tries?: number
  readonly maxWait?: number
  /** How long a lock outlives its process (default 30 s), and how long others wait for it (default 2 min). */
  readonly lockTime?: number
  readonly lockPatience?: number
  /** For tests, and for a network of your own. */
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly random?: () => number
}

export const defaults = {
  missingState: 'refuse',
  refreshMargin: 300_000,
  refreshJitter: 60_000,
  timeout: 15_000,
  tries: 4,
  maxWait: 60_000,
  lockTime: 30_000,
  lockPatience: 120_000,
  fetch: (request: Request) => globalThis.fetch(request),
  clock: systemClock,
  random: Math.random,
} as const

/** Throws `usage` for what cannot work; the keys are checked where they are read. */
export function checkOptions(options: VendorOptions): void {
  const { clientId, clientSecret, redirectUri, store, platform, missingState } = options
  check(isName(clientId), 'clientId: a text.')
  check(clientSecret === null || isName(clientSecret), 'clientSecret: a text, or null.')
  checkUrl('redirectUri', redirectUri)
  check(typeof store?.write === 'function', 'store: createMemoryStore(), say.')
  check(
    /^(refuse|confirm|accept)$/.test(missingState ?? 'refuse'),
    'missingState: refuse, confirm or accept.',
  )
  for (const [name, value] of Object.entries({ ...defaults, ...options })) {
    const isTime = typeof defaults[name as keyof typeof defaults] === 'number'
    check(!isTime || Number(value) >= 0, `${name}: a number from 0.`)
  }
  if (typeof platform === 'string') checkUrl('platform', platform)
  if (typeof platform !== 'object') return
  const { authorizeUrl, tokenUrl, apiUrl, revokeUrl = tokenUrl } = platform
  for (const [name, url] of Object.entries({ authorizeUrl, tokenUrl, apiUrl, revokeUrl })) {
    checkUrl(name, url)
  }
}

/** A key, once its parts are what they must be: an undefined user must never share a connection. */
export function keyOf(user: string, name = 'default'): ConnectionKey {
  check(isName(user), 'user: a text, your id of the user.')
  check(isName(name), 'name: a text.')
  return { user, name }
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.isWellFormed() && !text.includes('\0')
}

/** The addresses; metadata is fetched when it is first needed, and again only after a failure. */
export function platformReader({
  platform = lofty,
  fetch,
  timeout,
}: {
  platform?: Platform | string
  fetch: Fetch
  timeout: number
}): (signal?: AbortSignal) => Promise<Platform> {
  if (typeof platform !== 'string') return async () => platform
  let found: Platform | null = null
  return async signal => {
    found ??= await discover(platform, { fetch, timeout, signal })
    return found
  }
}
