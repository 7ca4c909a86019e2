import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, makeApp, me, post, refresh, setup } from '../setup.ts'

describe('RFC 7009', () => {
  for (const which of ['access_token', 'refresh_token'] as const) {
    test(`RFC 7009 §2.1 revoking the ${which} ends the connection`, async () => {
      const fixture = await setup()
      const { platform, app } = fixture
      const tokens = await connect(fixture)
      const answer = await post(platform, '/oauth/revoke', { token: tokens[which] }, app.basic)
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, {})
      assert.equal((await me(platform, tokens.access_token)).status, 401)
      assert.equal((await refresh(fixture, tokens.refresh_token)).body.error, 'invalid_grant')
    })
  }

  test('RFC 7009 §2.2 an unknown token, or one revoked before, is 200', async () => {
    const fixture = await setup()
    const { refresh_token: token } = await connect(fixture)
    for (const sent of ['nothing', token, token]) {
      const answer = await post(
        fixture.platform,
        '/oauth/revoke',
        { token: sent },
        fixture.app.basic,
      )
      assert.equal(answer.status, 200)
    }
  })

  test('RFC 7009 §2.1 another app’s token is left alone', async () => {
    const fixture = await setup()
    const other = await makeApp(fixture.platform, { name: 'Other' })
    const tokens = await connect(fixture)
    const answer = await post(
      fixture.platform,
      '/oauth/revoke',
      { token: tokens.access_token },
      other.basic,
    )
    assert.equal(answer.status, 200)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
  })

  test('RFC 7009 §2.2.1 a wrong hint does not matter', async () => {
    const fixture = await setup()
    const { access_token: token } = await connect(fixture)
    const form = { token, token_type_hint: 'refresh_token' }
    await post(fixture.platform, '/oauth/revoke', form, fixture.app.basic)
    assert.equal((await me(fixture.platform, token)).status, 401)
  })

  test('RFC 7009 §2.1 the app must authenticate, and token is required', async () => {
    const fixture = await setup()
    const tokens = await connect(fixture)
    const stranger = { Authorization: `Basic ${btoa(`${fixture.app.clientId}:wrong`)}` }
    const refused = await post(
      fixture.platform,
      '/oauth/revoke',
      { token: tokens.access_token },
      stranger,
    )
    assert.equal(refused.status, 401)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
    const empty = await post(fixture.platform, '/oauth/revoke', {}, fixture.app.basic)
    assert.equal(empty.body.error, 'invalid_request')
  })

  test('RFC 7009 §5 the token is not taken from the URL', async () => {
    const fixture = await setup()
    const tokens = await connect(fixture)
    const path = `/oauth/revoke?token=${tokens.access_token}`
    const answer = await post(fixture.platform, path, {}, fixture.app.basic)
    assert.equal(answer.body.error, 'invalid_request')
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
  })
})
