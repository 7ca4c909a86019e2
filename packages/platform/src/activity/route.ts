/** `/developer/authorizations/activity`: an app's figures and its request log, for its people and reviewers. */
import { countConnections } from '../connection/connected-apps.ts'
import { appAt, atDesk, isAnswer } from '../developer/desk.ts'
import type { Route } from '../http.ts'
import { activityPage } from '../pages/developer/activity.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { type Period, readFigures } from './figures.ts'
import { type LogFilter, readEntries } from './request-log.ts'

const table = {
  app: { description: 'The Client ID.', required: true },
  period: { description: '`day` or `month`.' },
  show: { description: '`failed` leaves out what went well.' },
  before: { description: 'Where the page before ended.' },
} as const

const pageLength = 25

export function activityRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { params } = fromQuery(table, call.query)
      const app = await appAt(parts, desk, 'see the app', params.app)
      const { store, settings } = parts
      // What this process has gathered is shown; another one's is at most a few seconds behind.
      await parts.activity.flush()
      const now = parts.now()
      const period: Period = params.period === 'month' ? 'month' : 'day'
      const filter: LogFilter = {
        show: params.show === 'failed' ? 'failed' : 'all',
        before: wholeNumber(params.before) || undefined,
      }
      const [figures, log, connections] = await Promise.all([
        readFigures(store, app.id, { period, now }),
        readEntries(store, app.id, filter, pageLength),
        countConnections(store, app.id),
      ])
      const page = activityPage({
        ...desk.frame,
        app,
        isOwn: desk.membership?.vendor_id === app.vendor_id,
        period,
        figures,
        connections,
        limit: settings.limitApi?.[app.mode] ?? null,
        ...log,
        filter,
        now,
      })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}
