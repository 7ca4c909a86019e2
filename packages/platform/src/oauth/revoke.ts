/** Token revocation (RFC 7009): revoking any token of a connection disconnects it. */
import { disconnect } from '../connection/connection.ts'
import { openHandle } from '../connection/handle.ts'
import type { KeyRing } from '../connection/keys.ts'
import { findConnection } from '../connection/row.ts'
import { json, type Route } from '../http.ts'
import { formParams, invalid } from '../params.ts'
import { type AppAuthParts, authenticateApp, presentedApp } from './app-auth.ts'

export interface RevokeParts extends AppAuthParts {
  readonly keys: KeyRing
  readonly now: () => number
}

export const revokeParameters = {
  token: { description: 'An access or refresh token of the connection.', required: true },
  token_type_hint: { description: 'Taken and not needed: a token names its own kind.' },
  client_id: { description: 'Your Client ID.', required: 'without HTTP Basic' },
  client_secret: {
    description: 'Your Client Secret, when it is not in the Authorization header.',
    secret: true,
  },
} as const

/** An unknown, ended or foreign token is answered 200 as well (RFC 7009 §2.2): nothing to do. */
export function revokeRoute(parts: RevokeParts): Route {
  return {
    manner: 'oauth',
    cors: true,
    post: async call => {
      const params = await formParams(revokeParameters, call)
      const presented = presentedApp(call, params)
      const app = await authenticateApp(parts, presented, call)
      if (params.token === undefined) throw invalid('token is missing.')
      const handle = openHandle(parts.keys, params.token)
      const connection = handle && (await findConnection(parts.store, handle.connectionId))
      if (connection?.app_id === app.id) {
        await disconnect(
          parts.store,
          connection,
          { because: 'vendor', actor: `app:${app.id}` },
          parts.now(),
        )
      }
      return json(200, {})
    },
  }
}
