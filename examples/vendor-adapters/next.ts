/**
 * `@latchkey/vendor` as Next route handlers, which speak `Request` and `Response`. Each file of `app/`
 * exports its own, `app/connect/route.ts` for one: `export const { GET } = routes.connect`.
 */
import type { Vendor } from '@latchkey/vendor'

/** The handlers of `/connect`, `/callback` and `/me`; `userOf` says who is signed in. */
export function makeRoutes(vendor: Vendor, userOf: (request: Request) => string) {
  const connect = {
    GET: (request: Request) => vendor.connect(request, { user: userOf(request) }),
  }
  const callback = {
    GET: async (request: Request) => {
      const result = await vendor.callback(request, { user: userOf(request) })
      const { outcome } = result
      return outcome === 'restart' ? result.response : result.redirect(`/?connect=${outcome}`)
    },
  }
  const me = {
    GET: async (request: Request) => {
      const { email } = await vendor.connection(userOf(request)).api.me()
      return Response.json({ email })
    },
  }
  return { connect, callback, me }
}
