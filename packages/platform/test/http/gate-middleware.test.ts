/** `gateMiddleware` where anything that calls `(request, response, next)` would: nobody passes twice or late. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import createFastify from 'fastify'
import { type Gated, gateMiddleware } from '../../src/gate-middleware.ts'
import { connect, makeApp, type Setup, setup } from '../setup.ts'

describe('gateMiddleware', () => {
  let fixture: Setup
  let token: string
  let server: Server
  let url: string
  /** What came through, and with what `next` was called. */
  const passed: {
    readonly request: IncomingMessage & Partial<Gated>
    readonly words: unknown[]
  }[] = []

  before(async () => {
    fixture = await setup()
    token = (await connect(fixture)).access_token
    const gate = gateMiddleware(fixture.platform, 'profile:read')
    server = createServer((request, response) => {
      gate(request, response, (...words: unknown[]) => {
        passed.push({ request, words })
        response.end('through')
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  after(async () => {
    server?.closeAllConnections()
    server?.close()
    await fixture?.platform.close()
  })

  const authorization = (value: string) => ({ Authorization: `Bearer ${value}` })

  test('lets through once, with who it acts for and what the app has left', async () => {
    const answer = await fetch(url, { headers: authorization(token) })
    assert.equal(await answer.text(), 'through')
    assert.equal(answer.headers.get('x-ratelimit-limit'), '500')
    assert.equal(passed.length, 1)
    assert.deepEqual(passed[0]?.words, [])
    assert.equal(passed[0]?.request.latchkey?.connection.account_id, fixture.user.id)
  })

  test('what is refused never comes through', async () => {
    const before = passed.length
    const app = await makeApp(fixture.platform, { permissions: [] })
    const narrow = (await connect({ ...fixture, app })).access_token
    for (const [headers, status] of [
      [{}, 401],
      [authorization('x'), 401],
      [{ Authorization: `Basic ${btoa('a:b')}` }, 401],
      [authorization(narrow), 403],
    ] as [Record<string, string>, number][]) {
      for (const method of ['GET', 'POST', 'HEAD']) {
        const body = method === 'POST' ? { body: 'x'.repeat(100_000) } : {}
        const answer = await fetch(url, { method, headers, ...body })
        assert.equal(answer.status, status)
        const text = await answer.text()
        assert.equal(text === '', method === 'HEAD')
      }
    }
    assert.equal(passed.length, before)
  })

  test('in Fastify the handler of a refused request does not run', async () => {
    const fastify = createFastify()
    let runs = 0
    for (const hook of ['onRequest', 'preHandler'] as const) {
      fastify.post(`/${hook}`, { [hook]: gateMiddleware(fixture.platform, null) }, async () => {
        runs++
        return {}
      })
    }
    for (const path of ['/onRequest', '/preHandler']) {
      const refused = await fastify.inject({ method: 'POST', url: path, payload: { a: 1 } })
      assert.equal(refused.statusCode, 401)
      assert.equal(refused.headers['www-authenticate'], 'Bearer realm="Latchkey"')
      assert.equal(runs, 0)
      const headers = authorization(token)
      const answer = await fastify.inject({ method: 'POST', url: path, headers, payload: {} })
      assert.equal(answer.statusCode, 200)
      assert.equal(runs, 1)
      runs = 0
    }
    await fastify.close()
  })

  test('a permission that the catalogue does not hold lets nobody through', async () => {
    const request = new Request('http://x', { headers: authorization(token) })
    await assert.rejects(fixture.platform.gate(request, 'leads:read'), (error: unknown) => {
      const refusal = fixture.platform.refusal(error)
      assert.equal(refusal.status, 403)
      return true
    })
  })

  test('what nobody intended is a 500 with a reference, and nothing of it leaves', async () => {
    const refusal = fixture.platform.refusal(new Error('the inside of it'))
    assert.equal(refusal.status, 500)
    const text = await refusal.text()
    assert.match(text, /"code":"ERROR"/)
    assert.doesNotMatch(text, /inside/)
  })
})
