/**
 * Registered apps: what a vendor may change, what identifies it, when it is stopped. The `App` row is
 * read joined with its vendor, because whether an app is in force depends on both.
 */
import { randomBytes } from 'node:crypto'
import { type Actor, audit } from '../connection/audit.ts'
import { type Page, type Paged, readPage } from '../page.ts'
import type { Store } from '../store/store.ts'
import { keepLogo } from './logo.ts'
import { addSecret } from './secret.ts'
import { announceAppStop } from './stop.ts'
import { ensureVendor } from './vendor.ts'

export interface App {
  readonly id: number
  readonly client_id: string
  readonly vendor_id: number
  readonly vendor_name: string
  readonly name: string
  readonly description: string
  readonly website: string
  /** The hash of its logo, or `''`. */
  readonly logo: string
  /** Whom the platform asks about it: for reviewers, not shown to users. */
  readonly contact_name: string
  readonly contact_email: string
  readonly contact_phone: string
  readonly mode: AppMode
  /** Counts the steps of its life (`revision.ts`). */
  readonly version: number
  /** Who may connect it while it is in development: `testers` are its vendor's people and those invited. */
  readonly audience: 'everyone' | 'testers'
  readonly is_public: number
  readonly rotates: number
  /** 1 when its vendor has somewhere to hear of connections. */
  readonly webhooks: number
  /** A JSON array of registered redirect URLs, the first one being the default. */
  readonly redirect_uris: string
  /** Names from the catalogue, separated by spaces. */
  readonly permissions: string
  readonly created_at: number
  readonly suspended_at: number | null
  /** When it or its vendor was suspended; `null` while it is in force. */
  readonly stopped_at: number | null
}

export type AppMode = 'development' | 'production'

const columns = `
  a.id, a.client_id, a.vendor_id, v.name as vendor_name, a.name, a.description, a.website, a.logo,
  a.contact_name, a.contact_email, a.contact_phone, a.mode, a.version, a.audience, a.is_public,
  a.rotates, a.webhooks, a.redirect_uris, a.permissions, a.created_at, a.suspended_at,
  coalesce(a.suspended_at, v.suspended_at) as stopped_at`

const joined = 'from app a join vendor v on v.id = a.vendor_id'

const byClientId = `select ${columns} ${joined} where a.client_id = $1`

/** The app with this `client_id`, or `null`. */
export async function findApp(store: Store, clientId: string): Promise<App | null> {
  const [app] = await store.find<App>(byClientId, clientId)
  return app ?? null
}

/** The vendor's apps, newest first: those of one page. */
export function appsOfVendor(store: Store, vendorId: number, page: Page): Promise<Paged<App>> {
  return readPage(page, (limit, offset) =>
    store.read<App>(
      `select ${columns} ${joined} where a.vendor_id = $1 order by a.id desc limit $2 offset $3`,
      vendorId,
      limit,
      offset,
    ),
  )
}

/** All apps, newest first. */
export function listApps(store: Store): Promise<App[]> {
  return store.read<App>(`select ${columns} ${joined} order by a.id desc`)
}

export function redirectUrisOf(app: App): readonly string[] {
  return JSON.parse(app.redirect_uris) as string[]
}

export interface NewApp {
  /** The vendor's name, or its id. */
  readonly vendor: string | number
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly permissions: readonly string[]
  readonly isPublic: boolean
  readonly rotates: boolean
  readonly mode: AppMode
  readonly description?: string
  readonly website?: string
  readonly logo?: string
  readonly contact_name?: string
  readonly contact_email?: string
  readonly contact_phone?: string
  /** Default: `everyone`. */
  readonly audience?: App['audience']
}

/**
 * Registers an app, and its vendor when it is a new one. Answers the `client_id` and, for a
 * confidential app, the `client_secret`, which is never to be had again.
 * Throws `TypeError` for a missing name or a redirect URL that may not be registered.
 */
export async function addApp(
  store: Store,
  app: NewApp,
  actor: Actor,
  now: number,
): Promise<{ app: App; clientSecret: string | null }> {
  checkNewApp(app)
  const clientId = `app_${randomBytes(16).toString('base64url')}`
  const clientSecret = await store.write(async tx => {
    const vendorId =
      typeof app.vendor === 'number' ? app.vendor : await ensureVendor(tx, app.vendor, actor, now)
    const [row] = await tx.run<{ id: number }>(
      `insert into app (client_id, vendor_id, name, description, website, mode, is_public, rotates,
         redirect_uris, permissions, created_at, audience, logo, contact_name, contact_email, contact_phone)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning id`,
      clientId,
      vendorId,
      app.name.trim(),
      app.description ?? '',
      app.website ?? '',
      app.mode,
      app.isPublic ? 1 : 0,
      app.rotates ? 1 : 0,
      JSON.stringify(app.redirectUris),
      app.permissions.join(' '),
      now,
      app.audience ?? 'everyone',
      await keepLogo(tx, app.logo ?? '', now),
      app.contact_name ?? '',
      app.contact_email ?? '',
      app.contact_phone ?? '',
    )
    const appId = row?.id as number
    await audit(tx, { at: now, kind: 'app.registered', actor, appId, vendorId })
    return app.isPublic ? null : addSecret(tx, { appId, actor }, now)
  })
  return { app: (await findApp(store, clientId)) as App, clientSecret }
}

function checkNewApp(app: NewApp): void {
  if (typeof app.vendor === 'string' && app.vendor.trim() === '')
    throw new TypeError('The vendor needs a name.')
  if (app.name.trim() === '') throw new TypeError('The app needs a name.')
  if (app.redirectUris.length === 0) throw new TypeError('The app needs a redirect URL.')
  for (const uri of app.redirectUris) {
    const problem = redirectUriProblem(uri)
    if (problem) throw new TypeError(`The redirect URL ${uri} cannot be registered: ${problem}.`)
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Why a URL may not be registered as redirect URL (CONTRACT rule 11, RFC 6749 §3.1.2), or `null`. */
export function redirectUriProblem(uri: string): string | null {
  if (uri.length > 1024) return 'it is longer than 1024 characters'
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'it holds a space or a character outside ASCII'
  if (!URL.canParse(uri)) return 'it is not a complete URL'
  const url = new URL(uri)
  if (!/^https?:\/\/[^/]/i.test(uri)) return 'it does not begin with https://'
  if (uri.includes('#')) return 'it has a fragment (#…)'
  if (url.username || url.password || /^https?:\/\/[^/?]*@/i.test(uri))
    return 'it has user info (…@)'
  if (uri.includes('\\')) return 'it holds a backslash'
  if (url.protocol === 'http:' && !loopback.has(url.hostname)) {
    return 'plain http is for localhost, 127.0.0.1 and [::1] only'
  }
  return null
}

/**
 * The registered URL that a presented one stands for, or `null`. Compared character by character;
 * only a public app's loopback address may carry any port (RFC 8252 §7.3).
 */
export function matchRedirectUri(app: App, presented: string): string | null {
  const registered = redirectUrisOf(app)
  if (registered.includes(presented)) return presented
  if (app.is_public !== 1 || redirectUriProblem(presented)) return null
  const portless = withoutLoopbackPort(presented)
  if (portless === null) return null
  return registered.some(uri => withoutLoopbackPort(uri) === portless) ? presented : null
}

function withoutLoopbackPort(uri: string): string | null {
  const [, host, rest] =
    /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?([/?].*)?$/.exec(uri) ?? []
  return host ? host + (rest ?? '') : null
}

/** Stops an app: every request that starts after the answer is refused. `false`: it was stopped already. */
export function suspendApp(store: Store, app: App, actor: Actor, now: number): Promise<boolean> {
  return setSuspended(store, app, { suspended: true, actor }, now)
}

/** Undoes a suspension; its connections go on. `false`: it was not suspended. */
export function resumeApp(store: Store, app: App, actor: Actor, now: number): Promise<boolean> {
  return setSuspended(store, app, { suspended: false, actor }, now)
}

function setSuspended(
  store: Store,
  app: App,
  { suspended, actor }: { suspended: boolean; actor: Actor },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const [changed] = suspended
      ? await tx.run(
          'update app set suspended_at = $2 where id = $1 and suspended_at is null returning id',
          app.id,
          now,
        )
      : await tx.run(
          'update app set suspended_at = null where id = $1 and suspended_at is not null returning id',
          app.id,
        )
    if (!changed) return false
    const kind = suspended ? 'app.suspended' : 'app.resumed'
    await audit(tx, { at: now, kind, actor, appId: app.id, vendorId: app.vendor_id })
    await announceAppStop(tx, { appId: app.id, suspended }, now)
    return true
  })
}
