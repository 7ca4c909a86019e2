/** `/account/history`: what was connected and disconnected. */
import { historyLength, readHistory } from '../connection/history.ts'
import type { Route } from '../http.ts'
import { pageOf } from '../page.ts'
import { historyPage } from '../pages/account/history.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { toSignIn } from './own-account.ts'
import { isSignedIn, who } from './visitor.ts'

const pageTable = { page: { description: 'Which page, from 1.' } } as const

export function historyRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) return toSignIn(call)
      const { params } = fromQuery(pageTable, call.query)
      const accountId = visitor.account.id
      const view = {
        platformName: parts.renderer.name,
        signedIn: parts.renderer.person(visitor.account),
        csrf: visitor.csrf,
        events: await readHistory(parts.store, accountId, pageOf(params.page, historyLength)),
      }
      return parts.renderer.page(historyPage(view), { cookies: visitor.cookies })
    },
  }
}
