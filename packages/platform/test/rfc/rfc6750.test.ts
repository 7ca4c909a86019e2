import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, exchange, freshCode, makeApp, me, setup } from '../setup.ts'

const call = (
  fetch: (request: Request) => Promise<Response>,
  headers: Record<string, string>,
  query = '',
) => fetch(new Request(`http://localhost:4400/v1.0/me${query}`, { headers }))

describe('RFC 6750', () => {
  test('RFC 6750 §2.1 the scheme is case-insensitive', async () => {
    const fixture = await setup()
    const { access_token } = await connect(fixture)
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const answer = await call(fixture.platform.fetch, {
        Authorization: `${scheme} ${access_token}`,
      })
      assert.equal(answer.status, 200)
    }
  })

  test('RFC 6750 §3.1 a request without a token is told the scheme and no error code', async () => {
    const { platform } = await setup()
    for (const headers of [{}, { Authorization: 'Basic eDp5' }] as Record<string, string>[]) {
      const answer = await call(platform.fetch, headers)
      assert.equal(answer.status, 401)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="Latchkey"')
    }
  })

  test('RFC 6750 §2.3 a token in the URL is not taken', async () => {
    const fixture = await setup()
    const { access_token } = await connect(fixture)
    const answer = await call(fixture.platform.fetch, {}, `?access_token=${access_token}`)
    assert.equal(answer.status, 401)
  })

  const garbage = ['x', 'lk_at_', `lk_at_${'A'.repeat(83)}`, 'a b', '', '"', 'lk_at_\u00e9']
  for (const token of garbage) {
    test(`RFC 6750 §3.1 invalid_token for ${JSON.stringify(token)}`, async () => {
      const { platform } = await setup()
      const answer = await call(platform.fetch, { Authorization: `Bearer ${token}` })
      assert.equal(answer.status, 401)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="Latchkey"/)
      const body = (await answer.json()) as { code: string; message: string }
      assert.equal(body.code, 'BAD_CREDENTIALS')
    })
  }

  test('RFC 6750 §3.1 an expired token is invalid_token', async () => {
    const fixture = await setup({ accessTtl: 60 })
    const { access_token } = await connect(fixture)
    fixture.clock.forward(59)
    assert.equal((await me(fixture.platform, access_token)).status, 200)
    fixture.clock.forward(1)
    const answer = await me(fixture.platform, access_token)
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
  })

  test('RFC 6750 §3.1 a missing permission is insufficient_scope', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { permissions: [] })
    const narrow = { ...fixture, app }
    const { body } = await exchange(narrow, await freshCode(narrow))
    const answer = await me(fixture.platform, body.access_token)
    assert.equal(answer.status, 403)
    assert.match(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/)
    assert.equal(((await answer.json()) as { code: number }).code, 200100)
  })
})
