/** A stranger with rotation on: every refresh token works once, and a second use ends everything. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createMemoryStore, createVendor, discover, newKey, type Vendor } from '../../src/index.ts'
import { record } from '../setup.ts'
import {
  clientId,
  clientSecret,
  redirectUri,
  startStrictProvider,
  walk,
} from './strict-provider.ts'

describe('oidc-provider with rotation', () => {
  let stranger: Awaited<ReturnType<typeof startStrictProvider>>
  let makeVendor: () => Vendor
  let vendor: Vendor
  let events: string[]
  let ahead = 0
  let refreshTokens: string[]
  before(async () => {
    stranger = await startStrictProvider()
  })
  after(() => stranger?.stop())
  beforeEach(async () => {
    ahead = 0
    refreshTokens = []
    stranger.answer('yes')
    const platform = await discover(stranger.issuer)
    const options = {
      ...{ clientId, clientSecret, redirectUri, store: createMemoryStore(), keys: newKey() },
      // What this platform wants to be asked beyond the usual stands in its address.
      platform: { ...platform, authorizeUrl: `${platform.authorizeUrl}?scope=openid` },
      clock: {
        now: () => Date.now() + ahead,
        sleep: () => new Promise<void>(resolve => setTimeout(resolve, 5)),
      },
      fetch: async (request: Request) => {
        const form = new URLSearchParams(await request.clone().text())
        const token = form.get('refresh_token')
        if (token) refreshTokens.push(token)
        return fetch(request)
      },
    }
    makeVendor = () => createVendor(options)
    vendor = makeVendor()
    events = record(vendor)
  })

  const connect = async () => {
    const cookies: string[] = []
    const begun = await vendor.connect(new Request('https://vendor.example/'), { user: 'ada' })
    for (const set of begun.headers.getSetCookie()) cookies.push(set.split(';')[0] ?? '')
    const back = await walk(new URL(begun.headers.get('location') ?? ''))
    const headers = { cookie: cookies.join('; ') }
    return vendor.callback(new Request(back, { headers }))
  }

  test('connects with PKCE and iss, and calls', async () => {
    const result = await connect()
    assert.ok(result.outcome === 'connected')
    assert.equal((await result.connection.api.me()).email, 'dana@example.com')
  })

  test('a denial is a denial', async () => {
    stranger.answer('no')
    assert.equal((await connect()).outcome, 'denied')
  })

  test('twenty refreshes, each with the token that the last one brought', async () => {
    await connect()
    const tokens = new Set<string>()
    for (let hour = 0; hour < 20; hour++) {
      ahead += 3_700_000
      tokens.add(await vendor.connection('ada').accessToken())
    }
    assert.equal(tokens.size, 20)
    assert.equal(new Set(refreshTokens).size, 20)
    assert.equal((await vendor.connection('ada').api.me()).email, 'dana@example.com')
  })

  test('four vendors, ten callers each: the token is used once, and the grant lives', async () => {
    await connect()
    ahead += 3_700_000
    const vendors = [vendor, makeVendor(), makeVendor(), makeVendor()]
    const asked = vendors.flatMap(one =>
      Array.from({ length: 10 }, () => one.connection('ada').accessToken()),
    )
    assert.equal(new Set(await Promise.all(asked)).size, 1)
    assert.equal(refreshTokens.length, 1)
    ahead += 3_700_000
    assert.ok(await vendor.connection('ada').accessToken(), 'and the next refresh works')
  })

  test('a refresh token that is used a second time elsewhere: disconnected, told once', async () => {
    await connect()
    ahead += 3_700_000
    await vendor.connection('ada').accessToken()
    const basic = btoa(`${clientId}:${clientSecret}`)
    const stolen = await fetch(`${stranger.issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshTokens[0] ?? '',
      }),
    })
    assert.equal(stolen.status, 400)
    ahead += 3_700_000
    for (let call = 0; call < 3; call++) {
      await assert.rejects(vendor.connection('ada').accessToken(), { fault: 'disconnected' })
    }
    assert.deepEqual(events, [
      'connected ada/default',
      'refreshed ada/default',
      'disconnected ada/default',
    ])
    assert.equal((await connect()).outcome, 'connected')
    assert.equal(events.at(-1), 'recovered ada/default')
  })

  test('disconnect revokes', async () => {
    await connect()
    const token = await vendor.connection('ada').accessToken()
    assert.deepEqual(await vendor.disconnect('ada'), { revoked: true })
    const headers = { Authorization: `Bearer ${token}` }
    assert.equal((await fetch(`${stranger.issuer}/v1.0/me`, { headers })).status, 401)
  })
})
