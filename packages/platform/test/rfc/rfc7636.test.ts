import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { authorize, exchange, freshCode, makeApp, me, refresh, setup } from '../setup.ts'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

describe('RFC 7636', () => {
  test('RFC 7636 appendix B the example of the standard works', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture, pkce)
    assert.equal((await exchange(fixture, code, { code_verifier: verifier })).status, 200)
  })

  const wrong: [string, Record<string, string>][] = [
    ['no verifier', {}],
    ['another verifier', { code_verifier: `${verifier.slice(0, -1)}x` }],
    ['the challenge as verifier', { code_verifier: challenge }],
    ['a short verifier', { code_verifier: verifier.slice(1) }],
    ['a long verifier', { code_verifier: 'a'.repeat(129) }],
    ['a verifier with other characters', { code_verifier: `${verifier}!` }],
  ]
  for (const [what, params] of wrong) {
    test(`RFC 7636 §4.6 ${what} is invalid_grant, and the code stays good`, async () => {
      const fixture = await setup()
      const code = await freshCode(fixture, pkce)
      assert.equal((await exchange(fixture, code, params)).body.error, 'invalid_grant')
      assert.equal((await exchange(fixture, code, { code_verifier: verifier })).status, 200)
    })
  }

  test('RFC 9700 §2.1.1 a verifier without a challenge is refused', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    assert.equal(
      (await exchange(fixture, code, { code_verifier: verifier })).body.error,
      'invalid_grant',
    )
    assert.equal((await exchange(fixture, code)).status, 200)
  })

  const refused: [string, Record<string, string>][] = [
    ['plain', { code_challenge: verifier, code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge: challenge }],
    ['a method without a challenge', { code_challenge_method: 'S256' }],
    ['a challenge of the wrong length', { ...pkce, code_challenge: `${challenge}x` }],
    ['a padded challenge', { ...pkce, code_challenge: `${challenge.slice(0, -1)}=` }],
  ]
  for (const [what, params] of refused) {
    test(`RFC 7636 §4.4.1 ${what} is invalid_request at the redirect URL`, async () => {
      const { platform, app } = await setup()
      for (const path of ['/oauth/authorize', '/page/vendor-auth.html']) {
        const query = new URLSearchParams({
          client_id: app.clientId,
          response_type: 'code',
          ...params,
        })
        const response = await platform.fetch(new Request(`http://localhost:4400${path}?${query}`))
        const url = new URL(response.headers.get('location') ?? 'missing:')
        assert.equal(url.searchParams.get('error'), 'invalid_request')
      }
    })
  }

  test('RFC 7636 a public app connects with its client_id and a verifier alone', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { isPublic: true })
    const shared = { ...fixture, app }
    const url = await authorize(shared, { clientId: app.clientId, ...pkce })
    const code = url.searchParams.get('code') ?? ''
    const form = { client_id: app.clientId, code_verifier: verifier }
    const { status, body } = await exchange(shared, code, form)
    assert.equal(status, 200)
    assert.equal((await me(fixture.platform, body.access_token)).status, 200)
    assert.equal(
      (await refresh(shared, body.refresh_token, { client_id: app.clientId })).status,
      200,
    )
  })

  test('RFC 9700 §2.1.1 a public app without a challenge is refused', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { isPublic: true })
    const url = `http://localhost:4400/page/vendor-auth.html?clientId=${app.clientId}`
    const response = await fixture.platform.fetch(new Request(url))
    const location = new URL(response.headers.get('location') ?? 'missing:')
    assert.equal(location.searchParams.get('error'), 'invalid_request')
  })

  test('RFC 7636 §4.2 the challenge is the SHA-256 of any verifier of 43 to 128 characters', async () => {
    const fixture = await setup()
    for (const long of ['~.-_'.repeat(32), 'a'.repeat(43)]) {
      const code_challenge = createHash('sha256').update(long).digest('base64url')
      const code = await freshCode(fixture, { code_challenge, code_challenge_method: 'S256' })
      assert.equal((await exchange(fixture, code, { code_verifier: long })).status, 200)
    }
  })
})
