/** Webhooks of the true platform, taken by the vendor; and what a forger and a repetition come to. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { setEndpoint } from '../../../platform/src/webhooks/endpoint.ts'
import type { Post } from '../../../platform/src/webhooks/post.ts'
import { newKey, VendorError } from '../../src/index.ts'
import { createWebhooks, type WebhookResult } from '../../src/webhooks/webhooks.ts'
import { connectUser, disconnectOnPlatform, setup } from '../setup.ts'

const url = 'https://vendor.example/webhooks'
const otherSecret = `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`

/** The platform with an endpoint that is the vendor's; every webhook and its result is written down. */
async function setupWebhooks() {
  const taken: { request: Request; result: WebhookResult }[] = []
  let take = async (_request: Request): Promise<WebhookResult> => {
    throw new Error('Nobody listens yet.')
  }
  const post: Post = async ({ url: to, headers, body }) => {
    const request = new Request(to, { method: 'POST', headers, body })
    const result = await take(request.clone())
    taken.push({ request, result })
    return { status: result.response.status, retryAfter: null }
  }
  const fixture = await setup({}, { post })
  const { platform, app, clock, vendor, options } = fixture
  const { keys, store } = platform
  const about = { appId: app.id, actor: 'operator', url, keys, seen: '' } as const
  const secret = (await setEndpoint(store, about, clock.now()))?.secret ?? ''
  const more = { ...options, vendor, clientId: app.clientId, now: clock.now }
  const webhooks = createWebhooks({ ...more, secret })
  take = webhooks.take
  /** A webhook by the library, in its own words. */
  const signed = (body: string, { id = 'msg_x', at = clock.now(), by = secret } = {}) => {
    const signature = new Webhook(by).sign(id, new Date(at), body)
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': signature,
    }
    return new Request(url, { method: 'POST', headers, body })
  }
  return { ...fixture, webhooks, taken, secret, signed, more }
}

function disconnected(account: number | string, connection = 'con_x'): string {
  const data = { client_id: 'app', connection, account, by: 'user' }
  return JSON.stringify({
    type: 'connection.disconnected',
    timestamp: '2026-01-05T09:00:00.000Z',
    data,
  })
}

describe('a webhook', () => {
  test('of a disconnect tells disconnected, once, before any call has failed', async () => {
    const fixture = await setupWebhooks()
    const { platform, vendor, events, taken, webhooks } = fixture
    await connectUser(fixture)
    await platform.deliver()
    assert.deepEqual(
      taken.splice(0).map(({ result }) => result.event?.type),
      ['connection.created'],
    )
    await disconnectOnPlatform(fixture)
    assert.deepEqual(events, ['connected ada/default'])
    await platform.deliver()
    assert.deepEqual(events, ['connected ada/default', 'disconnected ada/default'])
    assert.equal((await vendor.connection('ada').status()).state, 'disconnected')
    const [sent] = taken
    assert.equal(sent?.result.response.status, 204)
    assert.equal(sent?.result.event?.data.by, 'user')
    // The platform sends it again: no event, and nothing told.
    const again = await webhooks.take(sent?.request.clone() as Request)
    assert.deepEqual([again.response.status, again.event], [204, null])
    await assert.rejects(vendor.connection('ada').api.me(), { fault: 'disconnected' })
    assert.equal(events.length, 2)
  })

  test('of a connection that the vendor knows to be over tells nothing', async () => {
    const fixture = await setupWebhooks()
    const { platform, vendor, events } = fixture
    await connectUser(fixture)
    await disconnectOnPlatform(fixture)
    await assert.rejects(vendor.connection('ada').api.me(), VendorError)
    await platform.deliver()
    assert.deepEqual(events, ['connected ada/default', 'disconnected ada/default'])
  })

  test('ends nothing by itself: what the platform says counts', async () => {
    const fixture = await setupWebhooks()
    const { webhooks, signed, events, vendor, user } = fixture
    await connectUser(fixture)
    const { response, event } = await webhooks.take(signed(disconnected(user.id)))
    assert.equal(response.status, 204)
    assert.equal(event?.type, 'connection.disconnected')
    assert.deepEqual(events, ['connected ada/default'])
    assert.equal((await vendor.connection('ada').status()).state, 'connected')
  })

  test('reaches every connection of the account, in another process and under new keys', async () => {
    const fixture = await setupWebhooks()
    const { platform, events, more, taken, options } = fixture
    await connectUser(fixture, 'ada')
    await connectUser(fixture, 'bea', 'second')
    await platform.deliver()
    const keys = [newKey(), options.keys as string]
    const vendor = fixture.makeVendor({ keys })
    const { unreadable } = await vendor.reencrypt()
    assert.deepEqual(unreadable, [])
    const other = createWebhooks({ ...more, vendor, keys: keys[0] ?? '', secret: fixture.secret })
    const told: string[] = []
    vendor.on('disconnected', ({ user, name }) => told.push(`${user}/${name}`))
    await disconnectOnPlatform(fixture)
    taken.length = 0
    const { signed, user } = fixture
    await other.take(signed(disconnected(user.id)))
    assert.deepEqual(told.sort(), ['ada/default', 'bea/second'])
    assert.equal(events.length, 2)
    assert.deepEqual(
      (await vendor.connections('ada')).map(({ name, state }) => [name, state]),
      [['default', 'disconnected']],
    )
  })

  test('is asked for again while the platform cannot be reached, and then counts', async () => {
    const fixture = await setupWebhooks()
    const { platform, more, signed, user, clock } = fixture
    await connectUser(fixture)
    await platform.deliver()
    await disconnectOnPlatform(fixture)
    let isDown = true
    const vendor = fixture.makeVendor({
      tries: 1,
      fetch: async request => {
        if (isDown) throw new TypeError('down')
        return fixture.network(request)
      },
    })
    const { take } = createWebhooks({ ...more, vendor, secret: fixture.secret })
    const webhook = () => signed(disconnected(user.id), { id: 'msg_1', at: clock.now() })
    const first = await take(webhook())
    assert.deepEqual([first.response.status, first.event], [503, null])
    isDown = false
    const second = await take(webhook())
    assert.deepEqual([second.response.status, second.event?.id], [204, 'msg_1'])
  })
})

describe('what is not the platform’s is refused', () => {
  const body = disconnected(1)
  const minute = 60_000
  test('as the library’s signatures are taken: whole, timely, by a secret that is known', async () => {
    const { webhooks, signed, more, secret, clock } = await setupWebhooks()
    const now = clock.now()
    const changed = (name: string, value: string) => {
      const request = signed(body)
      request.headers.set(name, value)
      return request
    }
    const good = signed(body).headers.get('webhook-signature')
    const cases: readonly [string, Request, number][] = [
      ['another secret', signed(body, { by: otherSecret }), 401],
      ['six minutes old', signed(body, { at: now - 6 * minute }), 401],
      ['six minutes ahead', signed(body, { at: now + 6 * minute }), 401],
      ['another id', changed('webhook-id', 'msg_y'), 401],
      ['another time', changed('webhook-timestamp', String(Math.floor(now / 1000) - 1)), 401],
      ['no time', changed('webhook-timestamp', 'soon'), 401],
      ['no signature', changed('webhook-signature', ''), 401],
      ['another version', changed('webhook-signature', `v2,${good?.slice(3)}`), 401],
      ['a list of guesses', changed('webhook-signature', `v1,${'A'.repeat(43)}= `.repeat(9)), 401],
      [
        'another body',
        new Request(url, { method: 'POST', body: '{}', headers: signed(body).headers }),
        401,
      ],
      ['no event', signed('[]', { id: 'a' }), 400],
      ['no JSON', signed('hello', { id: 'b' }), 400],
      ['too much', signed('x'.repeat(70_000), { id: 'c' }), 413],
      ['a GET', new Request(url), 405],
      ['four minutes old', signed(body, { id: 'd', at: now - 4 * minute }), 204],
      ['among others', changed('webhook-signature', `v1a,x v1,${'A'.repeat(43)}= ${good}`), 204],
    ]
    for (const [name, request, status] of cases) {
      const { response, event } = await webhooks.take(request)
      assert.equal(response.status, status, name)
      assert.equal(event === null, status !== 204, name)
    }
    const both = createWebhooks({ ...more, secret: [otherSecret, secret] })
    for (const [id, by] of Object.entries({ first: secret, second: otherSecret })) {
      const { response } = await both.take(signed(body, { id, by }))
      assert.equal(response.status, 204)
    }
  })

  test('and a secret that is none is told at the start', async () => {
    const { more } = await setupWebhooks()
    for (const secret of ['', 'whsec_', 'secret', [], ['whsec_short']]) {
      assert.throws(() => createWebhooks({ ...more, secret }), { fault: 'usage' })
    }
  })
})
