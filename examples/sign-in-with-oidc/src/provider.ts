/**
 * The operator's identity provider, as small as `oidc-provider` lets it be: people from a list, a page
 * to sign in on, the platform as its one client. Instead of it you have Keycloak, Entra ID, Okta, Auth0,
 * or your own.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loginPage } from './login-page.ts'

// Importing it warns about a Node that is not LTS yet.
const { warn } = console
console.warn = () => {}
const { default: OidcProvider } = await import('oidc-provider')
console.warn = warn

export interface Person {
  readonly password: string
  /** What the provider tells about the person, beside `sub`. */
  readonly claims: Readonly<Record<string, unknown>>
}

export interface ProviderOptions {
  /** By `sub`: what never changes about a person, so not the email. */
  readonly people: ReadonlyMap<string, Person>
  readonly clientId: string
  readonly clientSecret: string
  /** Where the platform is. */
  readonly platformUrl: string
  /** 0 is any free port. */
  readonly port: number
}

export interface RunningProvider {
  readonly issuer: string
  stop(): Promise<void>
}

/** Listens on 127.0.0.1. */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new OidcProvider(issuer, configuration(options))
  const answer = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1]
    const answered = uid
      ? interaction(provider, options.people, { request, response })
      : answer(request, response)
    answered.catch(error => {
      process.stderr.write(`The provider failed: ${error}\n`)
      response.writeHead(400, { 'Content-Type': 'text/plain' }).end('This page is out of date.\n')
    })
  })
  return {
    issuer,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function configuration({ people, clientId, clientSecret, platformUrl }: ProviderOptions): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'first' }
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${platformUrl}/sign-in/callback`],
        post_logout_redirect_uris: [`${platformUrl}/signed-out`],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
    },
    findAccount: async (_context: unknown, sub: string) => {
      const person = people.get(sub)
      return person && { accountId: sub, claims: async () => ({ sub, ...person.claims }) }
    },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    loadExistingGrant: alreadyAgreed,
    ttl: { Session: 86_400, Interaction: 600, Grant: 86_400, IdToken: 600, AccessToken: 600 },
  }
}

interface Context {
  readonly oidc: {
    readonly provider: InstanceType<typeof OidcProvider>
    readonly client: { readonly clientId: string }
    readonly session: { readonly accountId: string }
  }
}

/** The platform is the operator's own: nobody is asked whether it may know who they are. */
async function alreadyAgreed({ oidc: { provider, client, session } }: Context): Promise<object> {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid profile email')
  await grant.save()
  return grant
}

/** The page where people sign in, and its form. */
async function interaction(
  provider: InstanceType<typeof OidcProvider>,
  people: ReadonlyMap<string, Person>,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  if (request.method !== 'POST') return show(response, 200, {})
  const form = new URLSearchParams(await textOf(request))
  if (form.has('cancel')) {
    return provider.interactionFinished(request, response, { error: 'access_denied' })
  }
  const email = form.get('email')?.toLowerCase()
  const [sub, person] = [...people].find(([, { claims }]) => claims.email === email) ?? []
  if (!sub || person?.password !== form.get('password')) {
    return show(response, 401, { problem: 'Email or password is wrong.' })
  }
  await provider.interactionFinished(request, response, { login: { accountId: sub } })
}

function show(response: ServerResponse, status: number, view: { problem?: string }): void {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
  response.writeHead(status, headers).end(loginPage(view))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
