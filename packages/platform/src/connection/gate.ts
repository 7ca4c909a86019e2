/**
 * The gate: what stands before the API. A bearer token is opened (garbage ends there), its row is read
 * as it stands now, and the row decides: a disconnect is in force for the next request.
 */
import type { Activity } from '../activity/activity.ts'
import { type Need, unlisted } from '../api-routes.ts'
import { OAuthError, TooManyRequests } from '../error.ts'
import type { ApiLimit } from '../limits/api-limit.ts'
import type { Metrics } from '../metrics.ts'
import type { Held } from '../permissions.ts'
import type { Store } from '../store/store.ts'
import type { Trouble } from '../trouble.ts'
import type { Handle } from './handle.ts'
import type { LastUse } from './last-use.ts'
import { findForGate, type UserConnection } from './row.ts'

export interface GateParts {
  readonly store: Store
  /** Opens an access token (`opened.ts`). */
  readonly open: (text: string) => Handle | null
  /** Seconds an access token lives. */
  readonly accessTtl: number
  readonly now: () => number
  readonly lastUse: LastUse
  readonly apiLimit: ApiLimit
  readonly metrics: Pick<Metrics, 'gate'>
  readonly activity: Pick<Activity, 'apiPassed' | 'apiRefused'>
  /** What the catalogue no longer holds opens nothing, whatever the connection was given. */
  readonly held: (stored: string) => Held
}

/** A request that was let through: who it acts for, and headers its answer should carry. */
export interface Passage {
  /** Its `permissions` are those of the connection that the catalogue holds. */
  readonly connection: UserConnection
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Lets a request through, or throws `OAuthError` as RFC 6750 §3 asks: 401 without a usable token,
 * 403 `insufficient_scope` when the connection lacks what is needed, or nothing opens the call;
 * `TooManyRequests` when its app has used up this minute's calls. What the app asks for by now does not
 * matter: a connection has what its consent page named.
 */
export async function passGate(
  parts: GateParts,
  authorization: string | undefined,
  need: Need,
): Promise<Passage> {
  let handle: Handle | null = null
  let connection: UserConnection | null = null
  const refused = (decision: string, error: Error) => {
    parts.metrics.gate(decision)
    if (handle) parts.activity.apiRefused(error, handle, connection?.client_id)
    return error
  }
  const token = bearerToken(authorization)
  if (token === null) throw refused('no token', tokenMissing())
  handle = parts.open(token)
  if (handle?.kind !== 'access') {
    const words = 'The access token was not issued here, or was damaged on its way.'
    throw refused('damaged', invalidToken(words, handle && otherKind(handle, token)))
  }
  const now = parts.now()
  if (now >= handle.issuedAt + parts.accessTtl * 1000) {
    const words = 'The access token has expired. Use the refresh token to get a new one.'
    const { kind: what, issuedAt, connectionId } = handle
    const trouble = { kind: 'expired', what, issuedAt, seconds: parts.accessTtl, connectionId }
    throw refused('expired', invalidToken(words, trouble as Trouble))
  }
  connection = await findForGate(parts.store, handle.connectionId)
  if (!connection || connection.ended_at !== null || handle.generation > connection.generation) {
    const words = 'The connection has ended, or the app or the account is suspended.'
    const { kind: what, connectionId } = handle
    throw refused('ended', invalidToken(words, { kind: 'over', what, connectionId }))
  }
  const counted = parts.apiLimit.take(connection, now)
  const allowance = counted && (await counted)
  if (allowance && !allowance.allowed) {
    throw refused('limited', new TooManyRequests(allowance.headers))
  }
  const headers = allowance?.headers ?? noHeaders
  const { names, list: permissions } = parts.held(connection.permissions)
  if (need === unlisted || (need !== null && !names.includes(need))) {
    const { id: connectionId } = connection
    const needed = need === unlisted ? null : need
    const trouble: Trouble = { kind: 'permission', needed, held: permissions, connectionId }
    throw refused('insufficient scope', insufficientScope(needed, headers, trouble))
  }
  parts.lastUse.touch(connection, now)
  parts.metrics.gate('passed')
  parts.activity.apiPassed(connection, allowance, now)
  if (permissions === connection.permissions) return { connection, headers }
  return { connection: { ...connection, permissions }, headers }
}

const noHeaders = {}

/** A request as any server has it: a `Request`, or what `node:http`, Express and Fastify read. */
export interface Asked {
  readonly headers:
    | { get(name: string): string | null }
    | { readonly authorization?: string | undefined }
}

/** The value of its `Authorization` header. */
export function authorizationOf({ headers }: Asked): string | undefined {
  if ('get' in headers && typeof headers.get === 'function') {
    return headers.get('authorization') ?? undefined
  }
  return (headers as { authorization?: string }).authorization
}

/** RFC 6750 §2.1: the token of `Authorization: Bearer …`. */
function bearerToken(authorization: string | undefined): string | null {
  if (!authorization) return null
  if (authorization.startsWith('Bearer ')) return authorization.slice(7).trim()
  return /^bearer(?: |$)/i.test(authorization) ? authorization.slice(7).trim() : null
}

/** RFC 6750 §3.1: a request without a token is told only how to send one. */
function tokenMissing(): OAuthError {
  return new OAuthError('invalid_token', 'Send the access token as Authorization: Bearer ….', {
    headers: { 'WWW-Authenticate': 'Bearer realm="Latchkey"' },
  })
}

/** A code or a refresh token where the access token belongs. */
function otherKind({ kind: looksLike, connectionId }: Handle, { length }: string): Trouble {
  return { kind: 'not yours', wanted: 'access', looksLike, length, foreignId: connectionId }
}

function invalidToken(message: string, trouble: Trouble | null): OAuthError {
  return new OAuthError('invalid_token', message, {
    headers: { 'WWW-Authenticate': challenge('invalid_token') },
    ...(trouble && { trouble }),
  })
}

function insufficientScope(
  needed: string | null,
  headers: Passage['headers'],
  trouble: Trouble,
): OAuthError {
  const words =
    needed === null ? 'No permission opens this call.' : `This needs the permission ${needed}.`
  return new OAuthError('insufficient_scope', words, {
    headers: { ...headers, 'WWW-Authenticate': challenge('insufficient_scope', 'openApi') },
    trouble,
  })
}

function challenge(error: string, scope?: string): string {
  return `Bearer realm="Latchkey", error="${error}"${scope ? `, scope="${scope}"` : ''}`
}
