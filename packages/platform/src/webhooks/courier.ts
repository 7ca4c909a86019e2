/**
 * The courier of a serving process: claims what is due, signs it, posts it, writes down what came of it.
 * At least once: what was sent when the process died is sent again, under the same `webhook-id`.
 */
import type { KeyRing } from '../connection/keys.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import { disableEndpoint, type Endpoint, findEndpoint } from './endpoint.ts'
import { DeliveryError, type Failure } from './failure.ts'
import type { Post } from './post.ts'
import { type Claimed, claim, type Outcome, oldestWaiting, settle } from './queue.ts'
import { nextAttempt } from './schedule.ts'
import { renewSigningSecrets, signedHeaders } from './signing-secret.ts'

export interface CourierParts {
  readonly store: Store
  readonly keys: KeyRing
  readonly now: () => number
  readonly log: Pick<Log, 'warn' | 'info'>
  readonly post: Post
  readonly random?: () => number
  /** Hears what came of each attempt: `delivered`, `again` or `given up`. */
  readonly count: (outcome: Outcome['kind']) => void
  /** Hears that an app's endpoint asked to be left alone, and was switched off. */
  readonly tell: (appId: number) => Promise<void>
}

export interface Courier {
  /** Delivers what is due now and what becomes due by that; resolves when it is over. Never rejects. */
  round(): Promise<void>
  /** How long the event that has waited longest waits, in milliseconds, as of the last look. */
  oldest(): number
  /** Claims no more, gives what is under way a moment, and lets go of the rest. */
  stop(): Promise<void>
}

/** Milliseconds between two looks, also when one failed; and how many looks come between two at what is not urgent. */
const every = 1_000
const everyFailing = 10_000
const seldom = 60
/** How many attempts are under way at once, in all and for one app. */
const atOnce = 32
const atOnceForApp = 4
/** How long a stop waits for attempts under way, in milliseconds. */
const stopPatience = 1_000

export function startCourier(parts: CourierParts): Courier {
  const { store, now, log } = parts
  const underWay = new Map<Claimed, Promise<void>>()
  const stopping = new AbortController()
  const stopped = () => stopping.signal.aborted || timer === null
  let looking: Promise<void> | null = null
  let oldest = 0
  let looks = 0
  let wait = every

  const room = () => ({
    total: atOnce - underWay.size,
    forApp: (appId: number) =>
      atOnceForApp - [...underWay.keys()].filter(({ app_id }) => app_id === appId).length,
  })

  const look = async () => {
    try {
      if (underWay.size >= atOnce) return
      for (const event of await claim(store, room(), now())) {
        const work = deliver(parts, event, stopping.signal)
          .catch(error => log.warn({ err: error }, 'A webhook could not be written down.'))
          .finally(() => {
            underWay.delete(event)
            if (!stopped()) lookSoon()
          })
        underWay.set(event, work)
      }
      wait = every
    } catch (error) {
      wait = everyFailing
      log.warn({ err: error }, 'Webhooks could not be looked at; they are later.')
    }
  }

  const lookSoon = () => {
    looking ??= look().finally(() => {
      looking = null
    })
    return looking
  }

  const tidy = async () => {
    if (looks++ % seldom !== 0) return
    try {
      oldest = await oldestWaiting(store, now())
      await renewSigningSecrets(store, parts.keys, now())
    } catch (error) {
      log.warn({ err: error }, 'The state of webhooks could not be looked at.')
    }
  }

  let timer: NodeJS.Timeout | null = null
  let turn: Promise<void> = Promise.resolve()
  const schedule = () => {
    timer = setTimeout(
      () => {
        turn = lookSoon()
          .then(tidy)
          .finally(() => !stopped() && schedule())
      },
      wait * (0.75 + Math.random() / 2),
    )
    timer.unref()
  }
  schedule()

  return {
    round: async () => {
      do {
        await lookSoon()
        await Promise.all(underWay.values())
        await looking
      } while (underWay.size > 0)
    },
    oldest: () => oldest,
    stop: async () => {
      if (timer) clearTimeout(timer)
      timer = null
      await turn
      await looking
      const hurry = setTimeout(() => stopping.abort(), stopPatience)
      await Promise.all(underWay.values())
      clearTimeout(hurry)
    },
  }
}

/** One attempt, and what comes of it. */
async function deliver(parts: CourierParts, event: Claimed, signal: AbortSignal): Promise<void> {
  const { store, now } = parts
  const endpoint = await findEndpoint(store, event.app_id)
  const outcome = await attempt(parts, event, { endpoint, signal })
  const settled = await settle(store, event, outcome, now())
  if (!settled) return
  if (!signal.aborted) parts.count(outcome.kind)
  if (outcome.kind !== 'given up' || outcome.failure !== 'gone' || !endpoint) return
  const { url } = endpoint
  if (await disableEndpoint(store, { appId: event.app_id, url }, now())) {
    await parts.tell(event.app_id).catch(() => {}) // It is in the log, and on the app's page.
  }
}

async function attempt(
  parts: CourierParts,
  event: Claimed,
  { endpoint, signal }: { endpoint: Endpoint | null; signal: AbortSignal },
): Promise<Outcome> {
  if (!endpoint) return { kind: 'given up', failure: 'removed', status: null }
  if (endpoint.disabled_at !== null) return { kind: 'given up', failure: 'disabled', status: null }
  const { now, random = Math.random } = parts
  let status: number | null = null
  let retryAfter: string | null = null
  let failure: Failure
  try {
    const answer = await send(parts, event, endpoint, signal)
    status = answer.status
    retryAfter = answer.retryAfter
    if (status >= 200 && status < 300) return { kind: 'delivered', status }
    if (status === 410) return { kind: 'given up', failure: 'gone', status }
    failure = status >= 300 && status < 400 ? 'redirect' : 'answer'
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    failure = error.failure
  }
  // The process is stopping: another one takes over at once.
  if (failure === 'late') return { kind: 'again', failure, status, at: now() }
  const at = nextAttempt({ ...event, retryAfter }, now(), random)
  return at === null
    ? { kind: 'given up', failure, status }
    : { kind: 'again', failure, status, at }
}

async function send(
  { store, keys, now, post }: CourierParts,
  event: Claimed,
  { url }: Endpoint,
  signal: AbortSignal,
) {
  const signed = await signedHeaders(store, keys, event, now())
  if (!signed) throw new DeliveryError('secret')
  const headers = {
    ...signed,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(event.body)),
    'user-agent': 'Latchkey',
  }
  return post({ url, headers, body: event.body }, signal)
}
