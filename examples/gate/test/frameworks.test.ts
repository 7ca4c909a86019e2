/** The gate in process: each example answers as `/gate` does, and lets through what `/gate` lets through. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Platform } from '@latchkey/platform'
import { connect, makeApp, type Setup, setup } from '../../../packages/platform/test/setup.ts'
import * as express from '../express.ts'
import * as fastify from '../fastify.ts'
import * as fetchStyle from '../fetch.ts'
import * as hono from '../hono.ts'

type Ask = (request: Request) => Promise<Response>

interface Running {
  readonly ask: Ask
  stop(): Promise<void>
}

const nothing = async () => {}

/** A `node:http` listener on a free port. */
async function listen(listener: RequestListener): Promise<Running> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ask: ({ url, method, headers }) => {
      const { pathname, search } = new URL(url)
      return fetch(`http://127.0.0.1:${port}${pathname}${search}`, { method, headers })
    },
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const servers: Readonly<Record<string, (platform: Platform) => Promise<Running>>> = {
  'any fetch-style server': async platform => ({
    ask: fetchStyle.makeApi(platform),
    stop: nothing,
  }),
  Hono: async platform => {
    const api = hono.makeApi(platform)
    return { ask: async request => api.fetch(request), stop: nothing }
  },
  Express: platform => listen(express.makeApi(platform)),
  Fastify: async platform => {
    const api = fastify.makeApi(platform)
    await api.ready()
    return listen(api.routing)
  },
}

const limit = 30

for (const [name, start] of Object.entries(servers)) {
  describe(`the gate in ${name}`, () => {
    let fixture: Setup
    let api: Running
    before(async () => {
      fixture = await setup({
        api: fileURLToPath(new URL('../api.json', import.meta.url)),
        limitApi: { development: 1, production: limit },
      })
      api = await start(fixture.platform)
    })
    after(async () => {
      await api?.stop()
      await fixture?.platform.close()
    })

    async function tokenFor(permissions: readonly string[], mode: 'development' | 'production') {
      const app = await makeApp(fixture.platform, { permissions, mode })
      return (await connect({ ...fixture, app })).access_token
    }

    const headersFor = (token: string | null): Record<string, string> =>
      token === null ? {} : { Authorization: `Bearer ${token}` }

    const ask = (token: string | null) =>
      api.ask(new Request('http://api.example/v1.0/leads', { headers: headersFor(token) }))

    const askGate = (token: string | null) =>
      fixture.platform.fetch(
        new Request('http://localhost:4400/gate', {
          headers: {
            ...headersFor(token),
            'X-Forwarded-Method': 'GET',
            'X-Forwarded-Uri': '/v1.0/leads',
          },
        }),
      )

    /** What of an answer is ours; the count of calls goes on with each. */
    async function told(answer: Response) {
      const of = (header: string) => answer.headers.get(header)
      return {
        status: answer.status,
        type: of('content-type'),
        challenge: of('www-authenticate'),
        cache: of('cache-control'),
        sniff: of('x-content-type-options'),
        limit: of('x-ratelimit-limit'),
        reset: of('x-ratelimit-reset'),
        wait: of('retry-after'),
        body: await answer.text(),
      }
    }

    test('a call with the permission is answered, with what the app has left', async () => {
      const token = await tokenFor(['leads:read'], 'production')
      const answer = await ask(token)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('x-ratelimit-limit'), String(limit))
      assert.equal(answer.headers.get('x-ratelimit-remaining'), String(limit - 1))
      assert.match(answer.headers.get('x-ratelimit-reset') ?? '', /^\d+$/)
      assert.deepEqual(await answer.json(), { account: fixture.user.id, leads: [] })
    })

    test('no token, a damaged one, one without the permission: what the gate answers', async () => {
      const narrow = await tokenFor(['profile:read'], 'production')
      const statuses: number[] = []
      for (const token of [null, 'x', narrow]) {
        const answer = await told(await ask(token))
        assert.deepEqual(answer, await told(await askGate(token)))
        statuses.push(answer.status)
      }
      assert.deepEqual(statuses, [401, 401, 403])
      const { code } = (await (await ask(narrow)).json()) as { code: number }
      assert.equal(code, 200100)
    })

    test('too many calls: what the gate answers', async () => {
      const token = await tokenFor(['leads:read'], 'development')
      assert.equal((await ask(token)).status, 200)
      const answer = await ask(token)
      assert.equal(answer.headers.get('x-ratelimit-remaining'), '0')
      const words = await told(answer)
      assert.equal(words.status, 429)
      assert.notEqual(words.wait, null)
      assert.deepEqual(words, await told(await askGate(token)))
    })

    test('a store that cannot be asked lets nobody through', async () => {
      const token = await tokenFor(['leads:read'], 'production')
      await fixture.platform.close()
      const answer = await ask(token)
      assert.equal(answer.status >= 500, true, String(answer.status))
      const { message } = (await answer.json()) as { message: string }
      assert.equal(message.includes(token), false)
    })
  })
}
