/**
 * The operator's OpenID Connect provider, by `openid-client`, which validates what comes back: issuer,
 * audience, signature, times and nonce. Metadata is fetched when the first person signs in, and again
 * every hour: a provider that is down does not keep the platform from starting or serving.
 */
import { readFile } from 'node:fs/promises'
import type { Configuration, TokenEndpointResponse } from 'openid-client'
import { isLoopback, type OidcSettings } from '../oidc-settings.ts'
import { cleanProfile, type Identity, nameInParts, type Profile } from './identity.ts'
import { failureOf, ProviderFailure } from './provider-failure.ts'

export interface Provider {
  readonly issuer: string
  /** What people call it. */
  readonly name: string
  /** Where the browser goes to sign in. `fresh` asks for credentials even if it is signed in there. */
  begin(attempt: Attempt, fresh: boolean): Promise<URL>
  /** Who came back with this query. */
  finish(query: string, attempt: Attempt): Promise<Person>
  /** Where the browser goes to sign out there; `null` when the provider has no such place. */
  farewell(): Promise<URL | null>
}

/** What ties the answer to the question: kept by the browser that asked. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export type Person = Identity & {
  /** `null` without an email that may be believed. */
  readonly profile: Profile | null
}

const secondsToAnswer = 5
const secondsOfTolerance = 30
const metadataLifetime = 3_600_000
const retryAfter = 60_000

/** Its methods throw `ProviderFailure` and nothing else. */
export function createProvider(
  settings: OidcSettings,
  { url, now }: { readonly url: string; readonly now: () => number },
): Provider {
  const configuration = remembered(() => discover(settings), now)
  return {
    issuer: settings.issuer,
    name: settings.name ?? new URL(settings.issuer).host,
    begin: ({ state, nonce, verifier }, fresh) =>
      explained(async () => {
        const client = await import('openid-client')
        return client.buildAuthorizationUrl(await configuration(), {
          redirect_uri: `${url}/sign-in/callback`,
          scope: 'openid profile email',
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(fresh && { prompt: 'login' }),
        })
      }),
    finish: (query, attempt) =>
      explained(async () => {
        const here = new URL(`${url}/sign-in/callback?${query}`)
        const asked = { ...attempt, emails: settings.email ?? 'verified' }
        return personBehind(await configuration(), here, asked)
      }),
    farewell: () =>
      explained(async () => {
        const client = await import('openid-client')
        const config = await configuration()
        if (config.serverMetadata().end_session_endpoint === undefined) return null
        return client.buildEndSessionUrl(config, { post_logout_redirect_uri: `${url}/signed-out` })
      }),
  }
}

async function explained<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw failureOf(error)
  }
}

async function discover(settings: OidcSettings): Promise<Configuration> {
  const client = await import('openid-client')
  const { issuer, clientId, clientSecretFile } = settings
  const secret = clientSecretFile
    ? (await readFile(clientSecretFile, 'utf8')).trim()
    : settings.clientSecret
  const metadata = { [client.clockTolerance]: secondsOfTolerance }
  const insecure = isLoopback(new URL(issuer)) ? [client.allowInsecureRequests] : []
  const authenticate: import('openid-client').ClientAuth = (server, ...rest) => {
    if (!secret) return client.None()(server, ...rest)
    // OpenID Connect Discovery §3: a provider that does not say takes Basic.
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const how = methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(secret)
      : client.ClientSecretPost(secret)
    return how(server, ...rest)
  }
  return client.discovery(new URL(issuer), clientId, metadata, authenticate, {
    timeout: secondsToAnswer,
    // Signatures of ID tokens are checked although they come over TLS (OpenID Connect Core §3.1.3.7).
    execute: [...insecure, client.enableNonRepudiationChecks],
  })
}

/** One discovery at a time; a good one is kept for an hour, and longer while no other can be had. */
function remembered(
  discover: () => Promise<Configuration>,
  now: () => number,
): () => Promise<Configuration> {
  let known: { readonly config: Configuration; readonly until: number } | null = null
  let underWay: Promise<Configuration> | null = null
  return async () => {
    if (known && now() < known.until) return known.config
    underWay ??= discover().finally(() => {
      underWay = null
    })
    try {
      const config = await underWay
      known = { config, until: now() + metadataLifetime }
      return config
    } catch (error) {
      if (!known) throw new ProviderFailure('away', failureOf(error).details)
      known = { config: known.config, until: now() + retryAfter }
      return known.config
    }
  }
}

type Asked = Attempt & { readonly emails: 'verified' | 'any' }

async function personBehind(config: Configuration, here: URL, asked: Asked): Promise<Person> {
  const client = await import('openid-client')
  const tokens = await client.authorizationCodeGrant(config, here, {
    expectedState: asked.state,
    expectedNonce: asked.nonce,
    pkceCodeVerifier: asked.verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (!claims) throw new ProviderFailure('untrusted', { reason: 'no ID token' })
  const told: Claims =
    claims.email === undefined ? await askMore(config, tokens, claims.sub) : claims
  return {
    issuer: claims.iss,
    subject: claims.sub,
    profile: profileIn({ ...claims, ...told }, asked.emails),
  }
}

type Claims = Readonly<Record<string, unknown>>

/** Most providers tell name and email at their userinfo endpoint only (OpenID Connect Core §5.4). */
async function askMore(
  config: Configuration,
  tokens: TokenEndpointResponse,
  subject: string,
): Promise<Claims> {
  const client = await import('openid-client')
  if (config.serverMetadata().userinfo_endpoint === undefined) return {}
  return client.fetchUserInfo(config, tokens.access_token, subject)
}

function profileIn(claims: Claims, emails: 'verified' | 'any'): Profile | null {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : '')
  // Some providers write the boolean as text.
  const verified = claims.email_verified === true || claims.email_verified === 'true'
  if (!verified && emails === 'verified') return null
  const given = { firstName: text('given_name'), lastName: text('family_name') }
  const names = given.firstName || given.lastName ? given : nameInParts(text('name'))
  return cleanProfile({ email: text('email'), ...names })
}
