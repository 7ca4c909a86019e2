/** The gate in Fastify 5. `onRequest` comes before the body is read, so nobody is served without a key. */
import { gateMiddleware, type Passage, type Platform } from '@latchkey/platform'
import fastify, { type FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    latchkey: Passage
  }
}

export function makeApi(platform: Platform): FastifyInstance {
  const api = fastify()
  api.get('/v1.0/leads', { onRequest: gateMiddleware(platform, 'leads:read') }, async request => {
    const { connection } = request.latchkey
    return { account: connection.account_id, leads: [] }
  })
  return api
}
