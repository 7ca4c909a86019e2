/** The route table: every address of the platform and the endpoint behind it. */
import { accountRoutes } from './accounts/routes.ts'
import { logoRoute } from './developer/logo-route.ts'
import { developerRoutes } from './developer/routes.ts'
import { docsRoute, openApiRoute } from './docs.ts'
import { forwardAuthRoute } from './forward-auth.ts'
import { healthRoute, readyRoute } from './health.ts'
import { homeRoute } from './home.ts'
import type { Route, Routes } from './http.ts'
import { meRoute } from './me.ts'
import { metricsRoute } from './metrics.ts'
import { authorizeRoute, consentRoute } from './oauth/consent.ts'
import { introspectRoute } from './oauth/introspect.ts'
import { metadataRoute } from './oauth/metadata.ts'
import { revokeRoute } from './oauth/revoke.ts'
import { articleTokenRoute, tokenRoute } from './oauth/token.ts'
import { assetRoutes } from './pages/render.ts'
import type { Parts } from './platform.ts'
import { reviewRoutes } from './review/routes.ts'

/** All routes; `more` adds some, or replaces one of ours. */
export function createRoutes(parts: Parts, more: Iterable<readonly [string, Route]>): Routes {
  const { settings, store } = parts
  return new Map<string, Route>([
    ['/page/vendor-auth.html', authorizeRoute(parts, 'article')],
    ['/oauth/authorize', authorizeRoute(parts, 'standard')],
    ['/api/user-web/oauth/authorize', authorizeRoute(parts, 'standard')],
    ['/oauth/consent', consentRoute(parts)],
    ['/api/user-web/oauth/token', articleTokenRoute(parts)],
    ['/oauth/token', tokenRoute(parts)],
    ['/oauth/revoke', revokeRoute(parts)],
    ['/oauth/introspect', introspectRoute(parts)],
    ['/.well-known/oauth-authorization-server', metadataRoute(settings.url)],
    ['/v1.0/me', meRoute(parts)],
    ['/gate', forwardAuthRoute(parts)],
    ['/gate/*', forwardAuthRoute(parts)],
    ['/metrics', metricsRoute(parts.metrics, parts.collect)],
    ['/', homeRoute(parts)],
    ...accountRoutes(parts),
    ...developerRoutes(parts),
    ...reviewRoutes(parts),
    ['/logos/*', logoRoute(parts)],
    ['/docs/index.html', docsRoute(parts)],
    ['/openapi.json', openApiRoute(settings.url)],
    ['/healthz', healthRoute()],
    ['/readyz', readyRoute(store)],
    ...assetRoutes(),
    ...more,
  ])
}
