/** The configurations of the guide, run for real: nginx and Caddy before an API that knows no token. */
import assert from 'node:assert/strict'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Listening, listening } from '../../../packages/platform/test/listening.ts'
import { connect, makeApp } from '../../../packages/platform/test/setup.ts'
import { missing, type ProxyName, type RunningProxy, startProxy } from './proxy.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const limit = 40
const description = fileURLToPath(new URL('../api.json', import.meta.url))

const names = ['nginx', 'caddy'] as const satisfies readonly ProxyName[]

for (const name of names) {
  describe(`${name} before an API`, { skip: missing(name), timeout: 120_000 }, () => {
    let platform: Listening
    let api: Server
    let proxy: RunningProxy
    let reader: string
    const seen: Seen[] = []

    before(async () => {
      platform = await listening({
        api: description,
        limitApi: { development: 2, production: limit },
      })
      api = createServer((request, response) => {
        let body = ''
        request.on('data', chunk => {
          body += chunk
        })
        request.on('end', () => {
          const { method = '', url = '', headers } = request
          seen.push({ method, url, headers, body })
          // The API's own count is not the app's.
          response.writeHead(200, { 'X-RateLimit-Limit': 'of-the-api' }).end('from the API')
        })
      })
      await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
      const ports = { latchkey: platform.serving.port, api: (api.address() as AddressInfo).port }
      proxy = await startProxy(name, ports)
      reader = await tokenFor(['leads:read'])
    })
    after(async () => {
      await proxy?.stop()
      api?.closeAllConnections()
      api?.close()
      await platform?.serving.stop()
    })

    async function tokenFor(
      permissions: readonly string[],
      mode: 'development' | 'production' = 'production',
    ): Promise<string> {
      const app = await makeApp(platform.platform, {
        permissions,
        mode,
        name: `App ${permissions}`,
      })
      return (await connect({ ...platform, app })).access_token
    }

    const ask = (
      path: string,
      token: string | null,
      { method = 'GET', headers = {}, body = '' } = {},
    ): Promise<Reply> =>
      new Promise((resolve, reject) => {
        const authorization = token === null ? {} : { Authorization: `Bearer ${token}` }
        const asked = httpRequest(
          proxy.url,
          { path, method, headers: { ...authorization, ...headers } },
          response => {
            let text = ''
            response.on('data', chunk => {
              text += chunk
            })
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            )
          },
        )
        asked.on('error', reject)
        asked.end(body)
      })

    test('a call with the permission reaches the API, which learns who it acts for', async () => {
      const answer = await ask('/v1.0/leads/7?full=1', reader)
      assert.equal(answer.status, 200, answer.body)
      assert.equal(answer.body, 'from the API')
      assert.equal(answer.headers['x-ratelimit-limit'], String(limit))
      assert.match(String(answer.headers['x-ratelimit-remaining']), /^\d+$/)
      assert.match(String(answer.headers['x-ratelimit-reset']), /^\d+$/)
      const call = seen.at(-1)
      assert.equal(call?.url, '/v1.0/leads/7?full=1')
      assert.equal(call?.headers['x-latchkey-account'], String(platform.user.id))
      assert.match(String(call?.headers['x-latchkey-app']), /^app_/)
      assert.match(String(call?.headers['x-latchkey-connection']), /^con_/)
      assert.equal(call?.headers['x-latchkey-permissions'], 'leads:read')
      assert.equal(call?.headers.authorization, undefined, 'the API sees no token')
    })

    test('a body goes to the API, whole', async () => {
      const writer = await tokenFor(['leads:write'])
      const body = JSON.stringify({ name: 'x'.repeat(20_000) })
      const headers = { 'Content-Length': String(body.length) }
      const answer = await ask('/v1.0/leads', writer, { method: 'POST', headers, body })
      assert.equal(answer.status, 200, answer.body)
      assert.deepEqual([seen.at(-1)?.method, seen.at(-1)?.body], ['POST', body])
    })

    test('without a token: 401, the challenge and JSON', async () => {
      const before = seen.length
      const answer = await ask('/v1.0/leads', null)
      assert.equal(answer.status, 401)
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="Latchkey"')
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      assert.deepEqual(JSON.parse(answer.body), {
        code: 'BAD_CREDENTIALS',
        message: 'Send the access token as Authorization: Bearer ….',
      })
      assert.equal(answer.headers['x-latchkey-refusal'], undefined)
      assert.equal(seen.length, before, 'the API is not asked')
    })

    test('a token that is none: 401 invalid_token', async () => {
      const answer = await ask('/v1.0/leads', 'x')
      assert.equal(answer.status, 401)
      assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"/)
    })

    const forbidden = [
      ['DELETE', '/v1.0/leads/7', 'This needs the permission leads:write.'],
      ['POST', '/v1.0/leads', 'This needs the permission leads:write.'],
      ['GET', '/v1.0/leads/7/notes', 'This needs the permission leads:write.'],
      ['GET', '/v1.0/everything', 'No permission opens this call.'],
      ['GET', '/v1.0/leads/7/..%2F..%2Fping', 'No permission opens this call.'],
      ['GET', '/v1.0/leads/7/../../ping', 'No permission opens this call.'],
      ['GET', '/v1.0/leads//7', 'No permission opens this call.'],
    ] as const
    for (const [method, path, message] of forbidden) {
      test(`${method} ${path} with leads:read: 403 and why`, async () => {
        const before = seen.length
        const answer = await ask(path, reader, { method })
        assert.equal(answer.status, 403)
        assert.match(String(answer.headers['www-authenticate']), /error="insufficient_scope"/)
        assert.deepEqual(JSON.parse(answer.body), { code: 200100, message })
        assert.equal(answer.headers['x-ratelimit-limit'], String(limit))
        assert.equal(seen.length, before, 'the API is not asked')
      })
    }

    test('too many calls: 429 with its headers', async () => {
      const token = await tokenFor(['leads:read'], 'development')
      for (const remaining of ['1', '0']) {
        const answer = await ask('/v1.0/leads', token)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers['x-ratelimit-remaining'], remaining)
      }
      const before = seen.length
      const answer = await ask('/v1.0/leads', token)
      assert.equal(answer.status, 429)
      assert.deepEqual(JSON.parse(answer.body), { message: 'Too Many Requests' })
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      assert.equal(answer.headers['x-ratelimit-limit'], '2')
      assert.equal(answer.headers['x-ratelimit-remaining'], '0')
      assert.match(String(answer.headers['x-ratelimit-reset']), /^\d+$/)
      assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
      assert.equal(seen.length, before, 'the API is not asked')
    })

    const claims = {
      'X-Latchkey-Account': '999',
      'x-latchkey-app': 'app_mine',
      X_Latchkey_Account: '999',
      x_latchkey_permissions: 'leads:write',
      'X-Latchkey-Permissions': 'leads:write',
      'X-Latchkey-Connection': 'con_mine',
      'X-Latchkey-Refusal': 'mine',
      'X-Latchkey_Account': '999',
    }

    test('what a client says of itself never reaches the API', async () => {
      const bare = await tokenFor([])
      const answer = await ask('/v1.0/ping', bare, { headers: claims })
      assert.equal(answer.status, 200, answer.body)
      const headers = seen.at(-1)?.headers ?? {}
      const told = Object.entries(headers).filter(([name]) => /latchkey/i.test(name))
      // Without a permission the gate's header is empty: the client's own must not stand in its place.
      const names = told.filter(([, value]) => value !== '').map(([name]) => name)
      assert.deepEqual(names.sort(), [
        'x-latchkey-account',
        'x-latchkey-app',
        'x-latchkey-connection',
      ])
      assert.equal(headers['x-latchkey-account'], String(platform.user.id))
      assert.notEqual(headers['x-latchkey-app'], 'app_mine')
      assert.notEqual(headers['x-latchkey-connection'], 'con_mine')
    })

    const smuggled = [
      { 'X-Original-URI': '/v1.0/leads', 'X-Original-Method': 'GET' },
      { 'X-Forwarded-Uri': '/v1.0/leads', 'X-Forwarded-Method': 'GET' },
      { 'X-Forwarded-Uri': '/v1.0/ping', 'X-Original-URI': '/v1.0/ping' },
    ]
    for (const headers of smuggled) {
      test(`${Object.keys(headers).join(' and ')} of a client change nothing`, async () => {
        const before = seen.length
        const refused = await ask('/v1.0/leads/7', reader, { method: 'DELETE', headers })
        assert.equal(refused.status, 403, refused.body)
        assert.equal(seen.length, before)
        assert.equal((await ask('/v1.0/leads/7', reader, { headers })).status, 200)
      })
    }

    test('a client cannot ask through the proxy for what is not the API', async () => {
      const before = seen.length
      for (const path of ['/_latchkey', '/gate', '/other', '/v1.0/../other']) {
        assert.equal((await ask(path, reader)).status >= 400, true, path)
      }
      assert.equal(seen.length, before)
    })

    test('a disconnect is in force for the next call', async () => {
      const token = await tokenFor(['leads:read'])
      assert.equal((await ask('/v1.0/leads', token)).status, 200)
      const { store } = platform.platform
      await store.write(tx =>
        tx.run("update connection set revoked_at = 1, revoked_because = 'user'"),
      )
      assert.equal((await ask('/v1.0/leads', token)).status, 401)
    })

    test('without the platform nobody passes', async () => {
      await platform.serving.stop()
      const before = seen.length
      const answer = await ask('/v1.0/leads', reader)
      assert.equal(answer.status, name === 'nginx' ? 503 : 502)
      assert.equal(seen.length, before, 'the API is not asked')
    })
  })
}

for (const name of names) {
  const title = `${name} before an API, with the limit off, says nothing of what is left`
  test(title, { skip: missing(name), timeout: 60_000 }, async t => {
    const platform = await listening({ api: description, limitApi: null })
    t.after(() => platform.serving.stop())
    let seen: IncomingHttpHeaders = {}
    const api = createServer(({ headers }, response) => {
      seen = headers
      response.end('from the API')
    })
    await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      api.closeAllConnections()
      api.close()
    })
    const ports = { latchkey: platform.serving.port, api: (api.address() as AddressInfo).port }
    const proxy = await startProxy(name, ports)
    t.after(() => proxy.stop())
    const app = await makeApp(platform.platform, { permissions: ['leads:read'] })
    const { access_token } = await connect({ ...platform, app })
    const headers = { Authorization: `Bearer ${access_token}` }
    const answer = await fetch(`${proxy.url}/v1.0/leads`, { headers })
    assert.equal(await answer.text(), 'from the API')
    assert.deepEqual(
      [...answer.headers.keys(), ...Object.keys(seen)].filter(key => key.includes('ratelimit')),
      [],
    )
    assert.equal(seen['x-latchkey-permissions'], 'leads:read')
  })
}
