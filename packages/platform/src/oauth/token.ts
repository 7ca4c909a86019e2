/**
 * The token endpoint (RFC 6749 §3.2): a code or a refresh token in, a pair of tokens out.
 *
 * Everything is verified before anything is changed, so a failed exchange never uses a code up. The
 * row is read once, beside the app and its secrets; a refresh of a confidential app writes nothing at all.
 */
import { exchange, rotate } from '../connection/connection.ts'
import { type Handle, openHandle, signHandle } from '../connection/handle.ts'
import type { KeyRing } from '../connection/keys.ts'
import { type Connection, findConnection } from '../connection/row.ts'
import { type CallingApp, rotates } from '../developer/calling-app.ts'
import { OAuthError } from '../error.ts'
import { type Answer, type Call, json, type Route } from '../http.ts'
import type { Metrics } from '../metrics.ts'
import { formParams, fromAnywhere, invalid, isForm, isJson, type Params } from '../params.ts'
import { type AppAuthParts, authenticateApp, type Presented, presentedApp } from './app-auth.ts'
import {
  checkRedirectUri,
  checkVerifier,
  ended,
  expired,
  notYours,
  usedBefore,
} from './invalid-grant.ts'

export interface TokenParts extends AppAuthParts {
  readonly keys: KeyRing
  readonly settings: {
    readonly codeTtl: number
    readonly accessTtl: number
    readonly refreshTtl: number
  }
  readonly now: () => number
  readonly metrics: Pick<Metrics, 'grant'>
}

export const tokenParameters = {
  grant_type: {
    description: '`authorization_code` or `refresh_token`.',
    required: true,
    example: 'authorization_code',
  },
  code: {
    description: 'The authorization code from the redirect.',
    required: 'with grant_type=authorization_code',
  },
  redirect_uri: {
    description: 'Your Authorized Redirect URL, as it was sent to the authorization page.',
    required: 'when the authorization request had it',
  },
  code_verifier: {
    description: 'The verifier whose challenge the authorization request had (RFC 7636).',
    required: 'when a challenge was sent',
  },
  refresh_token: {
    description: 'The refresh token.',
    required: 'with grant_type=refresh_token',
  },
  scope: { description: '`openApi`, or left out.' },
  client_id: { description: 'Your Client ID.', required: 'without HTTP Basic' },
  client_secret: {
    description:
      'Your Client Secret, when it is not in the Authorization header. Never in the URL.',
    secret: true,
  },
} as const

type TokenParams = Params<typeof tokenParameters>

/** The standard door: POST with a form body, nothing else (RFC 6749 §4.1.3). */
export function tokenRoute(parts: TokenParts): Route {
  return {
    manner: 'oauth',
    cors: true,
    post: async call => {
      const params = await formParams(tokenParameters, call)
      checkScope(params.scope)
      return await grant(parts, call, params)
    },
  }
}

/** The article's door: query, form or JSON; GET too, because its sample curl sends one. */
export function articleTokenRoute(parts: TokenParts): Route {
  const door = async (call: Call): Promise<Answer> => {
    const contentType = call.header('content-type')
    const body = call.method === 'POST' ? await call.body() : ''
    if (body !== '' && !isForm(contentType) && !isJson(contentType)) {
      throw invalid('Send the body as application/x-www-form-urlencoded or application/json.')
    }
    return grant(parts, call, fromAnywhere(tokenParameters, call.query, body, contentType))
  }
  return { manner: 'oauth', cors: true, get: door, head: false, post: door }
}

function checkScope(scope: string | undefined): void {
  if (scope === undefined || scope === 'openApi') return
  throw new OAuthError('invalid_scope', 'The only scope is openApi; leave scope out or send that.')
}

/** Answers the request, and counts what came of it. */
async function grant(parts: TokenParts, call: Call, params: TokenParams): Promise<Answer> {
  const type = grantTypes.has(params.grant_type ?? '') ? String(params.grant_type) : 'other'
  try {
    const answer = await judge(parts, call, params)
    parts.metrics.grant(type, 'issued')
    call.deed = type === 'refresh_token' ? 'refresh' : 'exchange'
    return answer
  } catch (error) {
    parts.metrics.grant(type, error instanceof OAuthError ? error.code : 'failed')
    throw error
  }
}

const grantTypes = new Set(['authorization_code', 'refresh_token'])

function judge(parts: TokenParts, call: Call, params: TokenParams): Promise<Answer> {
  const presented = presentedApp(call, params)
  switch (params.grant_type) {
    case 'authorization_code':
      return exchangeCode(parts, presented, params, call)
    case 'refresh_token':
      return refresh(parts, presented, params, call)
    case undefined:
      throw invalid('grant_type is missing. Send authorization_code or refresh_token.')
    default:
      return refuseGrantType(parts, presented, call)
  }
}

async function refuseGrantType(
  parts: TokenParts,
  presented: Presented,
  call: Call,
): Promise<never> {
  await authenticateApp(parts, presented, call)
  throw new OAuthError(
    'unsupported_grant_type',
    'grant_type must be authorization_code or refresh_token.',
  )
}

async function exchangeCode(
  parts: TokenParts,
  presented: Presented,
  params: TokenParams,
  call: Call,
): Promise<Answer> {
  if (params.code === undefined) throw invalid('code is missing.')
  const handle = openHandle(parts.keys, params.code)
  const { app, connection } = await authorized(parts, presented, handle, call)
  if (handle?.kind !== 'code' || !connection) {
    throw notYours('code', params.code, handle)
  }
  const now = parts.now()
  if (now >= handle.issuedAt + parts.settings.codeTtl * 1000) {
    throw expired(handle, parts.settings.codeTtl)
  }
  checkRedirectUri(connection, params.redirect_uri)
  checkVerifier(connection.code_challenge, params.code_verifier)
  if (connection.ended_at !== null) throw usedBefore(handle)
  const hearing = app.webhooks === 1 ? app.client_id : null
  const answer = await exchange(parts.store, connection, { hearing, now }, () =>
    tokens(parts, connection.id, { generation: 1, issuedAt: now }, now),
  )
  if (!answer) throw usedBefore(handle)
  return answer
}

async function refresh(
  parts: TokenParts,
  presented: Presented,
  params: TokenParams,
  call: Call,
): Promise<Answer> {
  if (params.refresh_token === undefined) throw invalid('refresh_token is missing.')
  const handle = openHandle(parts.keys, params.refresh_token)
  const { app, connection } = await authorized(parts, presented, handle, call)
  if (handle?.kind !== 'refresh' || !connection) {
    throw notYours('refresh', params.refresh_token, handle)
  }
  const now = parts.now()
  if (now >= handle.issuedAt + parts.settings.refreshTtl * 1000) {
    throw expired(handle, parts.settings.refreshTtl)
  }
  if (connection.ended_at !== null || handle.generation > connection.generation) {
    throw ended(handle)
  }
  if (!rotates(app)) {
    return tokens(parts, connection.id, { generation: connection.generation, issuedAt: now }, now)
  }
  const answer = await rotate(
    parts.store,
    connection,
    { presented: handle, now },
    ({ generation, refreshedAt: issuedAt }) =>
      tokens(parts, connection.id, { generation, issuedAt }, now),
  )
  if (!answer) throw ended(handle)
  return answer
}

/**
 * The app that asks, and the connection behind its handle; no connection when the handle is none of this
 * app's. Both are read at once, but credentials are judged first, whatever the handle is worth.
 */
async function authorized(
  parts: TokenParts,
  presented: Presented,
  handle: Handle | null,
  call: Call,
): Promise<{ app: CallingApp; connection: Connection | null }> {
  const [app, found] = await Promise.all([
    authenticateApp(parts, presented, call),
    handle && findConnection(parts.store, handle.connectionId),
  ])
  return { app, connection: found?.app_id === app.id ? found : null }
}

// RFC 6749 §5.1 asks for both, beside Cache-Control: no-store.
const noCache = { Pragma: 'no-cache' }

/** RFC 6749 §5.1, with the article's field order and fixed scope. */
function tokens(
  { keys, settings }: TokenParts,
  connectionId: Uint8Array,
  { generation, issuedAt }: { generation: number; issuedAt: number },
  now: number,
): Answer {
  const expiresAt = issuedAt + settings.accessTtl * 1000
  return json(
    200,
    {
      access_token: signHandle(keys, { kind: 'access', connectionId, generation, issuedAt }),
      expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)),
      refresh_token: signHandle(keys, { kind: 'refresh', connectionId, generation, issuedAt }),
      token_type: 'Bearer',
      scope: 'openApi',
    },
    noCache,
  )
}
