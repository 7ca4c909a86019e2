/** The start page. */
import { isSignedIn, who } from './accounts/visitor.ts'
import type { Route } from './http.ts'
import { homePage } from './pages/home.ts'
import type { Parts } from './platform.ts'

export function homeRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const page = homePage({
        platformName: parts.renderer.name,
        signUp: parts.ways.passwords,
        ...(isSignedIn(visitor) && {
          signedIn: parts.renderer.person(visitor.account),
          csrf: visitor.csrf,
        }),
      })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
  }
}
