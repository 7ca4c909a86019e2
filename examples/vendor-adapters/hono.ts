/** `@latchkey/vendor` in Hono: both speak `Request` and `Response`, so nothing stands between them. */
import type { Vendor } from '@latchkey/vendor'
import type { Context, Hono } from 'hono'

/** Mounts `/connect`, `/callback` and `/me`; `userOf` says who is signed in. */
export function mount(app: Hono, vendor: Vendor, userOf: (context: Context) => string): void {
  app.get('/connect', context => vendor.connect(context.req.raw, { user: userOf(context) }))
  app.get('/callback', async context => {
    const result = await vendor.callback(context.req.raw, { user: userOf(context) })
    const { outcome } = result
    return outcome === 'restart' ? result.response : result.redirect(`/?connect=${outcome}`)
  })
  app.get('/me', async context => {
    const { email } = await vendor.connection(userOf(context)).api.me()
    return context.json({ email })
  })
}
