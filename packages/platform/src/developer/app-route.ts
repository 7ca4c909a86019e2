/** `/developer/authorizations/app`: one app, how it stands, and the steps of its life. */
import { readOwnForm } from '../accounts/visitor.ts'
import { countConnections } from '../connection/connected-apps.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { appPage } from '../pages/developer/app.ts'
import { appFormPage } from '../pages/developer/app-form.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import type { App } from './app.ts'
import { type AppForm, type AppProblems, formOf, settingsOf } from './app-form.ts'
import { appAt, atDesk, type Desk, isAnswer, overtaken } from './desk.ts'
import { findVendor, isApproved } from './qualification.ts'
import { actionsAt, findRevision, placeOf, takeStep } from './revision.ts'
import { listSecrets } from './secret.ts'
import { readAppForm } from './sent-app-form.ts'
import { testersOf } from './tester.ts'

export const appTable = { app: { description: 'The Client ID.', required: true } } as const
const versionTable = { ...appTable, version: { description: 'What the page showed.' } } as const
const stepTable = { ...versionTable, action: { description: 'The step.' } } as const

export function appPath({ client_id }: Pick<App, 'client_id'>): string {
  return `/developer/authorizations/app?app=${client_id}`
}

export function appRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { params } = fromQuery(appTable, call.query)
      const app = await appAt(parts, desk, 'change the app', params.app)
      return showApp(parts, desk, app)
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { app: clientId, version, action } = await readOwnForm(stepTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'change the app', clientId)
      if (
        action !== 'submit' &&
        action !== 'withdraw' &&
        action !== 'discard' &&
        action !== 'publish'
      )
        throw overtaken(app.name)
      if (action === 'submit') await demandApproved(parts, app)
      const step = { app, action, actor: desk.actor, seen: wholeNumber(version) } as const
      if (!(await takeStep(parts.store, step, parts.now()))) throw overtaken(app.name)
      return seeOther(appPath(app))
    },
  }
}

/** A company that nobody has looked at has no app that users see. */
async function demandApproved(parts: Parts, app: App): Promise<void> {
  const vendor = await findVendor(parts.store, app.vendor_id)
  if (vendor && isApproved(vendor)) return
  throw overtaken('The review of your company')
}

async function showApp(parts: Parts, desk: Desk, app: App): Promise<Answer> {
  const { store, catalogue } = parts
  const now = parts.now()
  const [revision, secrets, testers, vendor, connections] = await Promise.all([
    findRevision(store, app.id),
    listSecrets(store, app.id, now),
    testersOf(store, app.id),
    findVendor(store, app.vendor_id),
    countConnections(store, app.id),
  ])
  const page = appPage({
    ...desk.frame,
    app,
    revision,
    secrets,
    testers,
    connections,
    catalogue,
    url: parts.settings.url,
    vendorApproved: vendor !== null && isApproved(vendor),
    actions: actionsAt(placeOf(app, revision)),
    now,
  })
  return parts.renderer.page(page, { cookies: desk.visitor.cookies })
}

export function editAppRoute(parts: Parts): Route {
  const show = (
    desk: Desk,
    app: App,
    shown: { values: AppForm; problems: AppProblems; version: number },
    status = 200,
  ): Answer => {
    const about = { ...desk.frame, catalogue: parts.catalogue, app, ...shown }
    return parts.renderer.page(appFormPage(about), { status, cookies: desk.visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { params } = fromQuery(appTable, call.query)
      const app = await appAt(parts, desk, 'change the app', params.app)
      const revision = app.mode === 'production' ? await findRevision(parts.store, app.id) : null
      const values = formOf(revision ?? app, app)
      return show(desk, app, { values, problems: {}, version: app.version })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const about = { visitor: desk.visitor, more: versionTable }
      const { form, problems, more } = await readAppForm(parts, call, about)
      const app = await appAt(parts, desk, 'change the app', more.app)
      const seen = wholeNumber(more.version)
      if (Object.keys(problems).length > 0) {
        return show(desk, app, { values: form, problems, version: seen }, 400)
      }
      const settings = settingsOf(form)
      const step = { app, action: 'edit', actor: desk.actor, seen, settings } as const
      if (!(await takeStep(parts.store, step, parts.now()))) throw overtaken(app.name)
      return seeOther(appPath(app))
    },
  }
}
