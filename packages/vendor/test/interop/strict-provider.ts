/**
 * A stranger's authorization server: `oidc-provider`, which uses a refresh token up at once and ends the
 * whole grant when one comes twice. It signs everybody in, or says no, and serves `/v1.0/me` behind its
 * own tokens.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '../store/listen.ts'

// It warns about a Node that is not LTS yet, and about settings that do for a test.
console.warn = () => {}
console.info = () => {}
const { default: Provider } = await import('oidc-provider')

/** What is used here beyond what the shared declaration names. */
interface Tokens {
  readonly AccessToken: { find(token: string): Promise<{ accountId: string } | undefined> }
}

export const clientId = 'vendor-app'
export const clientSecret = 'not-a-secret-but-a-word-for-the-tests'
export const redirectUri = 'https://vendor.example/callback'

export async function startStrictProvider() {
  const server = createServer()
  const issuer = `http://localhost:${await listen(server)}`
  let says: 'yes' | 'no' = 'yes'
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    cookies: { keys: ['a-key-for-cookies'] },
    interactions: { url: () => '/interaction' },
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    loadExistingGrant: async ({ oidc }: Context) => {
      const grant = new provider.Grant({ clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })
  const { AccessToken } = provider as unknown as Tokens
  const handle = provider.callback()

  const me = async ({ headers }: IncomingMessage, outgoing: ServerResponse) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
    const found = await AccessToken.find(token)
    outgoing.writeHead(found ? 200 : 401, { 'Content-Type': 'application/json' })
    outgoing.end(JSON.stringify(found ? { id: 1, email: found.accountId } : { code: 401 }))
  }
  server.on('request', async (incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', issuer)
    if (pathname === '/v1.0/me') return me(incoming, outgoing)
    if (pathname === '/interaction') {
      const yes = { login: { accountId: 'dana@example.com' } }
      return provider.interactionFinished(
        incoming,
        outgoing,
        says === 'yes' ? yes : { error: 'access_denied' },
      )
    }
    return handle(incoming, outgoing)
  })
  return {
    issuer,
    answer: (next: 'yes' | 'no') => {
      says = next
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

interface Context {
  readonly oidc: { readonly session: { readonly accountId: string } }
}

/** A browser at the provider: follows it until it sends the person back to the vendor. */
export async function walk(from: URL): Promise<string> {
  const cookies = new Map<string, string>()
  for (let at = from.href, steps = 0; steps < 10; steps++) {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
    const response = await fetch(at, { headers: { cookie }, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`${response.status} ${await response.text()}`)
    at = new URL(location, at).href
    if (at.startsWith(redirectUri)) return at
  }
  throw new Error('The provider goes round in circles.')
}
