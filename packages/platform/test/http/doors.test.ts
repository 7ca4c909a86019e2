import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openSqlite } from '../../src/store/sqlite.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { type Listening, listening } from '../listening.ts'
import { connect, exchange, freshCode, me, post, refresh, setup, signIn } from '../setup.ts'

describe('both doors answer alike', () => {
  let fixture: Listening
  before(async () => {
    fixture = await listening()
  })
  after(() => fixture.serving.stop())

  const requests: [string, RequestInit][] = [
    ['/', {}],
    ['/sign-in', {}],
    ['/healthz', {}],
    ['/readyz', {}],
    ['/openapi.json', {}],
    ['/docs/index.html', {}],
    ['/nothing', {}],
    ['/v1.0/me', {}],
    ['/v1.0/me', { headers: { Authorization: 'Bearer x', Origin: 'https://spa.example' } }],
    ['/oauth/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) }],
    ['/oauth/token', { method: 'POST', body: 'x', headers: { 'Content-Type': 'text/plain' } }],
    ['/oauth/token', { method: 'OPTIONS', headers: { Origin: 'https://spa.example' } }],
    ['/oauth/authorize?client_id=x', {}],
  ]
  for (const [path, init] of requests) {
    test(`${init.method ?? 'GET'} ${path}`, async () => {
      const url = fixture.url + path
      const direct = await fixture.platform.fetch(new Request(url, init))
      const socket = await fetch(url, { ...init, redirect: 'manual' })
      assert.equal(socket.status, direct.status)
      for (const [name, value] of direct.headers) {
        if (name === 'set-cookie') continue
        assert.equal(socket.headers.get(name), value, name)
      }
      const stable = (text: string) => text.replaceAll(/value="[\w-]{43}"/g, '')
      assert.equal(stable(await socket.text()), stable(await direct.text()))
    })
  }
})

describe('a store that fails', () => {
  test('is 503 with Retry-After in the right form, and then service goes on', async () => {
    const inner = openSqlite(':memory:')
    let broken = false
    const guard = <T>(work: () => Promise<T>): Promise<T> =>
      broken ? Promise.reject(new StoreUnavailable('disk full')) : work()
    const fixture = await setup({
      store: {
        ...inner,
        read: (sql, ...values) => guard(() => inner.read(sql, ...values)),
        find: (sql, key) => guard(() => inner.find(sql, key)),
        write: (...asked) => guard(() => inner.write(...asked)),
        ready: () => guard(inner.ready),
      },
    })
    const tokens = await connect(fixture)
    const code = await freshCode(fixture)
    broken = true
    const token = await refresh(fixture, tokens.refresh_token)
    assert.equal(token.status, 503)
    assert.equal(token.body.error, 'temporarily_unavailable')
    assert.match(token.body.error_description, /nothing was changed/)
    assert.equal(token.headers.get('retry-after'), '5')
    const api = await me(fixture.platform, tokens.access_token)
    assert.equal(api.status, 503)
    assert.equal(((await api.json()) as { code: string }).code, 'UNAVAILABLE')
    const page = await fixture.platform.fetch(
      new Request('http://localhost:4400/account/connections', {
        headers: { Cookie: `latchkey_session=${'x'.repeat(43)}` },
      }),
    )
    assert.equal(page.status, 503)
    assert.match(await page.text(), /try again/i)
    const ready = await fixture.platform.fetch(new Request('http://localhost:4400/readyz'))
    assert.equal(ready.status, 503)
    const health = await fixture.platform.fetch(new Request('http://localhost:4400/healthz'))
    assert.equal(health.status, 200)
    broken = false
    assert.equal((await refresh(fixture, tokens.refresh_token)).status, 200)
    const form = { grant_type: 'authorization_code', code }
    assert.equal(
      (await post(fixture.platform, '/oauth/token', form, fixture.app.basic)).status,
      200,
    )
  })

  test('of a change that may have taken place nobody is told that nothing was changed', async () => {
    const inner = openSqlite(':memory:')
    let lost = false
    const fixture = await setup({
      store: {
        ...inner,
        write: async (...asked) => {
          const done = await inner.write(...asked)
          if (lost) throw new StoreUnavailable('lost', { uncertain: true })
          return done
        },
      },
    })
    const code = await freshCode(fixture)
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const consent = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    lost = true
    const token = await exchange(fixture, code)
    const page = await consent.submit({ decision: 'authorize' })
    const error = new StoreUnavailable('lost', { uncertain: true })
    const api = fixture.platform.refusal(error)
    const told = {
      [token.body.error_description]: token.status,
      [page.html]: page.status,
      [((await api.json()) as { message: string }).message]: api.status,
    }
    for (const [words, status] of Object.entries(told)) {
      assert.equal(status, 503)
      assert.match(words, /not known whether the change took place/)
      assert.doesNotMatch(words, /nothing was changed/i)
    }
    for (const headers of [token.headers, page.headers, api.headers]) {
      assert.equal(headers.get('retry-after'), '5')
    }
  })

  test('an unexpected failure is a 500 with a reference and nothing else', async () => {
    const inner = openSqlite(':memory:')
    const fixture = await setup({
      store: {
        ...inner,
        find: (sql, key) =>
          sql.includes('from connection')
            ? Promise.reject(new Error('secret detail'))
            : inner.find(sql, key),
      },
    })
    const code = await freshCode(fixture)
    const form = { grant_type: 'authorization_code', code }
    const answer = await post(fixture.platform, '/oauth/token', form, fixture.app.basic)
    assert.equal(answer.status, 500)
    assert.equal(answer.body.error, 'server_error')
    assert.doesNotMatch(JSON.stringify(answer.body), /secret detail/)
    assert.match(answer.body.error_description, /[0-9a-f-]{36}/)
  })
})
