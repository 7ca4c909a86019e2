/** How long to wait: every way in which a platform may say it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toldToWait, waitAfter } from '../src/wait.ts'
import { answer, type Fault, faulty } from './faults.ts'
import { connectUser, type Fixture, setup } from './setup.ts'

const now = Date.UTC(2026, 0, 5, 9)
const seconds = now / 1000
const used = { 'X-RateLimit-Remaining': '0' }

const said: readonly [string, Record<string, string>, number | null][] = [
  ['nothing', {}, null],
  ['Retry-After in seconds', { 'Retry-After': '17' }, 17_000],
  ['Retry-After 0', { 'Retry-After': '0' }, 0],
  ['Retry-After in parts of a second', { 'Retry-After': '0.5' }, 500],
  ['Retry-After as a date', { 'Retry-After': new Date(now + 9000).toUTCString() }, 9000],
  ['Retry-After as a date gone by', { 'Retry-After': new Date(now - 9000).toUTCString() }, 0],
  [
    'Retry-After as a date, by a clock that is an hour wrong',
    {
      Date: new Date(now + 3_600_000).toUTCString(),
      'Retry-After': new Date(now + 3_609_000).toUTCString(),
    },
    9000,
  ],
  ['Retry-After that says nothing', { 'Retry-After': 'soon' }, null],
  ['Retry-After below zero', { 'Retry-After': '-5', 'X-RateLimit-Reset': '5' }, 5000],
  ['X-RateLimit-Reset in epoch seconds', { 'X-RateLimit-Reset': String(seconds + 30) }, 30_000],
  ['X-RateLimit-Reset in epoch milliseconds', { 'X-RateLimit-Reset': String(now + 1234) }, 1234],
  ['X-RateLimit-Reset relative, in seconds', { 'X-RateLimit-Reset': '42' }, 42_000],
  ['X-RateLimit-Reset relative, in milliseconds', { 'X-RateLimit-Reset': '21000' }, 21_000],
  ['X-RateLimit-Reset gone by', { 'X-RateLimit-Reset': String(seconds - 1) }, 0],
  ['X-RateLimit-Reset that says nothing', { 'X-RateLimit-Reset': 'later' }, null],
  ['both', { 'Retry-After': '3', 'X-RateLimit-Reset': String(seconds + 30) }, 3000],
]

describe('what the headers ask for', () => {
  for (const [title, headers, expected] of said) {
    test(title, () => assert.equal(toldToWait(new Headers(headers), 429, now), expected))
  }

  test('a reset counts where nothing is left, and not where something is', () => {
    const reset = { 'X-RateLimit-Reset': '30' }
    assert.equal(toldToWait(new Headers({ ...reset, ...used }), 503, now), 30_000)
    assert.equal(toldToWait(new Headers(reset), 503, now), null)
    const left = new Headers({ ...reset, 'X-RateLimit-Remaining': '7' })
    assert.equal(toldToWait(left, 200, now), null)
  })
})

describe('what is waited', () => {
  const at = (dice: number) => ({ random: () => dice, maxWait: 60_000 })

  test('doubles, with jitter, up to the cap', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 20].map(tried => waitAfter(tried, null, at(1))),
      [500, 1000, 2000, 4000, 60_000],
    )
    assert.equal(waitAfter(3, null, at(0)), 1000)
  })

  test('is never shorter than asked, a little longer by chance, and capped', () => {
    assert.equal(waitAfter(1, 5000, at(0)), 5000)
    assert.equal(waitAfter(1, 5000, at(1)), 5500)
    assert.equal(waitAfter(1, 86_400_000, at(1)), 60_000)
  })
})

describe('waiting', () => {
  async function throttled(faults: Fault[], ending: string) {
    const waits: number[] = []
    const scripted: Fault[] = []
    const fixture: Fixture = await setup({
      random: () => 0,
      clock: {
        now: () => fixture.clock.now(),
        sleep: async time => {
          waits.push(time)
          fixture.clock.forward(time / 1000)
        },
      },
      fetch: request => faulty(fixture.network, scripted, ending)(request),
    })
    const connection = await connectUser(fixture)
    scripted.push(...faults)
    return { fixture, connection, waits }
  }

  const headers: readonly [string, Record<string, string>, number][] = [
    ['as Retry-After says', { 'Retry-After': '7' }, 7000],
    ['as the reset says', { 'X-RateLimit-Reset': String(seconds + 4000 + 12) }, 12_000],
    ['no longer than the cap', { 'Retry-After': '86400' }, 60_000],
  ]
  for (const [title, told, expected] of headers) {
    test(`at the token endpoint, ${title}`, async () => {
      const all = await throttled([answer(429, '', told)], '/token')
      all.fixture.clock.forward(4000)
      await all.connection.accessToken()
      assert.equal(all.waits.length, 1)
      assert.ok(Math.abs((all.waits[0] ?? 0) - expected) < 2)
    })

    test(`at the API, ${title}`, async () => {
      const all = await throttled([answer(429, '', told)], '/me')
      all.fixture.clock.forward(4000)
      await all.connection.accessToken()
      all.waits.length = 0
      assert.equal((await all.connection.fetch('/v1.0/me')).status, 200)
      assert.ok(Math.abs((all.waits[0] ?? 0) - expected) < 2)
    })
  }

  const methods: readonly [string, number, number][] = [
    ['GET', 503, 2],
    ['PUT', 503, 2],
    ['DELETE', 500, 2],
    ['POST', 503, 1],
    ['PATCH', 500, 1],
    ['POST', 429, 2],
    ['GET', 404, 1],
    ['GET', 403, 1],
  ]
  for (const [method, status, requests] of methods) {
    test(`${method} answered with ${status} is sent ${requests === 1 ? 'once' : 'again'}`, async () => {
      const all = await throttled([answer(status, { message: 'no' })], '/things')
      all.fixture.sent.length = 0
      const response = await all.connection.fetch('/v1.0/things', { method })
      const reached = all.fixture.sent.filter(({ path }) => path === '/v1.0/things').length
      assert.equal(reached, requests - 1)
      assert.equal(response.status, requests === 1 ? status : 404)
    })
  }

  test('a 429 of the token endpoint is for every connection: nobody else asks in the meantime', async () => {
    const sleepers: (() => void)[] = []
    const scripted: Fault[] = []
    const waiting = () => new Promise<void>(resolve => setTimeout(resolve, 2))
    const fixture: Fixture = await setup({
      clock: {
        now: () => fixture.clock.now(),
        sleep: () => new Promise(resolve => sleepers.push(resolve)),
      },
      fetch: request => faulty(fixture.network, scripted)(request),
    })
    const [ada, bob] = [await connectUser(fixture, 'ada'), await connectUser(fixture, 'bob')]
    fixture.clock.forward(4000)
    fixture.sent.length = 0
    scripted.push(answer(429, '', { 'Retry-After': '30' }))
    const first = ada.accessToken()
    while (sleepers.length < 1) await waiting()
    let isDone = false
    const second = bob.accessToken().finally(() => {
      isDone = true
    })
    while (sleepers.length < 2 && !isDone) await waiting()
    assert.equal(isDone, false)
    assert.equal(fixture.tokenRequests().length, 0)
    fixture.clock.forward(31)
    for (const wake of sleepers) wake()
    await Promise.all([first, second])
    assert.equal(fixture.tokenRequests().length, 2)
  })

  test('ends with the signal, and the call with it', async () => {
    const abort = new AbortController()
    const scripted = [answer(429, '', { 'Retry-After': '50' })]
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted, '/me')(request),
    })
    const connection = await connectUser(fixture)
    const { systemClock } = await import('../src/wait.ts')
    const vendor = fixture.makeVendor({ clock: { ...systemClock, now: fixture.clock.now } })
    const call = vendor.connection('ada').fetch('/v1.0/me', { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 20)
    await assert.rejects(call, /enough/)
    await assert.rejects(connection.fetch('/v1.0/me', { signal: abort.signal }), /enough/)
  })
})
