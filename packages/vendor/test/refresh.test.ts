/** One refresh at a time, whoever asks; and what stands when things happen at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeApp } from '../../platform/test/setup.ts'
import { createMemoryStore, type Store } from '../src/index.ts'
import { answer, barrier, change, dropAfterCommit, type Fault, faulty } from './faults.ts'
import { connectUser, disconnectOnPlatform, type Fixture, setup } from './setup.ts'

const key = { user: 'ada', name: 'default' }

/** A connected user whose token requests from now on meet these faults. */
async function connected(faults: Fault[] = [], options: Parameters<typeof setup>[0] = {}) {
  const scripted: Fault[] = []
  const fixture = await setup({
    ...options,
    fetch: request => faulty(fixture.network, scripted)(request),
  })
  const connection = await connectUser(fixture)
  fixture.sent.length = 0
  scripted.push(...faults)
  return { ...fixture, fixture, connection, faults: scripted }
}

function refreshes({ events }: { events: string[] }): number {
  return events.filter(event => event.startsWith('refreshed')).length
}

describe('one refresh at a time', () => {
  test('twenty callers on one expired token make one request', async () => {
    const all = await connected()
    all.clock.forward(4000)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => all.connection.fetch('/v1.0/me')),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(all.tokenRequests().length, 1)
    assert.equal(refreshes(all), 1)
  })

  test('five vendors on one store, ten callers each, make one request', async () => {
    const all = await connected()
    const vendors = Array.from({ length: 5 }, () => all.makeVendor())
    all.clock.forward(4000)
    const tokens = await Promise.all(
      vendors.flatMap(vendor =>
        Array.from({ length: 10 }, () => vendor.connection('ada').accessToken()),
      ),
    )
    assert.equal(new Set(tokens).size, 1)
    assert.equal(all.tokenRequests().length, 1)
  })

  test('also when the platform takes longer than the lock lives', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([fault], { lockTime: 400 })
    const other = all.makeVendor({ clock: { now: all.clock.now, sleep: ms => sleep(ms) } })
    all.clock.forward(4000)
    const first = all.connection.accessToken()
    await arrived
    const second = other.connection('ada').accessToken()
    await sleep(1200)
    open()
    assert.equal(await first, await second)
    assert.equal(all.tokenRequests().length, 1)
  })

  test('a lock that is lost all the same: the tokens saved first stand, and both callers get them', async () => {
    const store = createMemoryStore()
    const leaky: Store = { ...store, lock: async () => true }
    const { fault, arrived, open } = barrier()
    const all = await connected([fault], { store: leaky })
    const other = all.makeVendor()
    all.clock.forward(4000)
    const slow = all.connection.accessToken()
    await arrived
    const fast = await other.connection('ada').accessToken()
    open()
    assert.equal(await slow, fast)
    assert.equal(await all.connection.accessToken(), fast)
    assert.equal(refreshes(all), 0, 'told by the vendor whose tokens stand, and by no other')
  })

  test('a rotating platform, and a lock that is lost: the connection lives on', async () => {
    const store = createMemoryStore()
    const { fault, arrived, open } = barrier()
    const scripted: Fault[] = []
    const fixture: Fixture = await setup({
      store: { ...store, lock: async () => true },
      fetch: request => faulty(fixture.network, scripted)(request),
    })
    const app = await makeApp(fixture.platform, { rotates: true })
    const vendor = fixture.makeVendor({ app })
    const connection = await connectUser({ person: () => fixture.personOf(vendor) })
    fixture.clock.forward(4000)
    scripted.push(fault)
    const slow = connection.accessToken()
    await arrived
    const other = fixture.makeVendor({ app })
    const fast = await other.connection('ada').accessToken()
    fixture.clock.forward(61)
    open()
    // The slow one comes with a token that is used up, and is refused; it must not end the connection.
    assert.equal(await slow, fast)
    assert.equal((await connection.status()).state, 'connected')
  })

  test('a lock that is lost to one who is refused: the tokens that came late stand all the same', async () => {
    const store = createMemoryStore()
    const { fault, arrived, open } = barrier()
    const all = await connected([fault, answer(400, { error: 'invalid_grant' })], {
      store: { ...store, lock: async () => true },
    })
    const other = all.makeVendor()
    const told: string[] = []
    other.on('disconnected', () => told.push('disconnected'))
    all.vendor.on('recovered', () => told.push('recovered'))
    all.clock.forward(4000)
    const slow = all.connection.accessToken()
    await arrived
    await assert.rejects(other.connection('ada').accessToken(), { fault: 'disconnected' })
    open()
    assert.ok(await slow)
    assert.equal(await other.connection('ada').accessToken(), await slow)
    assert.deepEqual(told, ['disconnected', 'recovered'])
  })

  test('a disconnect by the user is not undone by tokens that come late', async () => {
    const store = createMemoryStore()
    const { fault, arrived, open } = barrier()
    const all = await connected([fault], { store: { ...store, lock: async () => true } })
    all.clock.forward(4000)
    const slow = all.connection.accessToken()
    await arrived
    await all.makeVendor().disconnect('ada')
    open()
    await assert.rejects(slow, { fault: 'disconnected' })
    assert.equal((await all.connection.status()).state, 'none')
  })

  test('a renewal that is under way is waited for: it never comes after the release', async () => {
    const store = createMemoryStore()
    const renewing = Promise.withResolvers<void>()
    const renewal = Promise.withResolvers<void>()
    const log: string[] = []
    let locks = 0
    const slow: Store = {
      ...store,
      lock: async (...lock) => {
        const isRenewal = lock[0].startsWith('refresh') && ++locks > 1
        if (isRenewal) {
          renewing.resolve()
          await renewal.promise
          log.push('renewed')
        }
        return store.lock(...lock)
      },
      unlock: async (...lock) => {
        log.push('released')
        return store.unlock(...lock)
      },
    }
    const { fault, open } = barrier()
    const all = await connected([fault], { store: slow, lockTime: 300 })
    all.clock.forward(4000)
    const token = all.connection.accessToken()
    await renewing.promise
    open()
    // Long enough for the tokens to be saved; what is waited for is only the renewal.
    while (refreshes(all) === 0) await sleep(5)
    await sleep(20)
    renewal.resolve()
    await token
    assert.deepEqual(log.slice(-2), ['renewed', 'released'])
  })

  test('a caller may give up; the refresh goes on and is kept', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([fault])
    all.clock.forward(4000)
    const abort = new AbortController()
    const call = all.connection.fetch('/v1.0/me', { signal: abort.signal })
    const patient = all.connection.accessToken()
    await arrived
    abort.abort(new Error('enough'))
    await assert.rejects(call, /enough/)
    open()
    await patient
    assert.equal(all.tokenRequests().length, 1)
    assert.equal(refreshes(all), 1)
  })
})

describe('tokens that survive', () => {
  test('a refresh answer without a refresh token keeps the old one', async () => {
    for (const left of [{}, { refresh_token: '' }, { refresh_token: null }]) {
      const without = change(({ refresh_token: _, ...rest }) => ({ ...rest, ...left }))
      const all = await connected([without])
      all.clock.forward(4000)
      await all.connection.accessToken()
      all.clock.forward(4000)
      await all.connection.accessToken()
      const [first, second] = all.tokenRequests()
      assert.equal(second?.form.refresh_token, first?.form.refresh_token)
    }
  })

  test('new tokens are saved before anybody uses them', async () => {
    const log: string[] = []
    const store = createMemoryStore()
    const logged: Store = {
      ...store,
      write: async (...row) => {
        const written = await store.write(...row)
        log.push('saved')
        return written
      },
    }
    const all = await connected([], { store: logged })
    log.length = 0
    all.clock.forward(4000)
    const vendor = all.makeVendor({
      fetch: request => {
        log.push(new URL(request.url).pathname)
        return all.platform.fetch(request)
      },
    })
    await vendor.connection('ada').fetch('/v1.0/me')
    const steps = log.filter(step => !step.startsWith('/.well-known'))
    assert.deepEqual(steps, ['/oauth/token', 'saved', '/v1.0/me'])
  })

  test('a store that fails for a moment costs no tokens', async () => {
    const store = createMemoryStore()
    let failures = 0
    const shaky: Store = {
      ...store,
      write: async (...row) => {
        if (failures-- > 0) throw new Error('the database is away')
        return store.write(...row)
      },
    }
    const all = await connected([], { store: shaky })
    all.clock.forward(4000)
    failures = 3
    await all.connection.accessToken()
    assert.equal(all.tokenRequests().length, 1)
    assert.equal(refreshes(all), 1)
  })

  test('a save whose answer was lost is one that succeeded', async () => {
    const store = createMemoryStore()
    let lose = false
    const lossy: Store = {
      ...store,
      write: async (...row) => {
        const written = await store.write(...row)
        if (!lose) return written
        lose = false
        throw new Error('the connection to the database broke')
      },
    }
    const all = await connected([], { store: lossy })
    all.clock.forward(4000)
    lose = true
    await all.connection.accessToken()
    assert.equal(refreshes(all), 1)
    assert.equal(all.tokenRequests().length, 1)
  })

  test('the expiry is a moment, not a span: a vendor that starts later knows it', async () => {
    const all = await connected()
    all.clock.forward(3000)
    const later = all.makeVendor({ refreshMargin: 0, refreshJitter: 0 })
    const status = await later.connection('ada').status()
    assert.ok(status.state === 'connected')
    assert.equal(status.expiresAt, all.clock.now() + 600_000)
    await later.connection('ada').accessToken()
    assert.equal(all.tokenRequests().length, 0)
    all.clock.forward(600)
    await later.connection('ada').accessToken()
    assert.equal(all.tokenRequests().length, 1)
  })

  test('a reconnect while a refresh is under way: the new connection stands', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([fault])
    all.clock.forward(4000)
    const slow = all.connection.accessToken()
    await arrived
    await connectUser(all.fixture)
    const fresh = await all.makeVendor().connection('ada').accessToken()
    open()
    assert.equal(await slow, fresh)
    assert.equal(await all.connection.accessToken(), fresh)
  })

  test('a disconnect while a refresh is under way waits for it, and leaves nothing alive', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([fault])
    const other = all.makeVendor({ clock: { now: all.clock.now, sleep: ms => sleep(ms) } })
    all.clock.forward(4000)
    const slow = all.connection.accessToken()
    await arrived
    const end = other.disconnect('ada')
    await sleep(50)
    open()
    const token = await slow
    assert.deepEqual(await end, { revoked: true })
    const me = await all.platform.fetch(
      new Request('http://localhost:4400/v1.0/me', {
        headers: { Authorization: `Bearer ${token}` },
      }),
    )
    assert.equal(me.status, 401)
    assert.equal((await all.connection.status()).state, 'none')
  })
})

describe('ahead of the end', () => {
  test('a token is refreshed when it is due, before it ends', async () => {
    const all = await connected([], { refreshMargin: 300_000, refreshJitter: 0 })
    all.clock.forward(3299)
    await all.connection.accessToken()
    assert.equal(all.tokenRequests().length, 0)
    all.clock.forward(1)
    await all.connection.accessToken()
    assert.equal(all.tokenRequests().length, 1)
  })

  test('connections made together are due apart', async () => {
    const store = createMemoryStore()
    let dice = 0
    const all = await connected([], { store, random: () => dice++ / 10, refreshJitter: 100_000 })
    await connectUser(all.fixture, 'bob')
    const rows = [await store.read(key), await store.read({ ...key, user: 'bob' })]
    const [ada, bob] = rows.map(row => row?.dueAt ?? 0)
    assert.notEqual(ada, bob)
    for (const dueAt of [ada, bob]) {
      const ahead = all.clock.now() + 3_600_000 - (dueAt ?? 0)
      assert.ok(ahead >= 300_000 && ahead <= 400_000)
    }
  })

  test('a token whose life is shorter than the margin is not refreshed at every call', async () => {
    const all = await connected([change(body => ({ ...body, expires_in: 60 }))])
    all.clock.forward(4000)
    await all.connection.accessToken()
    all.clock.forward(29)
    await all.connection.accessToken()
    assert.equal(all.tokenRequests().length, 1)
    all.clock.forward(2)
    await all.connection.accessToken()
    assert.equal(all.tokenRequests().length, 2)
  })

  test('while it still works, a refresh that fails disturbs nobody, and is not tried at every call', async () => {
    const faults = Array.from({ length: 9 }, () => answer(503, 'busy'))
    const all = await connected(faults, { refreshJitter: 0 })
    const token = await all.connection.accessToken()
    all.clock.forward(3400)
    for (let call = 0; call < 5; call++) {
      assert.equal(await all.connection.accessToken(), token)
    }
    assert.equal(faults.length - all.faults.length, 1)
    all.clock.forward(30)
    await all.connection.accessToken()
    assert.equal(faults.length - all.faults.length, 2)
    all.faults.length = 0
    all.clock.forward(30)
    assert.notEqual(await all.connection.accessToken(), token)
  })

  test('while it still works, nobody waits for another’s refresh', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([fault])
    const token = await all.connection.accessToken()
    all.clock.forward(3500)
    const first = all.connection.accessToken()
    await arrived
    assert.equal(await all.connection.accessToken(), token)
    assert.equal(await all.makeVendor().connection('ada').accessToken(), token)
    open()
    assert.notEqual(await first, token)
    assert.equal(all.tokenRequests().length, 1)
  })

  test('who needs it waits for a refresh ahead that is under way, and tries again if that fails', async () => {
    const { fault, arrived, open } = barrier()
    const all = await connected([
      async (request, pass) => {
        await fault(request, pass)
        return new Response('busy', { status: 503 })
      },
    ])
    all.clock.forward(3500)
    const ahead = all.connection.accessToken()
    await arrived
    all.clock.forward(200)
    const needed = all.connection.accessToken()
    open()
    await ahead
    assert.ok(await needed)
    assert.equal(refreshes(all), 1)
  })
})

describe('401 from the API', () => {
  const unauthorized = answer(401, { code: 'BAD_CREDENTIALS', message: 'no' })

  test('leads to one refresh and one retry', async () => {
    const faults = [unauthorized]
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, faults, '/me')(request),
    })
    const connection = await connectUser(fixture)
    assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    assert.equal(refreshes(fixture), 1)
  })

  test('ten calls at once share the refresh', async () => {
    const faults = Array.from({ length: 10 }, () => unauthorized)
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, faults, '/me')(request),
    })
    const connection = await connectUser(fixture)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => connection.fetch('/v1.0/me')),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(refreshes(fixture), 1)
  })

  test('that stays is answered as it is, and does not hammer the token endpoint', async () => {
    const faults = Array.from({ length: 50 }, () => unauthorized)
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, faults, '/me')(request),
    })
    const connection = await connectUser(fixture)
    for (let call = 0; call < 10; call++) {
      const response = await connection.fetch('/v1.0/me')
      assert.equal(response.status, 401)
      assert.deepEqual(await response.json(), { code: 'BAD_CREDENTIALS', message: 'no' })
    }
    assert.equal(refreshes(fixture), 1)
    fixture.clock.forward(61)
    await connection.fetch('/v1.0/me')
    assert.equal(refreshes(fixture), 2)
  })

  test('repeats the body; a stream, which cannot be repeated, is answered with the 401', async () => {
    const bodies: string[] = []
    const faults: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: async request => {
        if (!request.url.endsWith('/notes')) return fixture.network(request)
        bodies.push(await request.text())
        return (faults.shift() ?? answer(201, {}))(request, fixture.network)
      },
    })
    const connection = await connectUser(fixture)
    faults.push(unauthorized)
    const text = { method: 'POST', body: '{"a":1}' }
    assert.equal((await connection.fetch('/v1.0/notes', text)).status, 201)
    assert.deepEqual(bodies, ['{"a":1}', '{"a":1}'])
    faults.push(unauthorized)
    const stream = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' as const }
    assert.equal((await connection.fetch('/v1.0/notes', stream)).status, 401)
    assert.equal((await connection.fetch('/v1.0/notes', text)).status, 201)
    assert.deepEqual(bodies.slice(2), ['once', '{"a":1}'])
    assert.equal(refreshes(fixture), 2)
  })
})

describe('only invalid_grant means disconnected', () => {
  const others: readonly [string, Fault, string][] = [
    ['429', answer(429, { error: 'invalid_grant' }), 'network'],
    ['500', answer(500, { error: 'invalid_grant' }), 'network'],
    ['503', answer(503, 'Service Unavailable'), 'network'],
    ['invalid_client', answer(401, { error: 'invalid_client' }), 'refused'],
    ['unauthorized_client', answer(400, { error: 'unauthorized_client' }), 'refused'],
    ['403 from a firewall', answer(403, '<html>no</html>'), 'refused'],
    ['temporarily_unavailable', answer(400, { error: 'temporarily_unavailable' }), 'network'],
    ['a lost answer', dropAfterCommit, 'network'],
    ['an empty object', answer(200, {}), 'malformed'],
  ]
  for (const [title, fault, expected] of others) {
    test(`${title}: ${expected}, and the connection stays`, async () => {
      const all = await connected(Array.from({ length: 4 }, () => fault))
      all.clock.forward(4000)
      await assert.rejects(all.connection.fetch('/v1.0/me'), { fault: expected })
      assert.equal((await all.connection.status()).state, 'connected')
      assert.deepEqual(all.events, ['connected ada/default'])
      all.faults.length = 0
      assert.equal((await all.connection.fetch('/v1.0/me')).status, 200)
    })
  }

  test('invalid_grant ends it, also with 200, as some answer', async () => {
    for (const status of [400, 401, 200]) {
      const all = await connected([answer(status, { error: 'invalid_grant' })])
      all.clock.forward(4000)
      await assert.rejects(all.connection.fetch('/v1.0/me'), { fault: 'disconnected' })
      assert.deepEqual(all.events, ['connected ada/default', 'disconnected ada/default'])
    }
  })

  test('many callers, in several vendors: told once', async () => {
    const all = await connected()
    const vendors = [all.vendor, all.makeVendor(), all.makeVendor()]
    const events = vendors.map(() => 0)
    vendors.forEach((vendor, index) => {
      vendor.on('disconnected', () => {
        events[index] = (events[index] ?? 0) + 1
      })
    })
    await disconnectOnPlatform(all.fixture)
    const calls = vendors.flatMap(vendor =>
      Array.from({ length: 5 }, () => vendor.connection('ada').fetch('/v1.0/me')),
    )
    const results = await Promise.allSettled(calls)
    assert.ok(results.every(({ status }) => status === 'rejected'))
    assert.equal(
      events.reduce((sum, count) => sum + count, 0),
      1,
    )
  })
})
