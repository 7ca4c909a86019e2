/** The fixture on a real port, for clients that bring their own network. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PlatformOptions } from '../src/platform.ts'
import { type Serving, serve } from '../src/serve.ts'
import { type Setup, setup } from './setup.ts'

export type Listening = Setup & { readonly url: string; readonly serving: Serving }

/** A platform whose issuer is the address it listens on; `serving.stop()` ends it. */
export async function listening(options: PlatformOptions = {}): Promise<Listening> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const fixture = await setup({ ...options, url })
  const serving = await serve(fixture.platform, { port, host: '127.0.0.1' })
  return { ...fixture, url, serving }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
