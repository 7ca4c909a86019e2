/** A network that fails as it is told: what the token endpoint, or the API, does to the next requests. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fetch } from '../src/index.ts'

/** Does something to one request; `pass` is the true platform. */
export type Fault = (request: Request, pass: Fetch) => Promise<Response>

/** Answers `body` without asking the platform. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Fault {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return async () =>
    new Response(text, { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

/** Asks the platform, and changes the JSON that it answers. */
export function change(edit: (body: Record<string, unknown>) => unknown): Fault {
  return async (request, pass) => {
    const response = await pass(request)
    const body = edit((await response.json()) as Record<string, unknown>)
    return Response.json(body, { status: response.status })
  }
}

/** The platform never hears of it. */
export const refuseConnection: Fault = async () => {
  throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })
}

/** The platform did its work, and the answer is lost. */
export const dropAfterCommit: Fault = async (request, pass) => {
  await pass(request)
  throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
}

/** The answer begins, and the connection breaks in the middle of the body. */
export const breakInBody: Fault = async (request, pass) => {
  const text = await (await pass(request)).text()
  const body = new ReadableStream({
    start: controller => controller.enqueue(new TextEncoder().encode(text.slice(0, 40))),
    pull: () => {
      throw new TypeError('terminated')
    },
  })
  return new Response(body, { status: 200 })
}

/** The body comes drop by drop, and never ends. */
export const drip: Fault = async () => {
  const body = new ReadableStream({
    pull: async controller => {
      await sleep(5)
      controller.enqueue(new TextEncoder().encode(' '))
    },
  })
  return new Response(body, { status: 200 })
}

/** No answer at all, until the request is given up. */
export const silence: Fault = request =>
  new Promise((_resolve, reject) => {
    const keepAwake = setInterval(() => {}, 1000)
    const end = () => {
      clearInterval(keepAwake)
      reject(request.signal.reason)
    }
    if (request.signal.aborted) end()
    else request.signal.addEventListener('abort', end)
  })

/** A network whose requests to paths that end so meet these faults, one after the other; then none. */
export function faulty(pass: Fetch, faults: Fault[], ending = '/token'): Fetch {
  return request => {
    const isMeant = new URL(request.url).pathname.endsWith(ending)
    const fault = isMeant ? faults.shift() : undefined
    return fault ? fault(request, pass) : pass(request)
  }
}

/** Holds requests back until `open` is called; `arrived` resolves with the first. */
export function barrier() {
  const arrived = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const fault: Fault = async (request, pass) => {
    arrived.resolve()
    await opened.promise
    return pass(request)
  }
  return { fault, arrived: arrived.promise, open: () => opened.resolve() }
}
