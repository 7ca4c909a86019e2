/**
 * A provider that signs whoever asks in as the same person, and lies where a test tells it to. What
 * `oidc-provider` would never send, a broken or hostile one might.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Fields = Readonly<Record<string, unknown>>

/** What is changed in an otherwise true story. */
export interface Lie {
  readonly claims?: Fields
  readonly header?: Fields
  /** Signs with a key that is not in the published set. */
  readonly strangeKey?: boolean
  /** In the place of the ID token; `null` for none. */
  readonly idToken?: string | null
  /** In the place of the token endpoint's answer. */
  readonly token?: { readonly status: number; readonly body: Fields | string }
  /** The token endpoint hangs up. */
  readonly hangsUp?: boolean
  readonly userInfo?: Fields
  readonly metadata?: Fields
  /** Every address answers 503. */
  readonly down?: boolean
}

export interface Liar {
  readonly issuer: string
  lie: Lie
  /** The nonce of the question that comes next. */
  nonce: string
  /** How often each path was asked. */
  readonly asked: Map<string, number>
  stop(): Promise<void>
}

const subject = 'person-1'
export const accessToken = 'at-the-liar-8d1f0c'

export async function startLiar(): Promise<Liar> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://liar.invalid').pathname
    liar.asked.set(path, (liar.asked.get(path) ?? 0) + 1)
    if (liar.lie.down) return json(response, 503, {})
    if (path === '/token' && liar.lie.hangsUp) return request.socket.destroy()
    const key = liar.lie.strangeKey ? strange.privateKey : keys.privateKey
    const [status, body] = answers[path]?.(key) ?? [404, {}]
    json(response, status, body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const liar: Liar = {
    issuer,
    lie: {},
    nonce: '',
    asked: new Map(),
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const publicKey = { ...keys.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k1' }
  const answers: Record<string, (key: KeyObject) => [number, Fields | string]> = {
    '/.well-known/openid-configuration': () => [200, metadata(liar)],
    '/jwks': () => [200, { keys: [publicKey] }],
    '/me': () => [200, { sub: subject, ...person, ...liar.lie.userInfo }],
    '/token': key => {
      const { token, idToken = idTokenOf(liar, key) } = liar.lie
      if (token) return [token.status, token.body]
      const body = { access_token: accessToken, token_type: 'Bearer', expires_in: 60 }
      return [200, idToken === null ? body : { ...body, id_token: idToken }]
    },
  }
  return liar
}

const person = { email: 'noor@example.com', email_verified: true, name: 'Noor Haddad' }

function metadata({ issuer, lie }: Liar): Fields {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/me`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
    ...lie.metadata,
  }
}

function idTokenOf({ issuer, nonce, lie }: Liar, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, sub: subject, aud: 'platform', iat: now, exp: now + 300, nonce }
  const part = (fields: Fields) => Buffer.from(JSON.stringify(fields)).toString('base64url')
  const header = part({ alg: 'ES256', kid: 'k1', ...lie.header })
  const text = `${header}.${part({ ...claims, ...lie.claims })}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${lie.header?.alg === 'none' ? '' : signature.toString('base64url')}`
}

function json(response: ServerResponse, status: number, body: Fields | string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
