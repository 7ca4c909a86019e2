/** The gate in a plain fetch-style server: `Request` in, `Response` out. */
import type { Platform } from '@latchkey/platform'

export function makeApi(platform: Platform): (request: Request) => Promise<Response> {
  return async request => {
    try {
      const { connection, headers } = await platform.gate(request, 'leads:read')
      return Response.json({ account: connection.account_id, leads: [] }, { headers })
    } catch (error) {
      return platform.refusal(error)
    }
  }
}
