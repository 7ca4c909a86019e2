/** `/developer/authorizations`: the tab My Authorization, and registering an application. */
import { type Answer, type Route, seeOther } from '../http.ts'
import { appFormPage } from '../pages/developer/app-form.ts'
import { appsPage } from '../pages/developer/apps.ts'
import { secretPage } from '../pages/developer/secret.ts'
import type { Parts } from '../platform.ts'
import { addApp, appsOfVendor } from './app.ts'
import { type AppForm, type AppProblems, appProblems, readAppForm, settingsOf } from './app-form.ts'
import { atDesk, type Desk, isAnswer } from './desk.ts'
import { foundVendor } from './member.ts'
import { findVendor } from './qualification.ts'
import { findRevision } from './revision.ts'

export function appsRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { membership } = desk
      const vendor = membership && (await findVendor(parts.store, membership.vendor_id))
      const apps = vendor ? await appsOfVendor(parts.store, vendor.id) : []
      const entries = await Promise.all(
        apps.map(async app => ({ app, revision: await findRevision(parts.store, app.id) })),
      )
      const page = appsPage({ ...desk.frame, vendor, entries })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}

const empty: AppForm = {
  name: '',
  description: '',
  website: '',
  redirectUris: [],
  permissions: [],
  kind: 'confidential',
}

export function newAppRoute(parts: Parts): Route {
  const show = (desk: Desk, values: AppForm, problems: AppProblems, status = 200): Answer => {
    const { catalogue } = parts
    const about = { ...desk.frame, catalogue, values, problems, app: null, version: 0 }
    return parts.renderer.page(appFormPage(about), { status, cookies: desk.visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const permissions = parts.catalogue.slice(0, 1).map(({ name }) => name)
      return show(desk, { ...empty, permissions }, {})
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const form = await readAppForm(parts.catalogue, call, desk.visitor, {})
      const problems = appProblems(form)
      if (Object.keys(problems).length > 0) return show(desk, form, problems, 400)
      const now = parts.now()
      const vendorId =
        desk.membership?.vendor_id ?? (await foundVendor(parts.store, desk.account, now))
      const { app, clientSecret } = await addApp(
        parts.store,
        {
          ...settingsOf(form),
          vendor: vendorId,
          redirectUris: form.redirectUris.filter(Boolean),
          permissions: form.permissions,
          isPublic: form.kind === 'public',
          rotates: false,
          mode: 'development',
          audience: 'testers',
        },
        desk.actor,
        now,
      )
      if (clientSecret === null)
        return seeOther(`/developer/authorizations/app?app=${app.client_id}`)
      const page = secretPage({ ...desk.frame, app, secret: clientSecret, isFirst: true })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}
