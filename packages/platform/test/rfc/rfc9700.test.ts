import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { redirectUriProblem } from '../../src/developer/app.ts'
import {
  authorize,
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  refresh,
  type Setup,
  setup,
  signIn,
} from '../setup.ts'

async function rotating(): Promise<Setup> {
  const fixture = await setup()
  return { ...fixture, app: await makeApp(fixture.platform, { name: 'Rotating', rotates: true }) }
}

describe('RFC 9700', () => {
  test('RFC 9700 §4.14.2 a rotated refresh token has one successor, given again for 60 seconds', async () => {
    const fixture = await rotating()
    const first = await connect(fixture)
    fixture.clock.forward(10)
    const second = (await refresh(fixture, first.refresh_token)).body
    fixture.clock.forward(59)
    const again = (await refresh(fixture, first.refresh_token)).body
    assert.equal(again.refresh_token, second.refresh_token)
    assert.equal(again.access_token, second.access_token)
    assert.equal(again.expires_in, 3600 - 59)
  })

  test('RFC 9700 §4.14.2 the predecessor after its 60 seconds ends the connection', async () => {
    const fixture = await rotating()
    const first = await connect(fixture)
    const second = (await refresh(fixture, first.refresh_token)).body
    fixture.clock.forward(60)
    assert.equal((await refresh(fixture, first.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await refresh(fixture, second.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await me(fixture.platform, second.access_token)).status, 401)
  })

  test('RFC 9700 §4.14.2 anything older than the predecessor ends the connection at once', async () => {
    const fixture = await rotating()
    const first = await connect(fixture)
    const second = (await refresh(fixture, first.refresh_token)).body
    const third = (await refresh(fixture, second.refresh_token)).body
    assert.equal((await refresh(fixture, first.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await refresh(fixture, third.refresh_token)).body.error, 'invalid_grant')
  })

  test('RFC 9700 §4.14.2 twenty refreshes of one rotating token at once give one successor', async () => {
    const fixture = await rotating()
    const { refresh_token } = await connect(fixture)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(fixture, refresh_token)),
    )
    assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([200]))
    assert.equal(new Set(answers.map(answer => answer.body.refresh_token)).size, 1)
  })

  test('RFC 9700 §4.10 a stolen refresh token is worth nothing without the app’s secret', async () => {
    const fixture = await setup()
    const { refresh_token } = await connect(fixture)
    const { clientId } = fixture.app
    const bare = { ...fixture, app: { ...fixture.app, basic: {} } }
    assert.equal((await refresh(bare, refresh_token, { client_id: clientId })).status, 401)
  })

  test('RFC 9700 §2.1 redirect URLs are compared character by character', async () => {
    const { platform, app } = await setup()
    const tricks = [
      'https://vendor.example/callback/',
      'https://vendor.example/callback?',
      'https://vendor.example/callback?x=1',
      'https://vendor.example/Callback',
      'https://VENDOR.example/callback',
      'https://vendor.example:443/callback',
      'https://vendor.example/a/../callback',
      'https://vendor.example/%63allback',
      'https://vendor.example@evil.example/callback',
      'https://vendor.example.evil.example/callback',
      'https://vendor.example\\@evil.example/callback',
      'http://vendor.example/callback',
      'https://vendor.example/callback#x',
      '//vendor.example/callback',
      ' https://vendor.example/callback',
      'javascript:alert(1)',
    ]
    for (const trick of tricks) {
      const query = new URLSearchParams({ clientId: app.clientId, redirect_uri: trick })
      const response = await platform.fetch(
        new Request(`http://localhost:4400/page/vendor-auth.html?${query}`),
      )
      assert.equal(response.status, 400, trick)
      assert.equal(response.headers.get('location'), null, trick)
    }
  })

  test('RFC 9700 §4.12 redirects are 303, so no form is sent on', async () => {
    const fixture = await setup()
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    for (const decision of ['authorize', 'deny']) {
      const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
      const answer = await page.submit({ decision })
      assert.equal(answer.status, 303)
      assert.match(answer.location ?? '', /^https:\/\/vendor\.example\/callback\?/)
    }
  })

  test('RFC 9700 §4.5 a code that leaks cannot be used by who does not know the app’s secret', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    const thief = {
      ...fixture,
      app: {
        ...fixture.app,
        basic: { Authorization: `Basic ${btoa(`${fixture.app.clientId}:guess`)}` },
      },
    }
    assert.equal((await exchange(thief, code)).status, 401)
    assert.equal((await exchange(fixture, code)).status, 200)
  })
})

describe('RFC 8252', () => {
  const registered = ['http://127.0.0.1/cb', 'http://[::1]:8080/cb?x=1', 'http://localhost:3000/cb']
  const challenge = {
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }

  const cases: [string, boolean][] = [
    ['http://127.0.0.1:51004/cb', true],
    ['http://127.0.0.1/cb', true],
    ['http://[::1]:9/cb?x=1', true],
    ['http://[::1]/cb?x=1', true],
    ['http://localhost:3000/cb', true],
    ['http://localhost:3001/cb', false],
    ['http://127.0.0.1:51004/cb/', false],
    ['http://127.0.0.1:51004/cb?x=1', false],
    ['http://127.0.0.1:99999/cb', false],
    ['http://127.0.0.1:x@evil.example/cb', false],
    ['http://127.0.0.1.evil.example/cb', false],
    ['https://127.0.0.1:1/cb', false],
    ['http://127.0.0.2:1/cb', false],
  ]
  for (const [uri, allowed] of cases) {
    test(`RFC 8252 §7.3 a public app’s ${uri} is ${allowed ? 'taken' : 'refused'}`, async () => {
      const fixture = await setup()
      const app = await makeApp(fixture.platform, { isPublic: true, redirectUris: registered })
      const query = { clientId: app.clientId, redirect_uri: uri, ...challenge }
      if (!allowed) {
        const url = `http://localhost:4400/page/vendor-auth.html?${new URLSearchParams(query)}`
        assert.equal((await fixture.platform.fetch(new Request(url))).status, 400)
        return
      }
      const url = await authorize({ ...fixture }, query)
      assert.ok(url.href.startsWith(uri.replace('127.0.0.1/', '127.0.0.1/')), url.href)
    })
  }

  test('RFC 8252 §7.3 a confidential app’s loopback port counts', async () => {
    const { platform } = await setup()
    const app = await makeApp(platform, { redirectUris: registered })
    const query = new URLSearchParams({
      clientId: app.clientId,
      redirect_uri: 'http://127.0.0.1:51004/cb',
    })
    const response = await platform.fetch(
      new Request(`http://localhost:4400/page/vendor-auth.html?${query}`),
    )
    assert.equal(response.status, 400)
  })

  const registrable: [string, boolean][] = [
    ['https://a.example/cb', true],
    ['https://a.example', true],
    ['http://localhost:3000/cb', true],
    ['http://127.0.0.1/cb', true],
    ['http://[::1]/cb', true],
    ['http://a.example/cb', false],
    ['http://127.0.0.1.a.example/', false],
    ['https://a.example/#x', false],
    ['https://a.example/#', false],
    ['https://u:p@a.example/', false],
    ['https://@a.example/', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['myapp://cb', false],
    ['https:a.example/cb', false],
    ['https:///cb', false],
    ['/cb', false],
    ['', false],
    ['https://a.example/ b', false],
    ['https://a.example/\r\nX: y', false],
    ['https://a.example\\b', false],
    ['https://ä.example/', false],
    [`https://a.example/${'x'.repeat(1024)}`, false],
  ]
  for (const [uri, allowed] of registrable) {
    test(`registration: ${JSON.stringify(uri.slice(0, 60))} ${allowed ? 'may' : 'may not'} be a redirect URL`, () => {
      assert.equal(redirectUriProblem(uri) === null, allowed)
    })
  }
})
