/**
 * Token introspection (RFC 7662): what a token may do right now, told to the confidential app that owns
 * it. Anything else, another app's token included, is `{"active":false}`.
 */
import { rotationGrace } from '../connection/connection.ts'
import { type Handle, openHandle } from '../connection/handle.ts'
import type { KeyRing } from '../connection/keys.ts'
import { type Connection, findConnection } from '../connection/row.ts'
import { type CallingApp, rotates } from '../developer/calling-app.ts'
import { OAuthError } from '../error.ts'
import { json, type Route } from '../http.ts'
import { formParams, invalid } from '../params.ts'
import { type AppAuthParts, authenticateApp, presentedApp } from './app-auth.ts'

export interface IntrospectParts extends AppAuthParts {
  readonly keys: KeyRing
  readonly settings: {
    readonly url: string
    readonly accessTtl: number
    readonly refreshTtl: number
  }
  readonly now: () => number
}

export const introspectParameters = {
  token: { description: 'The access or refresh token to look at.', required: true },
  token_type_hint: { description: 'Taken and not needed: a token names its own kind.' },
  client_id: { description: 'Your Client ID.', required: 'without HTTP Basic' },
  client_secret: {
    description: 'Your Client Secret, when it is not in the Authorization header.',
    secret: true,
  },
} as const

export function introspectRoute(parts: IntrospectParts): Route {
  return {
    manner: 'oauth',
    post: async call => {
      const params = await formParams(introspectParameters, call)
      const presented = presentedApp(call, params)
      const app = await authenticateApp(parts, presented, call)
      if (app.is_public === 1) {
        throw new OAuthError('invalid_client', 'Only a confidential app may introspect.', {
          headers: { 'WWW-Authenticate': 'Basic realm="Latchkey"' },
        })
      }
      if (params.token === undefined) throw invalid('token is missing.')
      const handle = openHandle(parts.keys, params.token)
      const connection = handle && (await findConnection(parts.store, handle.connectionId))
      if (!handle || connection?.app_id !== app.id) return json(200, { active: false })
      return json(200, describe(parts, handle, { app, connection }))
    },
  }
}

function describe(parts: IntrospectParts, handle: Handle, { app, connection }: Found): object {
  const lifetime = handle.kind === 'access' ? parts.settings.accessTtl : parts.settings.refreshTtl
  const expiresAt = handle.issuedAt + lifetime * 1000
  const usable =
    handle.kind !== 'code' &&
    parts.now() < expiresAt &&
    connection.ended_at === null &&
    handle.generation <= connection.generation &&
    (handle.kind === 'access' || !isUsedUp(handle, { app, connection }, parts.now()))
  if (!usable) return { active: false }
  return {
    active: true,
    scope: 'openApi',
    client_id: app.client_id,
    token_type: handle.kind === 'access' ? 'Bearer' : 'refresh_token',
    exp: Math.floor(expiresAt / 1000),
    iat: Math.floor(handle.issuedAt / 1000),
    sub: String(connection.account_id),
    iss: parts.settings.url,
  }
}

interface Found {
  readonly app: CallingApp
  readonly connection: Connection
}

/** A rotated refresh token whose time as direct predecessor is over. */
function isUsedUp(handle: Handle, { app, connection }: Found, now: number): boolean {
  if (!rotates(app) || handle.generation === connection.generation) return false
  const inGrace = now < (connection.refreshed_at ?? 0) + rotationGrace
  return handle.generation < connection.generation - 1 || !inGrace
}
