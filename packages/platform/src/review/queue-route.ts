/** `/review`: what waits for a decision; `/review/search`: apps and companies by a part of their names. */
import { atDesk, demand, isAnswer } from '../developer/desk.ts'
import { searchApps, searchVendors, waitingApps, waitingVendors } from '../developer/waiting.ts'
import { type Route, seeOther } from '../http.ts'
import { pageOf } from '../page.ts'
import { queuePage, searchPage } from '../pages/review/queue.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'

const table = {
  companies: { description: 'Which page of companies, from 1.' },
  apps: { description: 'Which page of apps, from 1.' },
} as const

const searchTable = {
  ...table,
  q: { description: 'A part of a name, a Client ID or a contact’s email.' },
} as const

export function queueRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      demand(desk, 'decide on vendors and apps', null)
      const wanted = fromQuery(table, call.query).params
      const [vendors, apps] = await Promise.all([
        waitingVendors(parts.store, pageOf(wanted.companies)),
        waitingApps(parts.store, pageOf(wanted.apps)),
      ])
      const page = queuePage({ ...desk.frame, vendors, apps, now: parts.now() })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}

export function searchRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      demand(desk, 'decide on vendors and apps', null)
      const { q = '', ...wanted } = fromQuery(searchTable, call.query).params
      if (q.trim() === '') return seeOther('/review')
      const [vendors, apps] = await Promise.all([
        searchVendors(parts.store, q, pageOf(wanted.companies)),
        searchApps(parts.store, q, pageOf(wanted.apps)),
      ])
      const page = searchPage({ ...desk.frame, q: q.trim(), vendors, apps })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}
