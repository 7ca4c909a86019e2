/**
 * The one fixture: a whole platform in process with an account, a vendor's app, and a clock that the
 * test moves. `browser` walks pages as a person does; `vendor` speaks to the OAuth endpoints.
 */
import assert from 'node:assert/strict'
import { addAccount, findByEmail } from '../src/accounts/account.ts'
import type { Mail } from '../src/accounts/mail.ts'
import { hashPassword } from '../src/accounts/password.ts'
import { addApp, type NewApp } from '../src/developer/app.ts'
import { createLog } from '../src/log.ts'
import { createPlatform, type Platform, type PlatformOptions } from '../src/platform.ts'
import type { Store, Value } from '../src/store/store.ts'
import { createBrowser, type FormBrowser } from './form-browser.ts'

export const redirectUri = 'https://vendor.example/callback'
export const password = 'correct horse battery'
const start = Date.UTC(2026, 0, 5, 9)

export interface TestApp {
  readonly id: number
  readonly clientId: string
  readonly secret: string | null
  /** The Authorization header of a confidential app; none for a public one. */
  readonly basic: Record<string, string>
}

export interface Clock {
  now: () => number
  /** Moves time on by so many seconds. */
  forward(seconds: number): void
}

let passwordHash: Promise<string> | null = null

/** Makes the platform; every option of `createPlatform` may be given. */
export async function setup(options: PlatformOptions = {}) {
  let time = start
  const clock: Clock = {
    now: () => time,
    forward: seconds => {
      time += seconds * 1000
    },
  }
  const mails: Mail[] = []
  const platform = await createPlatform({
    database: ':memory:',
    url: 'http://localhost:4400',
    limitSignIn: null,
    limitAppAuth: null,
    now: clock.now,
    logger: createLog('silent'),
    mailer: async mail => {
      mails.push(mail)
    },
    ...options,
  })
  if (platform.store.engine === 'sqlite') holdAgainstReads(platform.store)
  const user = await makeUser(platform, 'dana@example.com', clock.now())
  const app = await makeApp(platform, {})
  return {
    platform,
    app,
    user,
    clock,
    mails,
    browser: () => createBrowser(platform.fetch, platform.settings.url),
  }
}

/** From now on every row that is found is also read in the same snapshot: what is remembered must be the same. */
function holdAgainstReads(store: Store): void {
  const { find, read } = store
  const held: Store['find'] = async <R>(sql: string, key: Value) => {
    const [found, fresh] = await Promise.all([find<R>(sql, key), read<R>(sql, key)])
    assert.deepEqual(found, fresh, 'what is remembered is not what stands there')
    return found
  }
  Object.assign(store, { find: held })
}

export async function makeUser(platform: Platform, email: string, now: number, isReviewer = false) {
  passwordHash ??= hashPassword(password)
  const hash = await passwordHash
  const account = { email, firstName: 'Dana', lastName: 'Reyes', passwordHash: hash, isReviewer }
  const id = await platform.store.write(tx => addAccount(tx, account, 'operator', now))
  return { id: id ?? (await findByEmail(platform.store, email))?.id ?? 0, email }
}

export async function makeApp(platform: Platform, about: Partial<NewApp>): Promise<TestApp> {
  const { app, clientSecret } = await addApp(
    platform.store,
    {
      vendor: 'Acme',
      name: 'Acme Dialer',
      redirectUris: [redirectUri],
      permissions: ['profile:read'],
      isPublic: false,
      rotates: false,
      mode: 'production',
      ...about,
    },
    'operator',
    start,
  )
  const credentials = `${app.client_id}:${clientSecret}`
  return {
    id: app.id,
    clientId: app.client_id,
    secret: clientSecret,
    basic: clientSecret
      ? { Authorization: `Basic ${btoa(credentials)}` }
      : ({} as Record<string, string>),
  }
}

export type Setup = Awaited<ReturnType<typeof setup>>

/** Signs the user in and authorizes; answers the redirect the vendor gets. */
export async function authorize(
  { browser, user }: { browser: () => FormBrowser; user: { email: string } },
  query: Record<string, string>,
  { path = '/page/vendor-auth.html', decision = 'authorize' } = {},
): Promise<URL> {
  const person = browser()
  await signIn(person, user.email)
  const page = await person.get(`${path}?${new URLSearchParams(query)}`)
  const answer = await page.submit({ decision })
  return new URL(answer.location ?? 'missing:')
}

export async function signIn(person: FormBrowser, email: string): Promise<void> {
  const page = await person.get('/sign-in')
  await page.submit({ email, password })
}

/** A fresh code for the fixture's app (or another one). */
export async function freshCode(
  fixture: Setup,
  query: Record<string, string> = {},
): Promise<string> {
  const url = await authorize(fixture, { clientId: fixture.app.clientId, ...query })
  const code = url.searchParams.get('code')
  if (!code) throw new Error(`no code in ${url}`)
  return code
}

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown> & {
    access_token: string
    refresh_token: string
    error: string
    error_description: string
  }
}

/** Posts a form to an OAuth endpoint. */
export async function post(
  platform: Platform,
  path: string,
  form: Record<string, string> | string | [string, string][],
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const body = typeof form === 'string' ? form : String(new URLSearchParams(form))
  const response = await platform.fetch(
    new Request(`${platform.settings.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body,
    }),
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} }
}

/** Exchanges a code of the fixture's app. */
export function exchange(
  { platform, app }: Pick<Setup, 'platform' | 'app'>,
  code: string,
  more: Record<string, string> = {},
): Promise<TokenAnswer> {
  return post(
    platform,
    '/oauth/token',
    { grant_type: 'authorization_code', code, ...more },
    app.basic,
  )
}

export function refresh(
  { platform, app }: Pick<Setup, 'platform' | 'app'>,
  refreshToken: string,
  more: Record<string, string> = {},
): Promise<TokenAnswer> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...more }
  return post(platform, '/oauth/token', form, app.basic)
}

/** Connects the fixture's user to its app and answers the tokens. */
export async function connect(fixture: Setup): Promise<TokenAnswer['body']> {
  const answer = await exchange(fixture, await freshCode(fixture))
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

/** Calls `/v1.0/me` with a token. */
export function me(platform: Platform, token: string): Promise<Response> {
  return platform.fetch(
    new Request(`${platform.settings.url}/v1.0/me`, {
      headers: { Authorization: `Bearer ${token}` },
    }),
  )
}
