/** `/review/app/step` and `/review/vendor/step`: suspend, resume, disconnect all, once it is confirmed. */
import { demandFresh } from '../accounts/step-up.ts'
import { readOwnForm } from '../accounts/visitor.ts'
import { countConnections, countConnectionsOfVendor } from '../connection/connected-apps.ts'
import { disconnectAll, endedAtOnce } from '../connection/disconnect-all.ts'
import { type App, resumeApp, suspendApp } from '../developer/app.ts'
import { appAt, atDesk, type Desk, demand, isAnswer } from '../developer/desk.ts'
import { countAppsOfVendor, suspendVendor } from '../developer/vendor.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { countedConnections } from '../pages/developer/app-state.ts'
import { reviewStepPage } from '../pages/review/step.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { isDrastic } from './step.ts'
import { vendorAt } from './vendor-route.ts'

const action = { action: { description: '`suspend`, `resume` or `disconnect`.' } } as const
const appTable = { app: { description: 'The Client ID.', required: true }, ...action } as const
const vendorTable = { vendor: { description: 'Its number.', required: true }, ...action } as const

export function reviewAppStepRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = fromQuery(appTable, call.query).params
      const app = await appAt(parts, desk, 'suspend and resume', params.app)
      if (!isDrastic(params.action)) return seeOther(appPath(app))
      const asked = proof(parts, desk, params.action, `/review/app/step?app=${app.client_id}`)
      if (asked) return asked
      return askAboutApp(parts, desk, { app, action: params.action })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(appTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'suspend and resume', params.app)
      const asked = proof(parts, desk, params.action, `/review/app/step?app=${app.client_id}`)
      if (asked) return asked
      const now = parts.now()
      if (params.action === 'suspend') await suspendApp(parts.store, app, desk.actor, now)
      if (params.action === 'resume') await resumeApp(parts.store, app, desk.actor, now)
      if (params.action === 'disconnect') {
        const about = { app, actor: desk.actor, most: endedAtOnce }
        const { ended, more } = await disconnectAll(parts.store, about, now)
        if (more) return askAboutApp(parts, desk, { app, action: 'disconnect', ended })
      }
      return seeOther(appPath(app))
    },
  }
}

function appPath({ client_id }: App): string {
  return `/review/app?app=${client_id}`
}

async function askAboutApp(
  parts: Parts,
  desk: Desk,
  about: { app: App; action: 'suspend' | 'resume' | 'disconnect'; ended?: number },
): Promise<Answer> {
  const { app, ...rest } = about
  const page = reviewStepPage({
    ...desk.frame,
    ...rest,
    what: 'app',
    fields: { app: app.client_id },
    name: app.name,
    connections: countedConnections(await countConnections(parts.store, app.id)),
  })
  return parts.renderer.page(page, { cookies: desk.visitor.cookies })
}

export function reviewVendorStepRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = fromQuery(vendorTable, call.query).params
      const vendor = await vendorAt(parts, desk, params.vendor)
      demand(desk, 'suspend and resume', vendor.id)
      if (params.action !== 'suspend' && params.action !== 'resume') {
        return seeOther(`/review/vendor?vendor=${vendor.id}`)
      }
      const asked = proof(parts, desk, params.action, `/review/vendor/step?vendor=${vendor.id}`)
      if (asked) return asked
      const [connections, apps] = await Promise.all([
        countConnectionsOfVendor(parts.store, vendor.id),
        countAppsOfVendor(parts.store, vendor.id),
      ])
      const page = reviewStepPage({
        ...desk.frame,
        what: 'vendor',
        fields: { vendor: String(vendor.id) },
        name: vendor.name,
        action: params.action,
        connections: countedConnections(connections),
        apps: `${apps.toLocaleString('en-US')} ${apps === 1 ? 'app' : 'apps'}`,
      })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(vendorTable, call, desk.visitor)
      const vendor = await vendorAt(parts, desk, params.vendor)
      demand(desk, 'suspend and resume', vendor.id)
      const asked = proof(parts, desk, params.action, `/review/vendor/step?vendor=${vendor.id}`)
      if (asked) return asked
      if (params.action === 'suspend' || params.action === 'resume') {
        const suspended = params.action === 'suspend'
        const about = { vendorId: vendor.id, suspended, actor: desk.actor }
        await suspendVendor(parts.store, about, parts.now())
      }
      return seeOther(`/review/vendor?vendor=${vendor.id}`)
    },
  }
}

/** Suspending is asked of a reviewer who has just proved to be it; `path` is where to go on after that. */
function proof(parts: Parts, desk: Desk, action: string | undefined, path: string): Answer | null {
  if (action !== 'suspend') return null
  return demandFresh(parts, desk.visitor, { back: `${path}&action=suspend`, why: 'suspend' })
}
