/** The addresses of review. */
import type { Route } from '../http.ts'
import type { Parts } from '../platform.ts'
import { reviewAppRoute, reviewAppStepRoute } from './app-route.ts'
import { auditCsvRoute, auditRoute } from './audit-route.ts'
import { queueRoute } from './queue-route.ts'
import { reviewVendorRoute } from './vendor-route.ts'

export function reviewRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
    ['/review', queueRoute(parts)],
    ['/review/vendor', reviewVendorRoute(parts)],
    ['/review/app', reviewAppRoute(parts)],
    ['/review/app/step', reviewAppStepRoute(parts)],
    ['/review/audit', auditRoute(parts)],
    ['/review/audit.csv', auditCsvRoute(parts)],
  ]
}
