/**
 * Webhooks, taken: the signature is checked, and what they say is asked for at the platform before anybody
 * believes it. A webhook is a hint that it is time to look. So one that is forged, late or repeated ends
 * nothing, and `disconnected` is told once per connection, by `vendor.on`, whoever notices first.
 */
import { randomText } from '../base64url.ts'
import { isTemporary, VendorError } from '../error.ts'
import { readText } from '../http.ts'
import { readObject } from '../platform.ts'
import type { ConnectionKey } from '../store/store.ts'
import type { Vendor } from '../vendor.ts'
import { type AccountsParts, createAccounts } from './accounts.ts'
import { createVerify, tolerance } from './signature.ts'

/** What the platform has told, once its signature was checked. */
export interface WebhookEvent {
  /** The same when it is sent again. */
  readonly id: string
  /** `connection.disconnected`, `secret.expiring`, …; others may come. */
  readonly type: string
  /** When it happened: ISO 8601. */
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface WebhookResult {
  /** The answer to the platform. */
  readonly response: Response
  /** `null` when the webhook was refused, or is a repetition. */
  readonly event: WebhookEvent | null
}

export interface WebhooksOptions extends AccountsParts {
  /** Made with the same `store`, `keys` and `clientId`. */
  readonly vendor: Vendor
  /** The signing secret of the Developer Platform (`whsec_…`); while it is rolled over, both. */
  readonly secret: string | readonly string[]
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface Webhooks {
  /** Takes a webhook. Throws only for faults of the store or of this program. */
  take(request: Request): Promise<WebhookResult>
}

/** Milliseconds in which the platform has to say how a connection stands; then it is asked to come again. */
const lookTime = 10_000

/** Throws `usage` for options that cannot work. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { vendor, store, now = Date.now } = options
  const verify = createVerify(options.secret)
  const accounts = createAccounts(options)
  const learned = new Set<string>()
  const learning = new Set<Promise<void>>()

  /** Asks once in a process whose account a connection is of. */
  const learn = async (key: ConnectionKey) => {
    const id = JSON.stringify([key.user, key.name])
    if (learned.size > 10_000) learned.clear()
    learned.add(id)
    try {
      const { id: account } = await vendor.connection(key.user, key.name).api.me()
      await accounts.add(String(account), key)
    } catch (error) {
      // Its end will be noticed by the next call, as it would be without webhooks.
      if (!(error instanceof VendorError)) throw error
      if (isTemporary(error)) learned.delete(id)
    }
  }
  const learnSoon = (key: ConnectionKey) => {
    const work = learn(key).catch(console.error)
    learning.add(work)
    work.finally(() => learning.delete(work))
  }
  vendor.on('connected', learnSoon)
  vendor.on('recovered', learnSoon)
  vendor.on('refreshed', ({ user, name }) => {
    if (!learned.has(JSON.stringify([user, name]))) learnSoon({ user, name })
  })

  /** A call whose token is refused refreshes it; a refresh that is refused ends the connection, and tells. */
  const look = async ({ user, name }: ConnectionKey) => {
    const signal = AbortSignal.timeout(lookTime)
    try {
      const answer = await vendor.connection(user, name).fetch('/v1.0/me', { signal })
      await answer.body?.cancel()
      return answer.status < 500 && answer.status !== 429
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof VendorError)) throw error
      return !isTemporary(error)
    }
  }

  const follow = async ({ type, data }: WebhookEvent) => {
    if (type !== 'connection.disconnected') return true
    await Promise.all(learning)
    const looks = await Promise.all((await accounts.of(String(data.account))).map(look))
    return !looks.includes(false)
  }

  return {
    take: async request => {
      const event = await readEvent(request, body =>
        verify({ headers: request.headers, body }, now()),
      )
      if (event instanceof Response) return { response: event, event: null }
      const lock = `webhook:${event.id}`
      const owner = randomText()
      if (!(await store.lock(lock, owner, 2 * tolerance))) return { response: taken(), event: null }
      let isDone = false
      try {
        isDone = await follow(event)
      } finally {
        // It comes again, and is then no repetition.
        if (!isDone) await store.unlock(lock, owner)
      }
      return isDone
        ? { response: taken(), event }
        : { response: refusal(503, 'The platform could not be asked. Send it again.'), event: null }
    },
  }
}

/** The event, or the answer to what is none of the platform's. */
async function readEvent(
  request: Request,
  isSigned: (body: string) => Promise<boolean>,
): Promise<WebhookEvent | Response> {
  if (request.method !== 'POST') return refusal(405, 'Webhooks are posted.')
  let body: string
  try {
    body = await readText(new Response(request.body), AbortSignal.timeout(lookTime))
  } catch (error) {
    if (error instanceof VendorError) return refusal(413, 'That is too much.')
    return refusal(400, 'The body could not be read.')
  }
  if (!(await isSigned(body))) return refusal(401, 'The signature does not fit, or is too old.')
  const { type, timestamp, data } = readObject(body) ?? {}
  if (typeof type !== 'string' || typeof timestamp !== 'string' || !data) {
    return refusal(400, 'That is no event.')
  }
  const id = request.headers.get('webhook-id') ?? ''
  return { id, type, timestamp, data: data as WebhookEvent['data'] }
}

function taken(): Response {
  return new Response(null, { status: 204 })
}

function refusal(status: number, words: string): Response {
  return new Response(`${words}\n`, { status })
}
