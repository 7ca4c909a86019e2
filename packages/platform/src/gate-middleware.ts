/**
 * The gate in Express, Fastify, and whatever else calls `(request, response, next)`. What it lets through
 * carries the passage as `request.latchkey`; everything else is answered here, as `/gate` would.
 */
import type { ServerResponse } from 'node:http'
import type { Asked, Passage } from './connection/gate.ts'
import type { Platform } from './platform.ts'

/** A request behind `gateMiddleware`. */
export interface Gated {
  /** Who it acts for. */
  readonly latchkey: Passage
}

/** What of Fastify's reply is used here. */
interface Reply {
  readonly raw: ServerResponse
  header(name: string, value: string): unknown
  code(status: number): unknown
  send(body: Buffer): unknown
}

type Outgoing = ServerResponse | Reply

/**
 * For Express `app.use('/leads', gateMiddleware(platform, 'leads:read'))`, for Fastify a hook:
 * `{ onRequest: gateMiddleware(platform, 'leads:read') }`. `permission` is `null` for any live connection.
 */
export function gateMiddleware(
  platform: Pick<Platform, 'gate' | 'refusal'>,
  permission: string | null,
): (request: Asked, response: Outgoing, next: (error?: Error) => void) => void {
  const pass = async (request: Asked, response: Outgoing): Promise<boolean> => {
    try {
      const passage = await platform.gate(request, permission)
      Object.assign(request, { latchkey: passage })
      for (const [name, value] of Object.entries(passage.headers)) {
        setHeader(response, name, value)
      }
      return true
    } catch (error) {
      await answer(response, platform.refusal(error))
      return false
    }
  }
  return (request, response, next) => {
    pass(request, response).then(passed => passed && next(), next)
  }
}

function setHeader(response: Outgoing, name: string, value: string): void {
  if ('raw' in response) response.header(name, value)
  else response.setHeader(name, value)
}

async function answer(response: Outgoing, refusal: Response): Promise<void> {
  const body = Buffer.from(await refusal.arrayBuffer())
  for (const [name, value] of refusal.headers) setHeader(response, name, value)
  if ('raw' in response) {
    response.code(refusal.status)
    // Fastify would add a charset to the type of a text.
    response.send(body)
    return
  }
  response.statusCode = refusal.status
  response.setHeader('Content-Length', body.length)
  response.end(body)
}
