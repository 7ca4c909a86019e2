/** `/developer/authorizations`: the tab My Authorization, and registering an application. */
import { type Answer, type Route, seeOther } from '../http.ts'
import { pageOf } from '../page.ts'
import { appFormPage } from '../pages/developer/app-form.ts'
import { appsPage } from '../pages/developer/apps.ts'
import { secretPage } from '../pages/developer/secret.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { addApp, appsOfVendor } from './app.ts'
import { type AppForm, type AppProblems, settingsOf } from './app-form.ts'
import { atDesk, type Desk, isAnswer } from './desk.ts'
import { foundVendor } from './member.ts'
import { findVendor } from './qualification.ts'
import { findRevision } from './revision.ts'
import { readAppForm } from './sent-app-form.ts'

const listTable = { page: { description: 'Which page, from 1.' } } as const

export function appsRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { membership } = desk
      const vendor = membership && (await findVendor(parts.store, membership.vendor_id))
      const wanted = pageOf(fromQuery(listTable, call.query).params.page)
      const apps = vendor && (await appsOfVendor(parts.store, vendor.id, wanted))
      const items = await Promise.all(
        (apps?.items ?? []).map(async app => ({
          app,
          revision: await findRevision(parts.store, app.id),
        })),
      )
      const entries = { number: 1, more: false, ...apps, items }
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
  logo: '',
  contactName: '',
  contactEmail: '',
  contactPhone: '',
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
      const { account, frame } = desk
      const contact = {
        contactName: frame.signedIn.name,
        contactEmail: account.email,
        contactPhone: account.phone,
      }
      return show(desk, { ...empty, ...contact, permissions }, {})
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const about = { visitor: desk.visitor, more: {} }
      const { form, problems } = await readAppForm(parts, call, about)
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
