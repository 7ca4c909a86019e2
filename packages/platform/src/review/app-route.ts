/** `/review/app`: one app and what waits; Approve, Decline, request changes. */
import { readOwnForm } from '../accounts/visitor.ts'
import { countConnections } from '../connection/connected-apps.ts'
import type { App } from '../developer/app.ts'
import { appAt, atDesk, type Desk, isAnswer, overtaken } from '../developer/desk.ts'
import { findVendor } from '../developer/qualification.ts'
import { findRevision, takeStep } from '../developer/revision.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { reviewAppPage } from '../pages/review/app.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { tellAboutApp } from './letters.ts'

const table = { app: { description: 'The Client ID.', required: true } } as const
const stepTable = {
  ...table,
  action: { description: 'What to do.' },
  version: { description: 'What the page showed.' },
  reason: { description: 'Why.' },
} as const

export function reviewAppRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { app: clientId } = fromQuery(table, call.query).params
      const app = await appAt(parts, desk, 'decide on vendors and apps', clientId)
      return show(parts, desk, app)
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(stepTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'decide on vendors and apps', params.app)
      const { action, version, reason = '' } = params
      if (action !== 'approve' && action !== 'decline' && action !== 'request_changes') {
        throw overtaken(app.name)
      }
      if (action !== 'approve' && reason.trim() === '') {
        return show(parts, desk, app, 'Say why, so that they can mend it.')
      }
      const step = { app, action, actor: desk.actor, seen: wholeNumber(version), reason } as const
      if (!(await takeStep(parts.store, step, parts.now()))) throw overtaken(app.name)
      const decision = {
        approve: 'approved',
        decline: 'declined',
        request_changes: 'changes requested',
      }
      await tellAboutApp(parts, app, decision[action] as 'approved', reason)
      return seeOther(`/review/app?app=${app.client_id}`)
    },
  }
}

async function show(parts: Parts, desk: Desk, app: App, problem?: string): Promise<Answer> {
  const [revision, vendor, connections] = await Promise.all([
    findRevision(parts.store, app.id),
    findVendor(parts.store, app.vendor_id),
    countConnections(parts.store, app.id),
  ])
  const page = reviewAppPage({
    ...desk.frame,
    app,
    revision,
    vendor,
    connections,
    catalogue: parts.catalogue,
    ...(problem && { problem }),
  })
  const status = problem ? 400 : 200
  return parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
}
