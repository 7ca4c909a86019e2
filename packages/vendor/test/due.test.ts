/** A thousand connections that are due at once, on the true platform behind a rate limit. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { signIn } from '../../platform/test/setup.ts'
import { createMemoryStore, type Fetch } from '../src/index.ts'
import { answer, type Fault, faulty } from './faults.ts'
import { article, type Fixture, setup } from './setup.ts'

const window = 60_000

/** Lets so many token requests pass a minute, and tells the others when the next minute begins. */
function limited(pass: Fetch, limit: number, now: () => number) {
  const seen = { passed: [] as number[], refused: 0 }
  let minute = 0
  let used = 0
  const network: Fetch = async request => {
    if (!new URL(request.url).pathname.endsWith('/token')) return pass(request)
    const current = Math.floor(now() / window)
    if (current !== minute) used = 0
    minute = current
    if (used++ < limit) {
      seen.passed.push(now())
      return pass(request)
    }
    seen.refused++
    const reset = String(((current + 1) * window) / 1000)
    const headers = { 'X-RateLimit-Limit': String(limit), 'X-RateLimit-Reset': reset }
    return Response.json({ message: 'Too Many Requests' }, { status: 429, headers })
  }
  return { network, seen }
}

/** Connects so many users through one signed-in person, a second apart, so that they are due in order. */
async function connectMany(fixture: Fixture, count: number): Promise<void> {
  const page = fixture.browser()
  await signIn(page, fixture.user.email)
  for (let index = 0; index < count; index++) {
    const person = fixture.person()
    const at = await person.begin({ user: `user-${index}` })
    const consent = await page.get(at.pathname + at.search)
    const { location } = await consent.submit({ decision: 'authorize' })
    const result = await person.come(location ?? '')
    assert.equal(result.outcome, 'connected')
    fixture.clock.forward(1)
  }
}

describe('refreshDue', () => {
  test('1,000 at once, 100 a minute, two processes: all refreshed, once, in order, none starved', async () => {
    const store = createMemoryStore()
    let limit: ReturnType<typeof limited> | null = null
    const fixture: Fixture = await setup({
      store,
      platform: article('http://localhost:4400'),
      refreshJitter: 0,
      fetch: request => (limit ? limit.network(request) : fixture.network(request)),
      clock: {
        now: () => fixture.clock.now(),
        sleep: async milliseconds => {
          const until = fixture.clock.now() + milliseconds
          await turn()
          if (fixture.clock.now() < until)
            fixture.clock.forward((until - fixture.clock.now()) / 1000)
        },
      },
    })
    await connectMany(fixture, 1000)
    fixture.clock.forward(3600)
    limit = limited(fixture.network, 100, () => fixture.clock.now())
    const order: number[] = []
    const vendors = [fixture.vendor, fixture.makeVendor()]
    for (const vendor of vendors) {
      vendor.on('refreshed', ({ user }) => order.push(Number(user.slice(5))))
    }
    const reports = await Promise.all(vendors.map(vendor => vendor.refreshDue()))
    for (const { failed, disconnected, left } of reports) {
      assert.deepEqual({ failed, disconnected, left }, { failed: [], disconnected: 0, left: 0 })
    }
    assert.equal(order.length, 1000)
    assert.equal(new Set(order).size, 1000, 'each of them once')
    assert.equal(limit.seen.passed.length, 1000)
    const late = order.map((user, place) => Math.abs(place - user))
    assert.ok(Math.max(...late) <= 100, `out of its turn by ${Math.max(...late)}`)
    assert.ok(limit.seen.refused <= 10 * 2 * 8, `asked ${limit.seen.refused} times for nothing`)
    assert.deepEqual(await store.list({ dueBefore: fixture.clock.now() }), [])
  })

  test('what fails for the moment is tried again after the others, and told if it goes on failing', async () => {
    const faults: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, faults)(request),
    })
    await connectMany(fixture, 5)
    fixture.clock.forward(4000)
    faults.push(...Array.from({ length: 4 }, () => answer(503, 'busy')))
    assert.equal((await fixture.vendor.refreshDue({ concurrency: 1 })).refreshed, 5)
    fixture.clock.forward(4000)
    faults.push(...Array.from({ length: 99 }, () => answer(503, 'busy')))
    const { refreshed, failed } = await fixture.vendor.refreshDue({ concurrency: 1 })
    assert.equal(refreshed, 0)
    assert.deepEqual(
      failed.map(({ user }) => user).sort(),
      [0, 1, 2, 3, 4].map(at => `user-${at}`),
    )
    assert.ok(failed.every(({ error }) => error.fault === 'network'))
    assert.equal(faults.length, 99 - 5 * 4, 'and nobody is hammered')
  })

  test('one that the platform ended is counted and told; the others are refreshed', async () => {
    const faults: Fault[] = []
    const fixture: Fixture = await setup({
      refreshJitter: 0,
      fetch: request => faulty(fixture.network, faults)(request),
    })
    await connectMany(fixture, 3)
    fixture.clock.forward(4000)
    faults.push(answer(400, { error: 'invalid_grant' }))
    const report = await fixture.vendor.refreshDue({ concurrency: 1 })
    assert.deepEqual(report, { refreshed: 2, disconnected: 1, failed: [], left: 0 })
    assert.ok(fixture.events.includes('disconnected user-0/default'))
    const again = await fixture.vendor.refreshDue()
    assert.deepEqual(again, { refreshed: 0, disconnected: 0, failed: [], left: 0 })
  })

  test('ends with the signal, and counts what was not waited for', async () => {
    const abort = new AbortController()
    const faults: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, faults)(request),
    })
    await connectMany(fixture, 5)
    fixture.clock.forward(4000)
    const pass: Fault = (request, network) => network(request)
    faults.push(pass, async (request, network) => {
      abort.abort()
      return network(request)
    })
    const report = await fixture.vendor.refreshDue({ concurrency: 1, signal: abort.signal })
    assert.equal(report.refreshed, 1)
    assert.equal(report.left, 4)
  })

  test('a connection that nobody confirmed is given back after ten minutes', async () => {
    const fixture = await setup({ missingState: 'confirm', platform: 'http://localhost:4400' })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    back.searchParams.delete('state')
    const result = await person.come(back)
    assert.ok(result.outcome === 'unconfirmed')
    const token = await result.connection.accessToken()
    fixture.clock.forward(599)
    await fixture.vendor.refreshDue()
    assert.equal((await result.connection.status()).state, 'connected')
    fixture.clock.forward(1)
    await fixture.vendor.refreshDue()
    assert.equal((await result.connection.status()).state, 'none')
    const request = new Request('http://localhost:4400/v1.0/me', {
      headers: { Authorization: `Bearer ${token}` },
    })
    assert.equal((await fixture.platform.fetch(request)).status, 401)
    assert.deepEqual(fixture.events, [])
  })
})
