/**
 * The one fixture: the true platform in process, and a vendor whose network it is. `person` is a browser
 * that walks through both; every request to the platform's token endpoint and API is written down.
 */

import type { PlatformOptions } from '../../platform/src/platform.ts'
import { setup as setupPlatform, signIn, type TestApp } from '../../platform/test/setup.ts'
import {
  createMemoryStore,
  createVendor,
  newKey,
  type Platform,
  type Vendor,
  type VendorEvent,
  type VendorOptions,
} from '../src/index.ts'

export const redirectUri = 'https://vendor.example/callback'

/** One request as the platform saw it. */
export interface Sent {
  readonly path: string
  readonly method: string
  readonly headers: Headers
  readonly form: Record<string, string>
}

export type Fixture = Awaited<ReturnType<typeof setup>>

type Given = Partial<VendorOptions> & { readonly app?: TestApp }

export async function setup(vendorOptions: Given = {}, platformOptions: PlatformOptions = {}) {
  const fixture = await setupPlatform(platformOptions)
  const { platform, clock } = fixture
  const sent: Sent[] = []
  const network = async (request: Request): Promise<Response> => {
    await note(sent, request.clone())
    return platform.fetch(request)
  }
  const options = {
    platform: platform.settings.url,
    store: createMemoryStore(),
    keys: newKey(),
    redirectUri,
    fetch: network,
    clock: { now: clock.now, sleep: async (time: number) => clock.forward(time / 1000) },
  }
  const makeVendor = ({ app = fixture.app, ...more }: Given = {}): Vendor =>
    createVendor({ clientId: app.clientId, clientSecret: app.secret, ...options, ...more })
  const vendor = makeVendor(vendorOptions)
  return {
    ...fixture,
    vendor,
    options: { ...options, ...vendorOptions },
    /** Another vendor process with the same options. */
    makeVendor: (more: Given = {}) => makeVendor({ ...vendorOptions, ...more }),
    network,
    sent,
    tokenRequests: () => sent.filter(({ path }) => path.endsWith('/token')),
    events: record(vendor),
    person: () => createPerson(fixture, vendor),
    personOf: (other: Vendor) => createPerson(fixture, other),
  }
}

/** The article's addresses on the fixture's platform, in the article's dialect. */
export function article(url: string): Platform {
  return {
    authorizeUrl: `${url}/page/vendor-auth.html`,
    tokenUrl: `${url}/api/user-web/oauth/token`,
    apiUrl: url,
    dialect: 'article',
  }
}

async function note(sent: Sent[], request: Request): Promise<void> {
  const { pathname: path } = new URL(request.url)
  const { method, headers } = request
  const form = Object.fromEntries(new URLSearchParams(await request.text()))
  sent.push({ path, method, headers, form })
}

/** An answer as from a platform that does not send `state` back. */
export function stateless(url: URL): URL {
  const bare = new URL(url)
  bare.searchParams.delete('state')
  return bare
}

/** Everything the vendor tells, in order: `kind user/name`. */
export function record(vendor: Vendor): string[] {
  const events: string[] = []
  const write = ({ kind, user, name }: VendorEvent) => events.push(`${kind} ${user}/${name}`)
  for (const kind of ['connected', 'refreshed', 'disconnected', 'recovered'] as const) {
    vendor.on(kind, write)
  }
  return events
}

/** A person's browser: keeps the vendor's cookies, and decides on the platform's consent page. */
export function createPerson(
  { browser, user }: Pick<Awaited<ReturnType<typeof setupPlatform>>, 'browser' | 'user'>,
  vendor: Vendor,
) {
  const cookies = new Map<string, string>()
  const keep = (response: { headers: Headers } | { cookies: readonly string[] }) => {
    const set = 'cookies' in response ? response.cookies : response.headers.getSetCookie()
    for (const cookie of set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/; Max-Age=0(;|$)/.test(cookie)) cookies.delete(name)
      else cookies.set(name, value)
    }
  }
  const request = (url: string) =>
    new Request(url, { headers: { Cookie: [...cookies].map(pair => pair.join('=')).join('; ') } })
  const begin = async (options: Parameters<Vendor['connect']>[1]): Promise<URL> => {
    const response = await vendor.connect(request('https://vendor.example/connect'), options)
    keep(response)
    return new URL(response.headers.get('location') ?? 'missing:')
  }
  const decide = async (
    at: URL,
    decision: 'authorize' | 'deny' = 'authorize',
    email: string = user.email,
  ): Promise<URL> => {
    const page = browser()
    await signIn(page, email)
    const answer = await (await page.get(at.pathname + at.search)).submit({ decision })
    return new URL(answer.location ?? `missing:${answer.html}`)
  }
  const come = async (at: URL | string, options?: Parameters<Vendor['callback']>[1]) => {
    const result = await vendor.callback(request(String(at)), options)
    keep(result.outcome === 'restart' ? result.response : result)
    return result
  }
  return { cookies, begin, decide, come, request }
}

/** Connects a user of the vendor, from the button to the tokens. */
export async function connectUser(fixture: Pick<Fixture, 'person'>, user = 'ada', name?: string) {
  const person = fixture.person()
  const back = await person.decide(await person.begin({ user, ...(name && { name }) }))
  const result = await person.come(back)
  if (result.outcome !== 'connected') throw new Error(JSON.stringify(result))
  return result.connection
}

/** The user presses Disconnect on the platform. */
export async function disconnectOnPlatform({ browser, user, app }: Fixture): Promise<void> {
  const page = browser()
  await signIn(page, user.email)
  await (await page.get(`/account/connections/disconnect?app=${app.clientId}`)).submit({})
}
