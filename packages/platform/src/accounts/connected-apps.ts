/** The user's connected apps, and Disconnect, asked once more before it is done. */
import {
  type ConnectedApp,
  disconnectApp,
  findDisconnected,
  listConnectedApps,
} from '../connection/connected-apps.ts'
import { pictured } from '../developer/logo.ts'
import { type Route, seeOther } from '../http.ts'
import { connectionsPage, disconnectPage } from '../pages/connections.ts'
import { fromQuery } from '../params.ts'
import { describePermissions } from '../permissions.ts'
import type { Parts } from '../platform.ts'
import { signedOut, toSignIn } from './own-account.ts'
import { isSignedIn, readOwnForm, type SignedIn, who } from './visitor.ts'

const appTable = { app: { description: 'The app’s Client ID.', required: true } } as const
const listTable = {
  disconnected: { description: 'The Client ID of the app just disconnected.' },
} as const

export function connectedAppsRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) return toSignIn(call)
      const apps = await appsOf(parts, visitor)
      const { disconnected } = fromQuery(listTable, call.query).params
      const gone = disconnected && (await justDisconnected(parts, visitor, disconnected))
      const page = connectionsPage({
        platformName: parts.renderer.name,
        account: parts.renderer.person(visitor.account),
        csrf: visitor.csrf,
        entries: apps.map(app => entry(parts, app)),
        ...(gone && { disconnected: gone }),
        now: parts.now(),
      })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
  }
}

export function disconnectRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) return toSignIn(call)
      const app = await connectedApp(parts, visitor, fromQuery(appTable, call.query).params.app)
      if (!app) return seeOther('/account/connections')
      const page = disconnectPage({
        platformName: parts.renderer.name,
        account: parts.renderer.person(visitor.account),
        csrf: visitor.csrf,
        app: entry(parts, app),
      })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
    post: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) throw signedOut('Nothing was disconnected.')
      const params = await readOwnForm(appTable, call, visitor)
      const app = await connectedApp(parts, visitor, params.app)
      if (app) {
        await disconnectApp(
          parts.store,
          { accountId: visitor.account.id, appId: app.app_id },
          parts.now(),
        )
      }
      return seeOther(`/account/connections?disconnected=${encodeURIComponent(params.app ?? '')}`)
    },
  }
}

/** The name for the notice, so that no link can claim a Disconnect that did not happen. */
function justDisconnected(parts: Parts, { account }: SignedIn, clientId: string) {
  const since = parts.now() - 60_000
  return findDisconnected(parts.store, { accountId: account.id, clientId, since })
}

function appsOf(parts: Parts, { account }: SignedIn): Promise<ConnectedApp[]> {
  const codesSince = parts.now() - parts.settings.codeTtl * 1000
  return listConnectedApps(parts.store, account.id, codesSince)
}

async function connectedApp(
  parts: Parts,
  visitor: SignedIn,
  clientId: string | undefined,
): Promise<ConnectedApp | null> {
  return (await appsOf(parts, visitor)).find(app => app.client_id === clientId) ?? null
}

function entry(parts: Parts, app: ConnectedApp) {
  return {
    clientId: app.client_id,
    ...pictured(app),
    vendorName: app.vendor_name,
    permissions: describePermissions(parts.catalogue, app.permissions),
    connections: app.connections,
    since: app.since,
    lastUsedAt: app.last_used_at,
  }
}
