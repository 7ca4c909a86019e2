/** Which answers scripts of any origin may read: those that read no cookie, and no others. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRoutes } from '../../src/routes.ts'
import { exchange, freshCode, type Setup, setup, signIn } from '../setup.ts'

const origin = 'https://spa.example'
const url = 'http://localhost:4400'
const open = [
  '/.well-known/oauth-authorization-server',
  '/api/user-web/oauth/token',
  '/oauth/revoke',
  '/oauth/token',
  '/openapi.json',
  '/v1.0/me',
]

describe('CORS', () => {
  let fixture: Setup
  const all: string[] = []
  before(async () => {
    fixture = await setup({
      routes: parts => {
        all.push(...createRoutes(parts, []).keys())
        return []
      },
    })
  })
  after(() => fixture.platform.close())

  const ask = (path: string, method: string, headers: Record<string, string> = {}) =>
    fixture.platform.fetch(
      new Request(url + path, { method, headers: { Origin: origin, ...headers } }),
    )
  const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin')

  test('every origin may call these, preflight included, and errors can be read', async () => {
    for (const path of open) {
      const preflight = await ask(path, 'OPTIONS', {
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, content-type',
      })
      assert.equal(preflight.status, 204, path)
      assert.equal(allowed(preflight), '*', path)
      assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /GET, POST/)
      const headers = preflight.headers.get('access-control-allow-headers')
      assert.equal(headers, 'Authorization, Content-Type')
      for (const method of ['GET', 'POST', 'PUT']) {
        const answer = await ask(path, method)
        assert.equal(allowed(answer), '*', `${method} ${path} ${answer.status}`)
        assert.match(
          answer.headers.get('access-control-expose-headers') ?? '',
          /Retry-After, WWW-Authenticate/,
        )
      }
    }
  })

  test('RFC 7009 §2.3 a script revokes its tokens', async () => {
    const code = await freshCode(fixture)
    const { body } = await exchange(fixture, code)
    const answer = await fixture.platform.fetch(
      new Request(`${url}/oauth/revoke`, {
        method: 'POST',
        headers: { Origin: origin, ...fixture.app.basic },
        body: new URLSearchParams({ token: body.access_token }),
      }),
    )
    assert.equal(answer.status, 200)
    assert.equal(allowed(answer), '*')
  })

  test('never with credentials, whoever asks', async () => {
    for (const path of all) {
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await ask(path.replace('*', 'x'), method)
        assert.equal(answer.headers.get('access-control-allow-credentials'), null, path)
        const named = allowed(answer)
        assert.ok(named === null || named === '*', path)
      }
    }
  })

  test('no other address, the consent and sign-in pages least of all', async () => {
    const pages = [
      '/page/vendor-auth.html',
      '/oauth/authorize',
      '/api/user-web/oauth/authorize',
      '/oauth/consent',
      '/sign-in',
      '/account/connections',
      '/developer',
      '/gate',
    ]
    for (const path of pages) assert.ok(all.includes(path), path)
    for (const path of [...all, '/oauth/nope', '/nowhere']) {
      if (open.includes(path)) continue
      for (const method of ['GET', 'POST', 'OPTIONS', 'PUT']) {
        const answer = await ask(path.replace('*', 'x'), method)
        const said = [...answer.headers.keys()].filter(name => name.startsWith('access-control'))
        assert.deepEqual(said, [], `${method} ${path}`)
      }
    }
  })

  test('not of a consent page that is shown, either', async () => {
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    const Cookie = [...person.cookies].map(pair => pair.join('=')).join('; ')
    const answer = await ask(page.path, 'GET', { Cookie })
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /Authorize/)
    assert.equal(allowed(answer), null)
  })

  test('nothing is said where no origin asks', async () => {
    for (const path of open) {
      const answer = await fixture.platform.fetch(new Request(url + path))
      assert.equal(allowed(answer), null, path)
    }
  })
})
