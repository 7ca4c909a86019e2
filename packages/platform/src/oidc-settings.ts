/** The settings of sign-in through the operator's OpenID Connect provider. */

export interface OidcSettings {
  /** The provider's issuer, as its metadata spells it. */
  readonly issuer: string
  readonly clientId: string
  /** Left out, we are a public client there. */
  readonly clientSecret?: string
  /** A file that holds the secret; read again at every discovery. */
  readonly clientSecretFile?: string
  /** What people call it: `Sign in with …`. Default: the issuer's host. */
  readonly name?: string
  /** `verified` (the default) takes no email that the provider has not verified; `any` believes it. */
  readonly email?: 'verified' | 'any'
}

type Given = (flag: string) => string | null
type Fail = (flag: string, value: string, takes: string) => never

/** `null` without an issuer. Calls `fail` for what cannot be used. */
export function readOidc(given: Given, fail: Fail): OidcSettings | null {
  const issuer = given('oidc-issuer')
  if (issuer === null) return null
  if (!isIssuer(issuer)) return fail('oidc-issuer', issuer, issuerTakes)
  const clientId = given('oidc-client-id')
  if (clientId === null) return fail('oidc-client-id', '', 'the Client ID at that provider')
  const clientSecret = given('oidc-client-secret')
  const clientSecretFile = given('oidc-client-secret-file')
  if (clientSecret !== null && clientSecretFile !== null) {
    const takes = 'a path where LATCHKEY_OIDC_CLIENT_SECRET is not set'
    return fail('oidc-client-secret-file', clientSecretFile, takes)
  }
  const email = given('oidc-email') ?? 'verified'
  if (email !== 'verified' && email !== 'any') return fail('oidc-email', email, 'verified or any')
  const name = given('oidc-name')
  return {
    issuer,
    clientId,
    email,
    ...(clientSecret !== null && { clientSecret }),
    ...(clientSecretFile !== null && { clientSecretFile }),
    ...(name !== null && { name }),
  }
}

export const issuerTakes =
  'https://host/path, or http on localhost, 127.0.0.1 or [::1], without query or fragment'

/** OpenID Connect Discovery §3: https, no query, no fragment; plain http on loopback only. */
export function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.search || url.hash || url.username || url.password) return false
  return url.protocol === 'https:' || isLoopback(url)
}

export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
