/**
 * A platform in process whose people sign in at a true `oidc-provider` on a port of its own, and a
 * person with a browser that has been at both places.
 */
import {
  type Person,
  type RunningProvider,
  startProvider,
} from '../../../../examples/sign-in-with-oidc/src/provider.ts'
import type { OidcSettings } from '../../src/oidc-settings.ts'
import type { PlatformOptions } from '../../src/platform.ts'
import { createBrowser, type FormBrowser, type Page } from '../form-browser.ts'
import { type Setup, setup } from '../setup.ts'

export const providerPassword = 'the password at the provider'

export interface Operator extends Setup {
  readonly provider: RunningProvider
  /** By `sub`; a test may add some. */
  readonly people: Map<string, Person>
  readonly client: { readonly clientId: string; readonly clientSecret: string }
}

export const noor = {
  email: 'noor@example.com',
  email_verified: true,
  given_name: 'Noor',
  family_name: 'Haddad',
}

/** The caller stops the provider. */
export async function operator(
  options: PlatformOptions & { oidcMore?: Partial<OidcSettings> } = {},
): Promise<Operator> {
  const people = new Map<string, Person>()
  const client = { clientId: 'platform', clientSecret: 'not-a-secret-of-anything' }
  const { oidcMore, ...rest } = options
  const provider = await startProvider({
    ...client,
    people,
    platformUrl: options.url ?? 'http://localhost:4400',
    port: 0,
  })
  const oidc = { issuer: provider.issuer, ...client, name: 'Acme', ...oidcMore }
  const fixture = await setup({ ...rest, oidc })
  know({ people }, 'person-1', noor)
  return { ...fixture, provider, people, client }
}

/** Makes somebody known to the provider, or changes what it tells about them. */
export function know(
  { people }: Pick<Operator, 'people'>,
  sub: string,
  claims: Readonly<Record<string, unknown>>,
): void {
  people.set(sub, { password: providerPassword, claims })
}

export interface Traveller {
  readonly here: FormBrowser
  readonly there: FormBrowser
}

export function traveller(fixture: Pick<Operator, 'browser' | 'provider'>): Traveller {
  const manual = (request: Request) => fetch(request, { redirect: 'manual' })
  return { here: fixture.browser(), there: createBrowser(manual, fixture.provider.issuer) }
}

/** Follows the link on the sign-in page; answers where the browser is sent, at the provider. */
export async function toProvider(here: FormBrowser, continueTo = '/docs/index.html'): Promise<URL> {
  const page = await here.get(`/sign-in?continue=${encodeURIComponent(continueTo)}`)
  const [, href = ''] = /href="(\/sign-in\/provider[^"]*)"/.exec(page.html) ?? []
  const left = await here.get(href.replaceAll('&amp;', '&'))
  if (!left.location) throw new Error(`not sent anywhere, but shown ${left.status}:\n${left.html}`)
  return new URL(left.location)
}

/** Signs in at the provider; answers the address it sends the browser back to. */
export async function atProvider(
  there: FormBrowser,
  url: URL,
  form: Record<string, string> = { email: noor.email, password: providerPassword },
): Promise<URL> {
  const page = await there.get(url.pathname + url.search)
  const back = page.location ?? (await there.post(page.path, form)).location
  if (!back) throw new Error(`the provider did not send the browser back:\n${page.html}`)
  return new URL(back)
}

/** The whole way; answers the page one arrives at. */
export async function signInThere(
  { here, there }: Traveller,
  options: { continueTo?: string; email?: string } = {},
): Promise<Page> {
  const url = await toProvider(here, options.continueTo)
  const form = { email: options.email ?? noor.email, password: providerPassword }
  const back = await atProvider(there, url, form)
  return here.get(back.pathname + back.search)
}
