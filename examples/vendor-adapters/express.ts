/** `@latchkey/vendor` in Express 5: what it needs of a request is the address and the cookies. */
import type { Vendor } from '@latchkey/vendor'
import type { Express, Request as Incoming, Response as Outgoing } from 'express'

/** Mounts `/connect`, `/callback` and `/me`; `userOf` says who is signed in. */
export function mount(app: Express, vendor: Vendor, userOf: (incoming: Incoming) => string): void {
  app.get('/connect', async (incoming, outgoing) => {
    send(outgoing, await vendor.connect(read(incoming), { user: userOf(incoming) }))
  })
  app.get('/callback', async (incoming, outgoing) => {
    const result = await vendor.callback(read(incoming), { user: userOf(incoming) })
    const { outcome } = result
    send(
      outgoing,
      outcome === 'restart' ? result.response : result.redirect(`/?connect=${outcome}`),
    )
  })
  app.get('/me', async (incoming, outgoing) => {
    const { email } = await vendor.connection(userOf(incoming)).api.me()
    outgoing.json({ email })
  })
}

function read({ originalUrl, headers }: Incoming): Request {
  const url = new URL(originalUrl, 'http://localhost')
  return new Request(url, { headers: { cookie: headers.cookie ?? '' } })
}

function send(outgoing: Outgoing, { status, headers }: Response): void {
  for (const [name, value] of headers) outgoing.append(name, value)
  outgoing.status(status).end()
}
