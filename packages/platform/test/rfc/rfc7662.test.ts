import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, freshCode, makeApp, post, setup } from '../setup.ts'

describe('RFC 7662', () => {
  test('RFC 7662 §2.2 a live token is described', async () => {
    const fixture = await setup()
    const { platform, app, user, clock } = fixture
    const tokens = await connect(fixture)
    const iat = Math.floor(clock.now() / 1000)
    const shared = {
      active: true,
      scope: 'openApi',
      client_id: app.clientId,
      iat,
      sub: String(user.id),
      iss: platform.settings.url,
    }
    const access = await post(
      platform,
      '/oauth/introspect',
      { token: tokens.access_token },
      app.basic,
    )
    assert.deepEqual(access.body, { ...shared, token_type: 'Bearer', exp: iat + 3600 })
    const refresh = await post(
      platform,
      '/oauth/introspect',
      { token: tokens.refresh_token },
      app.basic,
    )
    assert.deepEqual(refresh.body, {
      ...shared,
      token_type: 'refresh_token',
      exp: iat + 15_552_000,
    })
    assert.equal(access.headers.get('cache-control'), 'no-store')
  })

  test('RFC 7662 §2.2 anything else is inactive and says nothing more', async () => {
    const fixture = await setup()
    const { platform, app, clock } = fixture
    const other = await makeApp(platform, { name: 'Other' })
    const ended = await connect(fixture)
    await post(platform, '/oauth/revoke', { token: ended.access_token }, app.basic)
    const tokens = await connect(fixture)
    const code = await freshCode(fixture)
    const look = (token: string, basic = app.basic) =>
      post(platform, '/oauth/introspect', { token }, basic)
    for (const token of ['nothing', ended.access_token, ended.refresh_token, code]) {
      assert.deepEqual((await look(token)).body, { active: false })
    }
    assert.deepEqual((await look(tokens.access_token, other.basic)).body, { active: false })
    clock.forward(3600)
    assert.deepEqual((await look(tokens.access_token)).body, { active: false })
    assert.equal((await look(tokens.refresh_token)).body.active, true)
  })

  test('RFC 7662 §2.1 the endpoint wants a confidential app', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { isPublic: true })
    const tokens = await connect(fixture)
    const form = { token: tokens.access_token, client_id: app.clientId }
    assert.equal((await post(fixture.platform, '/oauth/introspect', form)).status, 401)
    assert.equal((await post(fixture.platform, '/oauth/introspect', { token: 'x' })).status, 401)
  })
})
