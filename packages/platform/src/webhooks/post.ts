/**
 * One POST to a vendor's server: to an address that was judged, with a time limit, without following
 * redirects, and without reading more of the answer than a little.
 */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { addressesOf, type Resolve } from './address.ts'
import { DeliveryError, failureOf } from './failure.ts'

export interface Message {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What counts of the answer. */
export interface PostAnswer {
  readonly status: number
  readonly retryAfter: string | null
}

/** Sends, or throws `DeliveryError`. Ends soon after the signal is aborted. */
export type Post = (message: Message, signal: AbortSignal) => Promise<PostAnswer>

export interface PostOptions {
  /** Lets it go to this machine, also by plain http: for development. */
  readonly allowLoopback: boolean
  readonly resolve?: Resolve
  /** Milliseconds from the beginning to the answer's headers. */
  readonly timeout?: number
}

export const postTimeout = 15_000
/** So much of a body is read and dropped, in bytes, for a server that wants to end its answer. */
const bodyLimit = 4_096

export function createPost({ allowLoopback, resolve, timeout = postTimeout }: PostOptions): Post {
  return async (message, signal) => {
    const limit = AbortSignal.timeout(timeout)
    const either = AbortSignal.any([signal, limit])
    try {
      const url = new URL(message.url)
      const addresses = await sooner(addressesOf(url, allowLoopback, resolve), either)
      if (!addresses) throw new DeliveryError('address')
      return await send(url, message, addresses, either)
    } catch (error) {
      if (limit.aborted) throw new DeliveryError('timeout', error)
      throw new DeliveryError(signal.aborted ? 'late' : failureOf(error), error)
    }
  }
}

function send(
  url: URL,
  { headers, body }: Message,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<PostAnswer> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // An agent of its own: no connection made for one address serves another one later, and no proxy of
    // the environment stands between.
    const posting = request(
      url,
      { method: 'POST', headers, signal, agent: false, lookup: pinned(addresses) },
      response => {
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] ?? null,
        })
        let size = 0
        response.on('error', () => {})
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > bodyLimit) response.destroy()
        })
        // An answer without end is let go of with the time limit of the whole.
      },
    )
    posting.on('error', reject)
    posting.end(body)
  })
}

/** Resolves every name to what was judged, and asks nobody. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map(address => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = found
    if (options.all) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
}

/** The promise, or the signal's end, whichever is first: a name server may take its time. */
async function sooner<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  work.catch(() => {})
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
