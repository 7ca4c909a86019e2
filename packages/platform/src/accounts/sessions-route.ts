/** `/account/sessions`: where the account is signed in; ends one, or all the others. */
import { type Route, seeOther } from '../http.ts'
import { pageOf } from '../page.ts'
import { sessionsPage } from '../pages/account/sessions.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { atAccount, isAnswer } from './own-account.ts'
import { endNamedSession, endOtherSessions, listSessions } from './session-list.ts'
import { describeAgent } from './user-agent.ts'
import { readOwnForm } from './visitor.ts'

const listTable = {
  page: { description: 'Which page, from 1.' },
  ended: { description: 'What was done: `one` or `all`.' },
} as const

const endTable = {
  session: { description: 'Which one to end.' },
  all: { description: '`yes` ends all others.' },
} as const

export function sessionsRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const now = parts.now()
      const about = { accountId: own.account.id, session: own.live.id }
      const { ended, page: number } = fromQuery(listTable, call.query).params
      const listed = await listSessions(parts.store, about, now, pageOf(number))
      const page = sessionsPage({
        ...own.frame,
        sessions: {
          ...listed,
          items: listed.items.map(({ name, agent, isThis, ...times }) => ({
            name,
            agent,
            browser: describeAgent(agent),
            since: times.created_at,
            seenAt: times.seen_at,
            isThis,
          })),
        },
        now,
        ...((ended === 'one' || ended === 'all') && { ended }),
      })
      return parts.renderer.page(page)
    },
    post: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const { session: name = '', all } = await readOwnForm(endTable, call, own.visitor)
      const { id: accountId } = own.account
      const now = parts.now()
      if (all === 'yes') {
        await endOtherSessions(parts.store, { accountId, session: own.live.id }, now)
        return seeOther('/account/sessions?ended=all')
      }
      await endNamedSession(parts.store, { accountId, name }, now)
      return seeOther('/account/sessions?ended=one')
    },
  }
}
