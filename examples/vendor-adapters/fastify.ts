/** `@latchkey/vendor` in Fastify 5: what it needs of a request is the address and the cookies. */
import type { Vendor } from '@latchkey/vendor'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Mounts `/connect`, `/callback` and `/me`; `userOf` says who is signed in. */
export function mount(
  app: FastifyInstance,
  vendor: Vendor,
  userOf: (incoming: FastifyRequest) => string,
): void {
  app.get('/connect', async (incoming, reply) =>
    send(reply, await vendor.connect(read(incoming), { user: userOf(incoming) })),
  )
  app.get('/callback', async (incoming, reply) => {
    const result = await vendor.callback(read(incoming), { user: userOf(incoming) })
    const { outcome } = result
    return send(
      reply,
      outcome === 'restart' ? result.response : result.redirect(`/?connect=${outcome}`),
    )
  })
  app.get('/me', async incoming => {
    const { email } = await vendor.connection(userOf(incoming)).api.me()
    return { email }
  })
}

function read({ url, headers }: FastifyRequest): Request {
  return new Request(new URL(url, 'http://localhost'), {
    headers: { cookie: headers.cookie ?? '' },
  })
}

function send(reply: FastifyReply, { status, headers }: Response): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value)
  return reply.code(status).send()
}
