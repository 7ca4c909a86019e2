/** Each adapter on a real port, from the button to the profile, against a real platform on another. */
import assert from 'node:assert/strict'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createMemoryStore, createVendor, newKey, type Vendor } from '@latchkey/vendor'
import createExpress from 'express'
import createFastify from 'fastify'
import { Hono } from 'hono'
import { type Listening, listening } from '../../../packages/platform/test/listening.ts'
import { makeApp, signIn } from '../../../packages/platform/test/setup.ts'
import * as express from '../express.ts'
import * as fastify from '../fastify.ts'
import * as hono from '../hono.ts'
import { makeRoutes } from '../next.ts'

const userOf = () => 'ada'

/** What serves `Request → Response` on a `node:http` server; Next and Hono bring their own. */
function serveWeb(handle: (request: Request) => Response | Promise<Response>): RequestListener {
  return async ({ url = '/', headers }: IncomingMessage, outgoing: ServerResponse) => {
    const cookie = headers.cookie ?? ''
    const response = await handle(
      new Request(new URL(url, 'http://localhost'), { headers: { cookie } }),
    )
    outgoing.writeHead(response.status, [...response.headers].flat())
    outgoing.end(await response.text())
  }
}

const adapters: Record<string, (vendor: Vendor) => RequestListener | Promise<RequestListener>> = {
  Express: vendor => {
    const app = createExpress()
    express.mount(app, vendor, userOf)
    return app
  },
  Fastify: async vendor => {
    const app = createFastify()
    fastify.mount(app, vendor, userOf)
    await app.ready()
    return app.routing
  },
  Hono: vendor => {
    const app = new Hono()
    hono.mount(app, vendor, userOf)
    return serveWeb(app.fetch)
  },
  'Next route handlers': vendor => {
    const routes = makeRoutes(vendor, userOf)
    return serveWeb(request => {
      const { pathname } = new URL(request.url)
      const route = Object.entries(routes).find(([name]) => pathname === `/${name}`)?.[1]
      return route?.GET(request) ?? new Response(null, { status: 404 })
    })
  },
}

for (const [title, make] of Object.entries(adapters)) {
  describe(title, () => {
    let platform: Listening
    let server: Server
    let url: string
    let cookies: Map<string, string>
    before(async () => {
      platform = await listening()
      server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      url = `http://localhost:${(server.address() as AddressInfo).port}`
      const redirectUri = `${url}/callback`
      const app = await makeApp(platform.platform, { redirectUris: [redirectUri] })
      const vendor = createVendor({
        clientId: app.clientId,
        clientSecret: app.secret,
        redirectUri,
        platform: platform.url,
        store: createMemoryStore(),
        keys: newKey(),
      })
      server.on('request', await make(vendor))
    })
    after(async () => {
      server?.closeAllConnections()
      server?.close()
      await platform?.serving.stop()
    })

    /** One step of the person's browser; answers where it is sent. */
    const go = async (path: string): Promise<URL> => {
      const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
      const response = await fetch(url + path, { headers: { cookie }, redirect: 'manual' })
      assert.equal(response.status, 303, await response.text())
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (value) cookies.set(name, value)
        else cookies.delete(name)
      }
      return new URL(response.headers.get('location') ?? '', url)
    }
    /** From the button, over the platform's page, and back. */
    const connect = async (decision: string): Promise<string> => {
      cookies = new Map()
      const at = await go('/connect')
      assert.equal(at.origin, platform.url)
      assert.equal(cookies.size, 1)
      const page = platform.browser()
      await signIn(page, platform.user.email)
      const answer = await (await page.get(at.pathname + at.search)).submit({ decision })
      const back = new URL(answer.location ?? '')
      const end = await go(back.pathname + back.search)
      assert.equal(cookies.size, 0, 'the connect is over')
      return end.pathname + end.search
    }

    test('a denial comes back as one', async () => {
      assert.equal(await connect('deny'), '/?connect=denied')
    })

    test('connect, callback, call', async () => {
      assert.equal(await connect('authorize'), '/?connect=connected')
      const me = await fetch(`${url}/me`)
      assert.deepEqual(await me.json(), { email: platform.user.email })
    })

    test('a code without a connect begins one here: the cookie travels with the answer', async () => {
      cookies = new Map()
      const at = await go('/callback?code=from-elsewhere')
      assert.equal(at.origin, platform.url)
      assert.equal(cookies.size, 1)
    })

    test('connects in two tabs end both, cookie by cookie', async () => {
      cookies = new Map()
      await go('/connect')
      await go('/connect')
      assert.equal(cookies.size, 2)
      const end = await go('/callback?error=access_denied')
      assert.equal(end.search, '?connect=denied')
      assert.equal(cookies.size, 0)
    })
  })
}
