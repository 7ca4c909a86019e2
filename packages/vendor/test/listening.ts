/** The fixture on a real port: what other processes and plain `fetch` talk to, faults included. */
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { PlatformOptions } from '../../platform/src/platform.ts'
import { type Fault, faulty } from './faults.ts'
import { setup } from './setup.ts'
import { listen } from './store/listen.ts'

/** A fixture whose platform listens; its token requests meet `faults`, one after the other. */
export async function listening(
  options: Parameters<typeof setup>[0] = {},
  platformOptions: PlatformOptions = {},
) {
  const faults: Fault[] = []
  const server = createServer()
  const url = `http://localhost:${await listen(server)}`
  const fixture = await setup(options, { ...platformOptions, url })
  const network = faulty(fixture.network, faults)
  server.on('request', async (incoming, outgoing) => {
    try {
      const response = await network(await requestOf(incoming, url))
      outgoing.writeHead(response.status, [...response.headers].flat())
      outgoing.end(await response.text())
    } catch {
      // What a fault throws is a connection that breaks.
      outgoing.destroy()
    }
  })
  const stop = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { ...fixture, url, faults, stop }
}

async function requestOf(incoming: IncomingMessage, base: string): Promise<Request> {
  const { method = 'GET', url = '/', headers } = incoming
  const body = method === 'GET' ? null : await text(incoming)
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, `${value}`])
  return new Request(base + url, { method, headers: pairs, body })
}
