/** The endpoint documentation: `/openapi.json`, and the page made from it. */
import { isSignedIn, who } from './accounts/visitor.ts'
import { json, type Route } from './http.ts'
import { openApi } from './openapi.ts'
import { docsPage } from './pages/docs.ts'
import type { Parts } from './platform.ts'

export function docsRoute(parts: Parts): Route {
  const document = openApi(parts.settings.url)
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const page = docsPage({
        platformName: parts.renderer.name,
        document,
        ...(isSignedIn(visitor) && {
          signedIn: parts.renderer.person(visitor.account),
          csrf: visitor.csrf,
        }),
      })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
  }
}

export function openApiRoute(url: string): Route {
  const answer = json(200, openApi(url), { 'Cache-Control': 'public, max-age=300' })
  return { manner: 'oauth', cors: true, get: async () => answer }
}
