/** `/review`: what waits for a decision, and the search. */
import { atDesk, demand, isAnswer } from '../developer/desk.ts'
import { waitingVendors } from '../developer/qualification.ts'
import { searchApps, waitingApps } from '../developer/waiting.ts'
import type { Route } from '../http.ts'
import { queuePage } from '../pages/review/queue.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'

const table = { q: { description: 'A part of a name, or a Client ID.' } } as const

export function queueRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      demand(desk, 'decide on vendors and apps', null)
      const { q } = fromQuery(table, call.query).params
      const [vendors, apps, found] = await Promise.all([
        waitingVendors(parts.store),
        waitingApps(parts.store),
        q === undefined ? null : searchApps(parts.store, q),
      ])
      const page = queuePage({ ...desk.frame, vendors, apps, q: q ?? '', found, now: parts.now() })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}
