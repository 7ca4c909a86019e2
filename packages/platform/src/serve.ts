/** Puts a platform on a port, and takes it off again without dropping what was begun. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeDoor } from './door.ts'
import type { Platform } from './platform.ts'

export interface Serving {
  readonly port: number
  readonly server: Server
  /** Takes no more connections, finishes what was begun, then closes the platform. */
  stop(): Promise<void>
}

/** How long a client may take over its headers, and over a whole request, in milliseconds. */
const headersTimeout = 10_000
const requestTimeout = 20_000
/** How long a stop waits for requests under way, in milliseconds. */
const stopPatience = 6_000

/** Listens on `host` and `port` (0 for any free one). Rejects when the port is taken. */
export async function serve(
  platform: Platform,
  { port, host }: { port: number; host: string },
): Promise<Serving> {
  const server = createServer(
    {
      headersTimeout,
      requestTimeout,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 32_768,
      optimizeEmptyRequests: true,
    },
    nodeDoor(platform.answer),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy()
    const line =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request'
    const body = JSON.stringify({
      error: 'invalid_request',
      error_description: `${line.slice(4)}.`,
    })
    socket.end(
      `HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    server,
    stop: async () => {
      const closed = new Promise(done => server.close(done))
      server.closeIdleConnections()
      // A connection that has got its answer now is idle from then on.
      const sweep = setInterval(() => server.closeIdleConnections(), 20)
      const hurry = setTimeout(() => server.closeAllConnections(), stopPatience)
      await closed
      clearTimeout(hurry)
      clearInterval(sweep)
      await platform.close()
    },
  }
}
