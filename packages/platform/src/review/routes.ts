/** The addresses of review. */
import type { Route } from '../http.ts'
import type { Parts } from '../platform.ts'
import { reviewAppRoute } from './app-route.ts'
import { auditCsvRoute, auditRoute } from './audit-route.ts'
import { queueRoute, searchRoute } from './queue-route.ts'
import { reviewAppStepRoute, reviewVendorStepRoute } from './step-route.ts'
import { reviewVendorRoute } from './vendor-route.ts'

export function reviewRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
    ['/review', queueRoute(parts)],
    ['/review/search', searchRoute(parts)],
    ['/review/vendor', reviewVendorRoute(parts)],
    ['/review/vendor/step', reviewVendorStepRoute(parts)],
    ['/review/app', reviewAppRoute(parts)],
    ['/review/app/step', reviewAppStepRoute(parts)],
    ['/review/audit', auditRoute(parts)],
    ['/review/audit.csv', auditCsvRoute(parts)],
  ]
}
