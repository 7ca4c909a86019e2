/** The gate in Hono, and in every server that speaks `Request` and `Response`. */
import type { Passage, Platform } from '@latchkey/platform'
import { Hono, type MiddlewareHandler } from 'hono'

type Environment = { Variables: { latchkey: Passage } }

export function makeApi(platform: Platform): Hono<Environment> {
  const api = new Hono<Environment>()
  api.get('/v1.0/leads', gate(platform, 'leads:read'), context => {
    const { connection } = context.get('latchkey')
    return context.json({ account: connection.account_id, leads: [] })
  })
  return api
}

function gate(platform: Platform, permission: string): MiddlewareHandler<Environment> {
  return async (context, next) => {
    try {
      context.set('latchkey', await platform.gate(context.req.raw, permission))
    } catch (error) {
      return platform.refusal(error)
    }
    await next()
    for (const [name, value] of Object.entries(context.get('latchkey').headers)) {
      context.header(name, value)
    }
  }
}
