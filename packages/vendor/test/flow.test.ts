/** From the button to months of calls, on the true platform in process. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeApp } from '../../platform/test/setup.ts'
import { type CallOptions, VendorError } from '../src/index.ts'
import { article, connectUser, disconnectOnPlatform, type Fixture, setup } from './setup.ts'

const gone = { name: 'VendorError', fault: 'disconnected' }

describe('a connection on the true platform', () => {
  test('connect, callback, call', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    const profile = await connection.api.me()
    assert.equal(profile.email, fixture.user.email)
    assert.deepEqual(fixture.events, ['connected ada/default'])
    const status = await connection.status()
    assert.ok(status.state === 'connected')
    assert.equal(status.expiresAt, fixture.clock.now() + 3_600_000)
  })

  test('PKCE is on where the metadata says so, and the platform checks it', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const at = await person.begin({ user: 'ada' })
    assert.equal(at.pathname, '/oauth/authorize')
    assert.match(at.searchParams.get('code_challenge') ?? '', /^[\w-]{43}$/)
    assert.equal(at.searchParams.get('code_challenge_method'), 'S256')
    const back = await person.decide(at)
    assert.equal((await person.come(back)).outcome, 'connected')
    assert.match(fixture.tokenRequests()[0]?.form.code_verifier ?? '', /^[\w-]{43}$/)
  })

  test('a public app connects with PKCE alone', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { isPublic: true })
    const vendor = fixture.makeVendor({ app })
    const connection = await connectUser({ person: () => fixture.personOf(vendor) })
    assert.equal((await connection.api.me()).email, fixture.user.email)
    assert.equal(fixture.tokenRequests()[0]?.headers.get('authorization'), null)
  })

  test('the article’s addresses: clientId, Basic as it is, no PKCE, nothing in the query', async () => {
    const fixture = await setup({ platform: article('http://localhost:4400') })
    const person = fixture.person()
    const at = await person.begin({ user: 'ada' })
    assert.equal(at.pathname, '/page/vendor-auth.html')
    assert.equal(at.searchParams.get('clientId'), fixture.app.clientId)
    assert.equal(at.searchParams.has('code_challenge'), false)
    const result = await person.come(await person.decide(at))
    assert.equal(result.outcome, 'connected')
    const [exchange] = fixture.tokenRequests()
    assert.equal(exchange?.path, '/api/user-web/oauth/token')
    assert.equal(exchange?.method, 'POST')
    assert.equal(exchange?.headers.get('authorization'), fixture.app.basic.Authorization)
    assert.deepEqual(Object.keys(exchange?.form ?? {}).sort(), [
      'client_id',
      'code',
      'grant_type',
      'redirect_uri',
    ])
  })

  test('half a year of calls without anyone looking', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    for (let day = 0; day < 200; day++) {
      fixture.clock.forward(86_400)
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    }
    assert.equal(fixture.events.filter(event => event.startsWith('refreshed')).length, 200)
  })

  test('a rotating app keeps its connection through many refreshes', async () => {
    const fixture = await setup()
    const app = await makeApp(fixture.platform, { rotates: true })
    const vendor = fixture.makeVendor({ app })
    const connection = await connectUser({ person: () => fixture.personOf(vendor) })
    for (let hour = 0; hour < 24; hour++) {
      fixture.clock.forward(3_700)
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    }
  })

  test('Disconnect on the platform: one event, then the same answer to every call', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    await disconnectOnPlatform(fixture)
    for (let call = 0; call < 3; call++) {
      await assert.rejects(connection.fetch('/v1.0/me'), gone)
    }
    assert.deepEqual(fixture.events, ['connected ada/default', 'disconnected ada/default'])
    assert.equal(fixture.tokenRequests().length, 2)
    assert.equal((await connection.status()).state, 'disconnected')
  })

  test('connecting again after that is a recovery', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    await disconnectOnPlatform(fixture)
    await assert.rejects(connection.fetch('/v1.0/me'), gone)
    await connectUser(fixture)
    assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    assert.deepEqual(fixture.events.slice(1), ['disconnected ada/default', 'recovered ada/default'])
  })

  test('disconnect here: the platform takes the tokens back, and nothing is left', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    const token = await connection.accessToken()
    assert.deepEqual(await fixture.vendor.disconnect('ada'), { revoked: true })
    assert.equal((await connection.status()).state, 'none')
    await assert.rejects(connection.fetch('/v1.0/me'), gone)
    const answer = await fixture.platform.fetch(
      new Request('http://localhost:4400/v1.0/me', {
        headers: { Authorization: `Bearer ${token}` },
      }),
    )
    assert.equal(answer.status, 401)
    assert.deepEqual(await fixture.vendor.disconnect('ada'), { revoked: false })
    assert.deepEqual(fixture.events, ['connected ada/default', 'disconnected ada/default'])
  })

  test('a user holds several connections, and disconnects one or all', async () => {
    const fixture = await setup()
    const office = await connectUser(fixture, 'ada', 'office')
    const home = await connectUser(fixture, 'ada', 'home')
    await connectUser(fixture, 'bob')
    const names = async () =>
      (await fixture.vendor.connections('ada')).map(({ name, state }) => `${name} ${state}`).sort()
    assert.deepEqual(await names(), ['home connected', 'office connected'])
    await fixture.vendor.disconnect('ada', { name: 'office' })
    await assert.rejects(office.fetch('/v1.0/me'), gone)
    assert.equal((await home.fetch('/v1.0/me')).status, 200)
    await fixture.vendor.disconnect('ada')
    assert.deepEqual(await names(), [])
    assert.equal((await fixture.vendor.connections('bob')).length, 1)
  })

  test('the bearer goes to the API’s site and nowhere else', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    for (const path of ['https://evil.example/v1.0/me', 'http://localhost:4401/x', 'data:,x']) {
      await assert.rejects(connection.fetch(path), { fault: 'usage' })
    }
    for (const path of ['v1.0/me', '/v1.0/me', 'http://localhost:4400/v1.0/me']) {
      assert.equal((await connection.fetch(path)).status, 200)
    }
    const odd = await connection.fetch('//evil.example/v1.0/me')
    assert.equal(odd.status, 404)
    assert.equal(fixture.sent.at(-1)?.path, '//evil.example/v1.0/me')
  })

  test('a redirect of the API is answered, not followed', async () => {
    const asked: string[] = []
    const fixture: Fixture = await setup({
      fetch: async request => {
        if (!new URL(request.url).pathname.endsWith('/file')) return fixture.network(request)
        asked.push(`${request.redirect} ${request.url}`)
        return Response.redirect('https://files.example/1', 302)
      },
    })
    const connection = await connectUser(fixture)
    const answer = await connection.fetch('/v1.0/file', { redirect: 'follow' } as CallOptions)
    assert.equal(answer.status, 302)
    assert.equal(answer.headers.get('location'), 'https://files.example/1')
    assert.deepEqual(asked, ['manual http://localhost:4400/v1.0/file'])
  })

  test('what the API refuses is told in its own words', async () => {
    const fixture = await setup()
    const connection = await connectUser(fixture)
    const error = await connection.json('/v1.0/nowhere').catch(error => error)
    assert.ok(error instanceof VendorError)
    assert.equal(error.fault, 'refused')
    assert.equal(error.status, 404)
    assert.equal(error.description, 'There is no such endpoint.')
  })

  test('a user must be somebody', async () => {
    const fixture = await setup()
    for (const user of ['', undefined, null, 7]) {
      assert.throws(() => fixture.vendor.connection(user as string), { fault: 'usage' })
      await assert.rejects(fixture.vendor.disconnect(user as string), { fault: 'usage' })
    }
  })
})
