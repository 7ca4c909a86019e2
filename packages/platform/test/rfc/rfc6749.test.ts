import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  authorize,
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  password,
  post,
  redirectUri,
  refresh,
  setup,
  signIn,
} from '../setup.ts'

const standard = (clientId: string, more: Record<string, string> = {}) =>
  `/oauth/authorize?${new URLSearchParams({ client_id: clientId, response_type: 'code', ...more })}`

describe('RFC 6749 authorization', () => {
  test('RFC 6749 §3.1 the request is not altered by unknown parameters', async () => {
    const fixture = await setup()
    const url = await authorize(fixture, {
      clientId: fixture.app.clientId,
      audience: 'x',
      prompt: 'none',
    })
    assert.ok(url.searchParams.get('code'))
  })

  test('RFC 6749 §3.1 a parameter without a value counts as left out', async () => {
    const fixture = await setup()
    const url = await authorize(fixture, {
      clientId: fixture.app.clientId,
      state: '',
      redirect_uri: '',
    })
    assert.ok(url.searchParams.get('code'))
    assert.equal(url.searchParams.has('state'), false)
  })

  const twice: [string, string][] = [
    ['response_type', 'code'],
    ['state', 'a'],
    ['code_challenge', 'x'],
    ['scope', 'openApi'],
  ]
  for (const [name, value] of twice) {
    test(`RFC 6749 §3.1 ${name} must not be sent twice`, async () => {
      const { platform, app } = await setup()
      const query = `client_id=${app.clientId}&response_type=code&${name}=${value}&${name}=${value}`
      const response = await platform.fetch(
        new Request(`http://localhost:4400/oauth/authorize?${query}`),
      )
      const url = new URL(response.headers.get('location') ?? '')
      assert.equal(url.searchParams.get('error'), 'invalid_request')
      assert.match(url.searchParams.get('error_description') ?? '', /more than once/)
    })
  }

  for (const path of [
    '/page/vendor-auth.html',
    '/oauth/authorize',
    '/api/user-web/oauth/authorize',
  ]) {
    test(`RFC 6749 §2.3.1 a client_secret in the URL of ${path} is refused, and not shown`, async () => {
      const fixture = await setup()
      const person = fixture.browser()
      await signIn(person, fixture.user.email)
      const { clientId, secret } = fixture.app
      const query = `client_id=${clientId}&response_type=code`
      const leaks = [`client_secret=${secret}`, `client_secret=x&client_secret=${secret}`]
      for (const leak of leaks) {
        const page = await person.get(`${path}?${query}&${leak}`)
        assert.equal(page.status, 400)
        assert.match(page.html, /This link gives a secret away/)
        assert.match(
          page.html,
          /make a new secret in the My Authorization tab, and revoke this one/,
        )
        assert.ok(!page.html.includes(String(secret)))
      }
      assert.equal((await person.get(`${path}?${query}&client_secret=`)).status, 200)
    })
  }

  test('RFC 6749 §3.1.2 the registered query of a redirect URL is kept', async () => {
    const fixture = await setup()
    const registered = 'https://vendor.example/cb?tenant=7&x='
    const app = await makeApp(fixture.platform, { redirectUris: [registered] })
    const url = await authorize(fixture, { clientId: app.clientId })
    assert.ok(url.href.startsWith(`${registered}&code=lk_ac_`), url.href)
  })

  test('RFC 6749 §4.1.1 response_type is required', async () => {
    const { platform, app } = await setup()
    const response = await platform.fetch(
      new Request(`http://localhost:4400/oauth/authorize?client_id=${app.clientId}&state=s`),
    )
    assert.equal(response.status, 303)
    const url = new URL(response.headers.get('location') ?? '')
    assert.equal(url.searchParams.get('error'), 'invalid_request')
    assert.equal(url.searchParams.get('state'), 's')
  })

  test('RFC 6749 §4.1.2 state comes back exactly as it was sent', async () => {
    const fixture = await setup()
    const longest = ['x'.repeat(4096), '"'.repeat(4096), 'é'.repeat(2048), ' \u{1f511}'.repeat(819)]
    for (const state of ['abc', 'a b+c&d=e?f#g%41/é✓"<script>', ...longest]) {
      const url = await authorize(fixture, { clientId: fixture.app.clientId, state })
      assert.equal(url.searchParams.get('state'), state)
    }
  })

  test('RFC 6749 §4.1.2 state comes back also when the user has to sign in first', async () => {
    const fixture = await setup()
    for (const state of ['"'.repeat(4096), 'é'.repeat(2048), ' \u{1f511}'.repeat(819)]) {
      const person = fixture.browser()
      const query = new URLSearchParams({ clientId: fixture.app.clientId, state })
      const page = await person.get(`/page/vendor-auth.html?${query}`)
      const consent = await page.submit({ email: fixture.user.email, password })
      const answer = await consent.submit({ decision: 'authorize' })
      assert.equal(new URL(answer.location ?? 'missing:').searchParams.get('state'), state)
    }
  })

  test('RFC 6749 §4.1.2.1 the user denies', async () => {
    const fixture = await setup()
    const query = { clientId: fixture.app.clientId, state: 's1' }
    const url = await authorize(fixture, query, { decision: 'deny' })
    assert.equal(url.origin + url.pathname, redirectUri)
    assert.equal(url.searchParams.get('error'), 'access_denied')
    assert.equal(url.searchParams.get('state'), 's1')
    assert.equal(url.searchParams.has('code'), false)
  })

  const redirected: [string, Record<string, string>, string][] = [
    ['token', { response_type: 'token' }, 'unsupported_response_type'],
    ['code id_token', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['another scope', { scope: 'leads' }, 'invalid_scope'],
    ['two scopes', { scope: 'openApi leads' }, 'invalid_scope'],
    ['a control character', { state: 'a\r\nb' }, 'invalid_request'],
    ['a state over 4096 bytes', { state: 'x'.repeat(4097) }, 'invalid_request'],
  ]
  for (const [what, params, error] of redirected) {
    test(`RFC 6749 §4.1.2.1 ${what} is redirected as ${error}`, async () => {
      const { platform, app } = await setup()
      const response = await platform.fetch(
        new Request(`http://localhost:4400${standard(app.clientId, params)}`),
      )
      assert.equal(response.status, 303)
      const url = new URL(response.headers.get('location') ?? '')
      assert.equal(url.origin + url.pathname, redirectUri)
      assert.equal(url.searchParams.get('error'), error)
    })
  }

  const shown: [string, (clientId: string) => string][] = [
    ['an unknown client_id', () => '?client_id=app_nobody&response_type=code'],
    ['no client_id', () => '?response_type=code'],
    ['client_id twice', id => `?client_id=${id}&client_id=${id}&response_type=code`],
    [
      'a foreign redirect_uri',
      id => `?client_id=${id}&response_type=code&redirect_uri=https://evil.example/`,
    ],
    [
      'a longer redirect_uri',
      id => `?client_id=${id}&response_type=code&redirect_uri=${redirectUri}/x`,
    ],
    [
      'redirect_uri twice',
      id =>
        `?client_id=${id}&response_type=code&redirect_uri=${redirectUri}&redirect_uri=${redirectUri}`,
    ],
    ['a broken redirect_uri', id => `?client_id=${id}&response_type=code&redirect_uri=%ff`],
  ]
  for (const [what, query] of shown) {
    test(`RFC 6749 §4.1.2.1 ${what} is shown and never redirected`, async () => {
      const { platform, app } = await setup()
      for (const path of [
        '/oauth/authorize',
        '/page/vendor-auth.html',
        '/api/user-web/oauth/authorize',
      ]) {
        const response = await platform.fetch(
          new Request(`http://localhost:4400${path}${query(app.clientId)}`),
        )
        assert.equal(response.status, 400)
        assert.equal(response.headers.get('location'), null)
        assert.match(response.headers.get('content-type') ?? '', /text\/html/)
      }
    })
  }

  test('RFC 6749 §10.13 the pages cannot be framed', async () => {
    const fixture = await setup()
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
  })
})

describe('RFC 6749 tokens', () => {
  test('RFC 6749 §5.1 the answer has its fields and is not cached', async () => {
    const fixture = await setup()
    const { status, headers, body } = await exchange(fixture, await freshCode(fixture))
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body), [
      'access_token',
      'expires_in',
      'refresh_token',
      'token_type',
      'scope',
    ])
    assert.equal(body.token_type, 'Bearer')
    assert.equal(body.scope, 'openApi')
    assert.equal(body.expires_in, 3600)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('pragma'), 'no-cache')
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
  })

  test('RFC 6749 §4.1.2 a code works once, and a second time ends the connection', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    const first = await exchange(fixture, code)
    assert.equal(first.status, 200)
    const second = await exchange(fixture, code)
    assert.equal(second.status, 400)
    assert.equal(second.body.error, 'invalid_grant')
    assert.equal((await me(fixture.platform, first.body.access_token)).status, 401)
    assert.equal((await refresh(fixture, first.body.refresh_token)).body.error, 'invalid_grant')
  })

  test('RFC 6749 §4.1.2 a code expires, and an expired one changes nothing', async () => {
    const fixture = await setup({ codeTtl: 300 })
    const code = await freshCode(fixture)
    const spare = await freshCode(fixture)
    fixture.clock.forward(299)
    const first = await exchange(fixture, code)
    assert.equal(first.status, 200)
    fixture.clock.forward(1)
    assert.equal((await exchange(fixture, spare)).body.error, 'invalid_grant')
    assert.equal((await exchange(fixture, code)).body.error, 'invalid_grant')
    assert.equal((await me(fixture.platform, first.body.access_token)).status, 200)
  })

  test('RFC 6749 §4.1.3 the redirect_uri must be the authorization request’s, when that had one', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture, { redirect_uri: redirectUri })
    const missing = await exchange(fixture, code)
    assert.equal(missing.body.error, 'invalid_grant')
    assert.match(missing.body.error_description, /redirect_uri is missing/)
    const wrong = await exchange(fixture, code, { redirect_uri: `${redirectUri}/` })
    assert.equal(wrong.body.error, 'invalid_grant')
    assert.equal((await exchange(fixture, code, { redirect_uri: redirectUri })).status, 200)
  })

  test('RFC 6749 §4.1.3 a code is bound to the app it was issued to', async () => {
    const fixture = await setup()
    const other = await makeApp(fixture.platform, { name: 'Other' })
    const code = await freshCode(fixture)
    const stolen = await exchange({ ...fixture, app: other }, code)
    assert.equal(stolen.body.error, 'invalid_grant')
    assert.equal((await exchange(fixture, code)).status, 200)
  })

  test('RFC 6749 §5.2 wrong Basic credentials are 401 with a challenge', async () => {
    const { platform, app } = await setup()
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    const headers = { Authorization: `Basic ${btoa(`${app.clientId}:wrong`)}` }
    const answer = await post(platform, '/oauth/token', form, headers)
    assert.equal(answer.status, 401)
    assert.equal(answer.body.error, 'invalid_client')
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm=/)
  })

  const wrong: [string, Record<string, string>, string][] = [
    ['no grant_type', {}, 'invalid_request'],
    ['no code', { grant_type: 'authorization_code' }, 'invalid_request'],
    ['no refresh_token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an empty code', { grant_type: 'authorization_code', code: '' }, 'invalid_request'],
    ['a made-up code', { grant_type: 'authorization_code', code: 'abc' }, 'invalid_grant'],
    [
      'a made-up refresh token',
      { grant_type: 'refresh_token', refresh_token: 'abc' },
      'invalid_grant',
    ],
    [
      'password',
      { grant_type: 'password', username: 'a', password: 'b' },
      'unsupported_grant_type',
    ],
    ['client_credentials', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    [
      'another scope',
      { grant_type: 'refresh_token', refresh_token: 'x', scope: 'leads' },
      'invalid_scope',
    ],
  ]
  for (const [what, form, error] of wrong) {
    test(`RFC 6749 §5.2 ${what} is ${error}`, async () => {
      const { platform, app } = await setup()
      const { status, body } = await post(platform, '/oauth/token', form, app.basic)
      assert.equal(status, 400)
      assert.equal(body.error, error)
      assert.ok(body.error_description.length > 10)
      // RFC 6749 §5.2: the description's characters.
      assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    })
  }

  test('RFC 6749 §6 a refresh token is bound to its app', async () => {
    const fixture = await setup()
    const other = await makeApp(fixture.platform, { name: 'Other' })
    const tokens = await connect(fixture)
    const stolen = await refresh({ ...fixture, app: other }, tokens.refresh_token)
    assert.equal(stolen.body.error, 'invalid_grant')
    assert.equal((await refresh(fixture, tokens.refresh_token)).status, 200)
  })

  test('RFC 6749 §6 an access token or a code is no refresh token, nor the other way round', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    const tokens = await connect(fixture)
    for (const token of [tokens.access_token, code]) {
      assert.equal((await refresh(fixture, token)).body.error, 'invalid_grant')
    }
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      assert.equal((await exchange(fixture, token)).body.error, 'invalid_grant')
    }
    assert.equal((await me(fixture.platform, tokens.refresh_token)).status, 401)
    assert.equal((await me(fixture.platform, code)).status, 401)
  })

  test('RFC 6749 §2.3.1 Basic credentials are form-decoded', async () => {
    const fixture = await setup()
    const tokens = await connect(fixture)
    const encode = (text: string) => text.replaceAll('-', '%2D').replaceAll('_', '%5F')
    const credentials = `${encode(fixture.app.clientId)}:${encode(fixture.app.secret ?? '')}`
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const headers = { Authorization: `Basic ${btoa(credentials)}` }
    assert.equal((await post(fixture.platform, '/oauth/token', form, headers)).status, 200)
  })

  test('RFC 6749 §3.2 the standard token endpoint takes POST only', async () => {
    const { platform } = await setup()
    const response = await platform.fetch(new Request('http://localhost:4400/oauth/token'))
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'POST, OPTIONS')
  })

  const twice = ['grant_type', 'code', 'client_id', 'redirect_uri', 'refresh_token']
  for (const name of twice) {
    test(`RFC 6749 §3.2 ${name} must not be sent twice`, async () => {
      const { platform, app } = await setup()
      const form = `grant_type=refresh_token&refresh_token=x&${name}=y&${name}=y`
      const { status, body } = await post(platform, '/oauth/token', form, app.basic)
      assert.equal(status, 400)
      assert.equal(body.error, 'invalid_request')
      assert.match(body.error_description, /more than once/)
    })
  }
})
