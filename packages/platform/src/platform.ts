/** Wires the parts: settings, store, keys, endpoints. A platform is a function from Request to Response. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCookieJar } from './accounts/cookie.ts'
import { createLastSeen, type LastSeen } from './accounts/last-seen.ts'
import { type Mail, type Mailer, mailerOf, sender } from './accounts/mail.ts'
import { createNotices, type Notices } from './accounts/notices.ts'
import type { SignIn } from './accounts/product.ts'
import { checkWays, createWays, type Ways } from './accounts/ways.ts'
import { type Activity, createActivity } from './activity/activity.ts'
import { describeApi } from './api-description.ts'
import type { ApiRoutes } from './api-routes.ts'
import { type Asked, authorizationOf, type Passage, passGate } from './connection/gate.ts'
import type { Handle } from './connection/handle.ts'
import { followKeyFile } from './connection/key-file.ts'
import { createKeyRing, type KeyRing, newKey } from './connection/keys.ts'
import { createLastUse } from './connection/last-use.ts'
import { rememberingOpener } from './connection/opened.ts'
import { createSecretUse, type SecretUse } from './developer/secret-use.ts'
import { fetchDoor } from './door.ts'
import { keepWriting } from './gathered.ts'
import { type Answer, answerTo, type Call, type Route } from './http.ts'
import { type ApiLimit, createApiLimit } from './limits/api-limit.ts'
import { type ClientAddress, clientAddress } from './limits/client-address.ts'
import { inMemory, openCounters } from './limits/counters.ts'
import { createThrottles, type Throttles } from './limits/throttles.ts'
import { createLog, type Log } from './log.ts'
import { type Collect, createMetrics, type Metrics, type Snapshot } from './metrics.ts'
import { observed } from './observed.ts'
import { createRenderer } from './pages/render.ts'
import { type Catalogue, type Held, holder } from './permissions.ts'
import { refusalAnswer } from './refusal.ts'
import { createRoutes } from './routes.ts'
import { type Settings, settingsFrom } from './settings.ts'
import { openStore } from './store/open.ts'
import { requireSchema } from './store/schema.ts'
import type { Store } from './store/store.ts'
import { startUpkeep } from './upkeep.ts'
import { startCourier } from './webhooks/courier.ts'
import { tellOfDisabling } from './webhooks/letter.ts'
import { createPost, type Post } from './webhooks/post.ts'

/** All settings may be left out; the rest is for tests and for a platform inside a product. */
export interface PlatformOptions extends Partial<Settings> {
  /** The platform's name on its pages. Default: `Latchkey`. */
  readonly name?: string
  /** What apps may be given, instead of what the file of `LATCHKEY_API` says. */
  readonly permissions?: Catalogue
  /** Which permission a call at `/gate` needs; what no route lists is refused. Instead of the file's. */
  readonly apiRoutes?: ApiRoutes
  readonly store?: Store
  /** The metrics of all processes that serve with this one. Default: this one's alone. */
  readonly collect?: Collect
  readonly keyRing?: KeyRing
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly logger?: Log
  readonly mailer?: Mailer
  /** Posts webhooks. Default: over the network, to public addresses only. */
  readonly post?: Post
  /** The product around the platform says who is signed in; there is then no other way. */
  readonly signIn?: SignIn
  /** Further routes by path, behind the same doors (the sandbox adds its own). */
  readonly routes?: (parts: Parts) => Iterable<readonly [string, Route]>
}

/** What endpoints are made of. */
export interface Parts extends Omit<Throttles, 'ofNotices'> {
  readonly settings: Settings
  readonly store: Store
  readonly keys: KeyRing
  readonly now: () => number
  readonly log: Log
  /** Hands a mail over, or throws a `PageError` that asks to try again. */
  readonly send: (mail: Mail) => Promise<void>
  /** Mails that nobody waits for. */
  readonly notices: Notices
  readonly catalogue: Catalogue
  /** What the catalogue holds of a stored list. */
  readonly held: (stored: string) => Held
  readonly cookies: ReturnType<typeof createCookieJar>
  readonly ways: Ways
  /** Whose address a request is counted under. */
  readonly clientAddress: ClientAddress
  readonly renderer: ReturnType<typeof createRenderer>
  /** Opens an access token. */
  readonly open: (text: string) => Handle | null
  readonly lastUse: ReturnType<typeof createLastUse>
  readonly secretUse: SecretUse
  readonly lastSeen: LastSeen
  readonly apiLimit: ApiLimit
  readonly activity: Activity
  /** Answers a call as any other, for pages that show how the endpoints answer. */
  readonly answer: (call: Call) => Promise<Answer>
  readonly metrics: Metrics
  readonly collect: Collect
  /** `null` without a table. */
  readonly apiRoutes: ApiRoutes | null
  readonly accessTtl: number
}

export interface Platform {
  /** Mounts in any fetch-style server; in tests it is the network. */
  readonly fetch: (request: Request, address?: string) => Promise<Response>
  /** The same for our own server, without Request and Response objects. Never rejects. */
  readonly answer: (call: Call) => Promise<Answer>
  /**
   * Lets an API request through, or throws what `refusal` answers. `permission` is what the call needs,
   * `null` for any live connection; one that the catalogue does not hold lets nobody through.
   */
  readonly gate: (request: Asked, permission: string | null) => Promise<Passage>
  /** The answer to a request that `gate` has thrown for: 401, 403 or 429 (RFC 6750 §3); else 500 or 503. */
  readonly refusal: (error: unknown) => Response
  readonly settings: Settings
  readonly store: Store
  readonly keys: KeyRing
  /** Delivers the webhooks that are due now, instead of waiting for the courier's next look. */
  readonly deliver: () => Promise<void>
  /** What this process has counted so far. */
  readonly metrics: () => Promise<Snapshot>
  /** Writes what apps did and is still in memory; it goes by itself every few seconds. */
  readonly activity: Pick<Activity, 'flush'>
  /** Writes what is still in memory and closes the database. */
  close(): Promise<void>
}

/** How long a close waits for the purge, webhooks, mails and what is in memory, in milliseconds. */
const lastWordsPatience = 1_000

/**
 * Opens the store, brings a SQLite schema up to date, reads the keys, and makes the platform.
 * Throws `SettingError` for a setting that cannot be used, `StoreUnavailable` without a database.
 */
export async function createPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const settings = settingsFrom(options)
  const described = describeApi({
    api: settings.api,
    permissions: options.permissions,
    routes: options.apiRoutes,
  })
  checkWays(settings, options.signIn)
  const log = options.logger ?? createLog(settings.log)
  const metrics = createMetrics()
  const store = options.store ?? (await openStore(settings.database, metrics.watch))
  metrics.follow(() => store.connections?.() ?? {})
  await requireSchema(store)
  const { ring, stop } = openKeys(options, settings, log)
  const lastUse = createLastUse(store)
  const secretUse = createSecretUse(store)
  const lastSeen = createLastSeen(store)
  const counters = options.store ? inMemory() : await openCounters(settings.database)
  const now = options.now ?? Date.now
  const address = clientAddress(settings.trustProxy)
  const ways = createWays(options.signIn, { settings, store, now })
  const { ofNotices, ...throttles } = createThrottles(counters, settings)
  const notices = createNotices({
    mailer: options.mailer ?? (settings.smtp ? mailerOf(settings, log) : null),
    throttle: ofNotices,
    log,
  })
  const parts: Parts = {
    settings,
    store,
    keys: ring,
    open: rememberingOpener(ring),
    now,
    ways,
    log,
    send: sender(options.mailer ?? mailerOf(settings, log), log),
    notices,
    catalogue: described.permissions,
    held: holder(described.permissions),
    cookies: createCookieJar(settings.url),
    clientAddress: address,
    ...throttles,
    renderer: createRenderer(options.name ?? 'Latchkey', ways.product),
    lastUse,
    secretUse,
    lastSeen,
    activity: createActivity({ store, clientAddress: address, log, now }),
    answer: call => answer(call),
    metrics,
    collect: options.collect ?? (async own => [own]),
    apiLimit: createApiLimit(counters, settings.limitApi),
    apiRoutes: described.routes,
    accessTtl: settings.accessTtl,
  }
  const routes = createRoutes(parts, options.routes?.(parts) ?? [])
  const errors = { page: parts.renderer.error, report: reporter(log) }
  const answer = observed(call => answerTo(routes, errors, call), {
    routes,
    log,
    metrics,
    activity: parts.activity,
  })
  const courier = startCourier({
    store,
    keys: ring,
    now,
    log,
    post: options.post ?? createPost({ allowLoopback: settings.webhooksLoopback }),
    count: metrics.webhook,
    tell: appId => tellOfDisabling(parts, appId),
  })
  metrics.followWebhooks(courier.oldest)
  const memory = keepWriting(parts)
  const upkeep = startUpkeep(store, { now: parts.now, auditDays: settings.auditDays, log })
  return {
    settings,
    store,
    keys: ring,
    deliver: courier.round,
    metrics: metrics.snapshot,
    activity: parts.activity,
    answer,
    fetch: fetchDoor(answer),
    gate: (request, permission) => passGate(parts, authorizationOf(request), permission),
    refusal: error => {
      const { body, ...about } = refusalAnswer(error, errors.report)
      return new Response(body, about)
    },
    close: async () => {
      stop()
      // Worth waiting for, but not for as long as a silent database would have it.
      const lastWords = Promise.all([upkeep.stop(), courier.stop()]).then(() =>
        Promise.all([memory.stop(), notices.settle()]),
      )
      await Promise.race([lastWords, sleep(lastWordsPatience, undefined, { ref: false })])
      await Promise.all([store.close(), counters.close()])
    },
  }
}

function openKeys(
  options: PlatformOptions,
  settings: Settings,
  log: Log,
): { ring: KeyRing; stop: () => void } {
  if (options.keyRing) return { ring: options.keyRing, stop: () => {} }
  if (!settings.keys) return { ring: createKeyRing([newKey(0)]), stop: () => {} }
  const create = !/^postgres(ql)?:/.test(settings.database)
  const onProblem = (error: unknown) =>
    log.error({ err: error }, 'The key file cannot be read; the keys read before stay in use.')
  return followKeyFile(settings.keys, { create, onProblem })
}

function reporter(log: Log): (error: unknown, reference: string, call: Call) => void {
  return (error, reference, call) => {
    log.error({ err: error, reference, method: call.method, route: call.path }, 'A request failed.')
  }
}
