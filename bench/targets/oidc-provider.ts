// oidc-provider at its fastest correct setting for these steps: state in plain Maps without limits
// or timers; opaque tokens; refresh tokens not rotated; a static client with Basic authentication;
// a scope that is not `openid`, so no ID token is signed; every feature the steps do not need
// switched off. The gate's counterpart is token introspection.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ownDatabase } from '../database.ts'
import { postgresAdapter } from '../postgres-adapter.ts'
import { announce } from '../target.ts'

// Importing it warns about a Node that is not LTS yet; the heading names the version anyway.
const { warn } = console
console.warn = () => {}
const { default: Provider } = await import('oidc-provider')
console.warn = warn

const CLIENT_ID = 'bench-app'
const CLIENT_SECRET = 'a-secret-of-the-usual-length-for-a-confidential-app'
const REDIRECT_URI = 'https://vendor.example/callback'
const SCOPE = 'openApi'
const CONNECTIONS = 1000

type Payload = { grantId?: string; consumed?: number }

const database = await ownDatabase()

const rows = new Map<string, Payload>()
const members = new Map<string, Set<string>>()

/**
 * The library's storage interface: one Map of rows, one from a grant to the rows that hang on it.
 */
class MapAdapter {
  #model: string

  constructor(model: string) {
    this.#model = model
  }

  #key(id: string) {
    return `${this.#model}:${id}`
  }

  async find(id: string) {
    return rows.get(this.#key(id))
  }

  async upsert(id: string, payload: Payload) {
    const key = this.#key(id)
    rows.set(key, payload)
    if (payload.grantId === undefined) return
    const group = members.get(payload.grantId)
    if (group) group.add(key)
    else members.set(payload.grantId, new Set([key]))
  }

  async consume(id: string) {
    const row = rows.get(this.#key(id))
    if (row) row.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string) {
    const key = this.#key(id)
    members.get(rows.get(key)?.grantId ?? '')?.delete(key)
    rows.delete(key)
  }

  async revokeByGrantId(grantId: string) {
    for (const key of members.get(grantId) ?? []) rows.delete(key)
    members.delete(grantId)
  }
}

const off = { enabled: false }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const adapter = database ? await postgresAdapter(database) : MapAdapter

function createProvider(issuer: string) {
  return new Provider(issuer, {
    adapter,
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    scopes: [SCOPE],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['unused'] },
    features: {
      introspection: { enabled: true, allowedPolicy: () => true },
      devInteractions: off,
      dPoP: off,
      pushedAuthorizationRequests: off,
      resourceIndicators: off,
      rpInitiatedLogout: off,
      userinfo: off,
    },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id }),
    }),
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    rotateRefreshToken: false,
    pkce: { required: () => false },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 600,
      Grant: 15_552_000,
      RefreshToken: 15_552_000,
    },
  })
}

const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as AddressInfo
  const provider = createProvider(`http://127.0.0.1:${port}`)
  provider.on('server_error', (_context, error) => console.error(error))
  server.on('request', provider.callback())

  const client = await provider.Client.find(CLIENT_ID)
  const connect = async (user: number) => {
    const accountId = `user-${user}`
    const grant = new provider.Grant({ accountId, clientId: CLIENT_ID })
    grant.addOIDCScope(SCOPE)
    return { accountId, client, grantId: await grant.save(), scope: SCOPE }
  }
  const mintCode = async (user: number) => {
    const fields = { ...(await connect(user)), redirectUri: REDIRECT_URI }
    return new provider.AuthorizationCode(fields).save()
  }

  const accessTokens: string[] = []
  const refreshTokens: string[] = []
  for (let user = 0; user < CONNECTIONS; user++) {
    const fields = { ...(await connect(user)), gty: 'authorization_code' }
    accessTokens.push(await new provider.AccessToken(fields).save())
    refreshTokens.push(await new provider.RefreshToken(fields).save())
  }

  const form = {
    method: 'POST',
    headers: {
      Authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  } as const
  const exchange = `grant_type=authorization_code&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`
  announce(
    {
      port,
      state: database ? 'PostgreSQL on disk' : 'in memory',
      steps: {
        refresh: {
          request: {
            ...form,
            path: '/token',
            body: 'grant_type=refresh_token&refresh_token={value}',
          },
          values: refreshTokens,
          mark: '"access_token"',
        },
        exchange: {
          request: { ...form, path: '/token', body: `${exchange}&code={value}` },
          values: [],
          mark: '"refresh_token"',
        },
        me: {
          request: { ...form, path: '/token/introspection', body: 'token={value}' },
          values: accessTokens,
          mark: '"active":true',
        },
      },
    },
    async count => {
      const codes: string[] = []
      while (codes.length < count) {
        const group = Math.min(500, count - codes.length)
        codes.push(
          ...(await Promise.all(Array.from({ length: group }, (_, user) => mintCode(user)))),
        )
      }
      return codes
    },
  )
})
