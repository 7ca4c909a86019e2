// @node-oauth/oauth2-server on a plain `node:http` server, its model in Maps: one look-up a token,
// tokens from `randomBytes` (the model's own hook, cheaper than the library's asynchronous
// default), refresh tokens not rotated.

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node:querystring'
import OAuth2Server from '@node-oauth/oauth2-server'
import { announce } from '../target.ts'

type Client = OAuth2Server.Client & { readonly secret: string }

const CLIENT_ID = 'bench-app'
const CLIENT_SECRET = 'a-secret-of-the-usual-length-for-a-confidential-app'
const REDIRECT_URI = 'https://vendor.example/callback'
const SCOPE = ['openApi']
const CONNECTIONS = 1000

const client: Client = {
  id: CLIENT_ID,
  secret: CLIENT_SECRET,
  grants: ['authorization_code', 'refresh_token'],
  redirectUris: [REDIRECT_URI],
}
const clients = new Map([[client.id, client]])
const codes = new Map<string, OAuth2Server.AuthorizationCode>()
const accessTokens = new Map<string, OAuth2Server.Token>()
const refreshTokens = new Map<string, OAuth2Server.RefreshToken>()

const random = async () => randomBytes(32).toString('base64url')

const model: OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel = {
  generateAccessToken: random,
  generateRefreshToken: random,
  async getClient(id, secret) {
    const found = clients.get(id)
    return found?.secret === secret && found
  },
  async saveAuthorizationCode(code, forClient, user) {
    const saved = { ...code, client: forClient, user }
    codes.set(code.authorizationCode, saved)
    return saved
  },
  getAuthorizationCode: async code => codes.get(code),
  revokeAuthorizationCode: async code => codes.delete(code.authorizationCode),
  async saveToken(token, forClient, user) {
    const saved = { ...token, client: forClient, user }
    accessTokens.set(token.accessToken, saved)
    const { refreshToken } = token
    if (refreshToken) refreshTokens.set(refreshToken, { ...saved, refreshToken })
    return saved
  },
  getAccessToken: async token => accessTokens.get(token),
  getRefreshToken: async token => refreshTokens.get(token),
  revokeToken: async token => refreshTokens.delete(token.refreshToken),
}

const oauth = new OAuth2Server({
  model,
  accessTokenLifetime: 3600,
  refreshTokenLifetime: 15_552_000,
  alwaysIssueNewRefreshToken: false,
})

const bodyOf = (incoming: IncomingMessage) =>
  new Promise<string>((resolve, reject) => {
    let text = ''
    incoming.on('data', chunk => {
      text += chunk
    })
    incoming.on('end', () => resolve(text))
    incoming.on('error', reject)
  })

async function answer(incoming: IncomingMessage) {
  const headers = incoming.headers as Record<string, string>
  const method = incoming.method ?? 'GET'
  const body = method === 'POST' ? parse(await bodyOf(incoming)) : {}
  const request = new OAuth2Server.Request({ headers, method, query: {}, body })
  const response = new OAuth2Server.Response()
  if (incoming.url === '/token') {
    await oauth.token(request, response)
    return response
  }
  const { user } = await oauth.authenticate(request, response)
  response.body = user
  return response
}

const server = createServer(async (incoming, outgoing) => {
  const response = await answer(incoming).catch(error => ({ status: error.code, body: error }))
  const body = JSON.stringify(response.body)
  outgoing.writeHead(response.status ?? 500, {
    ...('headers' in response && response.headers),
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  outgoing.end(body)
})

const userOf = (id: number) => ({
  id,
  email: `user-${id}@example.com`,
  firstName: 'Ada',
  lastName: 'Byron',
})

async function mintCode(user: number) {
  const authorizationCode = await random()
  const expiresAt = new Date(Date.now() + 600_000)
  const code = { authorizationCode, expiresAt, redirectUri: REDIRECT_URI, scope: SCOPE }
  await model.saveAuthorizationCode(code, client, userOf(user))
  return authorizationCode
}

async function connect(user: number) {
  const accessTokenExpiresAt = new Date(Date.now() + 3_600_000)
  const refreshTokenExpiresAt = new Date(Date.now() + 15_552_000_000)
  const tokens = { accessToken: await random(), refreshToken: await random(), scope: SCOPE }
  const token = { ...tokens, accessTokenExpiresAt, refreshTokenExpiresAt, client }
  await model.saveToken({ ...token, user: userOf(user) }, client, userOf(user))
}

server.listen(0, '127.0.0.1', async () => {
  for (let user = 0; user < CONNECTIONS; user++) await connect(user)
  const form = {
    method: 'POST',
    path: '/token',
    headers: {
      Authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  } as const
  const exchange = `grant_type=authorization_code&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`
  announce(
    {
      port: (server.address() as AddressInfo).port,
      state: 'in memory',
      steps: {
        refresh: {
          request: { ...form, body: 'grant_type=refresh_token&refresh_token={value}' },
          values: [...refreshTokens.keys()],
          mark: '"access_token"',
        },
        exchange: {
          request: { ...form, body: `${exchange}&code={value}` },
          values: [],
          mark: '"refresh_token"',
        },
        me: {
          request: { method: 'GET', path: '/me', headers: { Authorization: 'Bearer {value}' } },
          values: [...accessTokens.keys()],
          mark: '"email"',
        },
      },
    },
    count => Promise.all(Array.from({ length: count }, (_, user) => mintCode(user))),
  )
})
