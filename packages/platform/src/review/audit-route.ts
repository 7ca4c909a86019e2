/** `/review/audit`: the audit log with filters, and the same as CSV. */
import { atDesk, demand, isAnswer } from '../developer/desk.ts'
import type { Call, Route } from '../http.ts'
import { auditPage } from '../pages/review/audit.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { type AuditFilter, auditCsv, readAudit, stretchesOfFile } from './audit-log.ts'

const table = {
  kind: { description: 'A kind, or the beginning of one.' },
  app: { description: 'A Client ID.' },
  email: { description: 'An account.' },
  connection: { description: 'A con_… name.' },
  vendor: { description: 'A company’s number.' },
  from: { description: 'The first day, like 2026-01-31.' },
  until: { description: 'The last day.' },
  before: { description: 'Where the page before ended.' },
} as const

const pageLength = 50
const csvLength = 50_000

export function auditRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      demand(desk, 'read the audit log', null)
      const filter = filterOf(call)
      const { entries, next } = await readAudit(parts.store, filter, { most: pageLength })
      const page = auditPage({ ...desk.frame, filter, entries, next })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}

export function auditCsvRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      demand(desk, 'read the audit log', null)
      const lengths = { most: csvLength, stretches: stretchesOfFile }
      const { entries, next } = await readAudit(parts.store, filterOf(call), lengths)
      return {
        status: 200,
        headers: {
          'Content-Type': 'text/csv; charset=utf-8; header=present',
          'Content-Disposition': 'attachment; filename="audit.csv"',
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
        },
        body: auditCsv(entries, next),
      }
    },
  }
}

function filterOf(call: Call): AuditFilter {
  const { before, ...rest } = fromQuery(table, call.query).params
  const number = wholeNumber(before) || undefined
  return { ...rest, before: number }
}
