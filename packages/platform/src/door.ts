/**
 * The two doors into `answerTo`: `fetch` for any fetch-style server and for tests, and `node:http` for
 * our own server, which spares the Request and Response objects on the way (a third of the time of a
 * refresh). Both read a body the same way: at most 64 kB, UTF-8 and nothing else; or, where a route asks
 * for that, bytes up to a limit of its own.
 */
import { isAscii } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from './error.ts'
import { type Answer, bodyLimit, type Call } from './http.ts'

type AnswerTo = (call: Call) => Promise<Answer>

/** `Request` in, `Response` out. `address` is the peer's, where the server knows it. */
export function fetchDoor(
  answerTo: AnswerTo,
): (request: Request, address?: string) => Promise<Response> {
  return async (request, address = 'unknown') => {
    const { pathname, search } = new URL(request.url)
    const answer = await answerTo({
      method: request.method,
      path: pathname,
      query: search.slice(1),
      address,
      header: name => request.headers.get(name) ?? undefined,
      body: () => readStream(request.body, bodyLimit, bodyLimit).then(decodeBody),
      bytes: limit => readStream(request.body, limit, limit * patience),
      request: () => request,
    })
    const headers = new Headers(answer.headers)
    for (const cookie of answer.cookies ?? []) headers.append('Set-Cookie', cookie)
    const bare = answer.status === 204 || answer.status === 303 || request.method === 'HEAD'
    return new Response(bare ? null : answer.body, { status: answer.status, headers })
  }
}

/** How many times its limit a body of bytes may be, and is still let go by before it is refused. */
const patience = 5

async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
  end: number,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.length
    if (size > end) break
    if (size <= limit) chunks.push(chunk)
  }
  if (size > limit) throw tooLarge(limit)
  return Buffer.concat(chunks, size)
}

/** Answers one request of a `node:http` server. */
export function nodeDoor(
  answerTo: AnswerTo,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return (request, response) =>
    answerTo(new NodeCall(request)).then(answer => send(request, response, answer))
}

const slash = 47

/**
 * RFC 9112 §3.2.2: a whole URL as the target, as a client sends it to a proxy, is served as its path and
 * query. What it says of scheme and host is dropped, as the Host header is.
 */
function originForm(target: string): string {
  const rest = target.replace(/^https?:\/\/[^/?#]+/i, '')
  return rest === target || rest.startsWith('/') ? rest : `/${rest}`
}

class NodeCall implements Call {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    const target = request.url ?? '/'
    const url = target.charCodeAt(0) === slash ? target : originForm(target)
    const mark = url.indexOf('?')
    this.#request = request
    this.method = request.method ?? 'GET'
    this.path = mark < 0 ? url : url.slice(0, mark)
    this.query = mark < 0 ? '' : url.slice(mark + 1)
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? 'unknown'
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  request(base: string): Request {
    const headers = new Headers()
    const { rawHeaders } = this.#request
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
    }
    return new Request(`${base}${this.path}?${this.query}`, { method: this.method, headers })
  }

  body(): Promise<string> {
    return this.#read(bodyLimit, bodyLimit, bytes => (bytes ? decodeBody(bytes) : ''))
  }

  bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(limit, limit * patience, bytes => bytes ?? new Uint8Array())
  }

  #read<T>(limit: number, end: number, finish: (bytes: Bytes | null) => T): Promise<T> {
    const request = this.#request
    return new Promise((resolve, reject) => {
      if (request.readableEnded) return resolve(finish(null))
      if (Number(request.headers['content-length'] ?? 0) > end) return reject(tooLarge(limit))
      let first: Bytes | null = null
      let size = 0
      const more: Bytes[] = []
      request.on('data', (chunk: Bytes) => {
        size += chunk.length
        if (size > end) reject(tooLarge(limit))
        else if (size > limit) more.length = 0
        else if (first) more.push(chunk)
        else first = chunk
      })
      request.on('end', () => {
        try {
          if (size > limit) throw tooLarge(limit)
          const whole = more.length > 0 ? Buffer.concat([first as Bytes, ...more], size) : first
          resolve(finish(whole))
        } catch (error) {
          reject(error)
        }
      })
      request.on('error', cause =>
        reject(new RequestError(400, `The body broke off: ${cause.message}.`)),
      )
    })
  }
}

type Bytes = Buffer<ArrayBuffer>

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers, body, cookies } = answer
  if (response.destroyed) return
  if (cookies && cookies.length > 0) response.setHeader('Set-Cookie', cookies)
  // What is left of a refused body is not read: the connection ends with the answer.
  if (!request.complete && request.method === 'POST') response.setHeader('Connection', 'close')
  const written = { ...headers }
  // RFC 9110 §8.6: a 204 has no length, not even zero.
  if (status !== 204) written['Content-Length'] = String(Buffer.byteLength(body))
  response.writeHead(status, written)
  response.end(request.method === 'HEAD' ? undefined : body)
}

function tooLarge(limit: number): RequestError {
  return new RequestError(413, `The body is larger than ${limit} bytes.`)
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

function decodeBody(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw new RequestError(400, 'The body is not UTF-8.')
  }
}
