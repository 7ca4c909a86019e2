import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Setup, setup } from '../setup.ts'

describe('an address that leads nowhere', () => {
  let fixture: Setup
  before(async () => {
    fixture = await setup()
  })
  after(() => fixture.platform.close())

  const ask = (method: string, path: string, accept?: string) =>
    fixture.platform.fetch(
      new Request(`http://localhost:4400${path}`, {
        method,
        headers: accept === undefined ? {} : { Accept: accept },
      }),
    )

  const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const machine: [method: string, path: string, accept?: string][] = [
    ['POST', '/oauth/nope'],
    ['POST', '/oauth/nope', browser],
    ['GET', '/oauth/nope'],
    ['GET', '/oauth/nope', '*/*'],
    ['GET', '/oauth/nope', 'application/json'],
    ['DELETE', '/oauth/token/'],
    ['POST', '/api/user-web/oauth/nope'],
    ['GET', '/api/user-web/oauth/tokens', '*/*'],
  ]
  for (const [method, path, accept = ''] of machine) {
    test(`${method} ${path} for ${accept || 'anything'} is an OAuth error`, async () => {
      const answer = await ask(method, path, accept || undefined)
      assert.equal(answer.status, 404)
      assert.equal(answer.headers.get('content-type'), 'application/json')
      assert.deepEqual(await answer.json(), {
        error: 'invalid_request',
        error_description: 'There is no such endpoint.',
      })
    })
  }

  const page: [method: string, path: string, accept?: string][] = [
    ['GET', '/oauth/nope', browser],
    ['GET', '/api/user-web/oauth/nope', browser],
    ['GET', '/nope'],
    ['POST', '/nope'],
    ['GET', '/oauthx/nope'],
  ]
  for (const [method, path, accept = ''] of page) {
    test(`${method} ${path} for ${accept || 'anything'} is a page`, async () => {
      const answer = await ask(method, path, accept || undefined)
      assert.equal(answer.status, 404)
      assert.match(await answer.text(), /<h1>Page not found/)
    })
  }
})

describe('Allow names what is served', () => {
  const served: [path: string, allow: string][] = [
    ['/api/user-web/oauth/token', 'GET, POST, OPTIONS'],
    ['/oauth/token', 'POST, OPTIONS'],
    ['/oauth/authorize', 'GET, HEAD'],
    ['/v1.0/me', 'GET, HEAD, OPTIONS'],
    ['/sign-in', 'GET, HEAD, POST'],
  ]
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  for (const [path, allow] of served) {
    test(`${path}: ${allow}`, async t => {
      const { platform } = await setup()
      t.after(() => platform.close())
      for (const method of methods) {
        const answer = await platform.fetch(new Request(`http://localhost:4400${path}`, { method }))
        const isServed = allow.split(', ').includes(method)
        assert.equal(answer.status !== 405, isServed, method)
        if (!isServed) assert.equal(answer.headers.get('allow'), allow, method)
      }
    })
  }
})
