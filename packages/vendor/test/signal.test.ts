/** An `AbortSignal` ends whatever waits for a platform or a store that says nothing, with its own reason. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMemoryStore, type Fetch, type Store } from '../src/index.ts'
import { answer, type Fault, faulty, silence } from './faults.ts'
import { connectUser, type Fixture, setup, stateless } from './setup.ts'

/** A fixture whose platform falls silent at paths that end so, and tells when it was asked. */
async function silentAt(ending: string) {
  const asked = Promise.withResolvers<void>()
  let isSilent = false
  const fixture: Fixture = await setup({
    fetch: request => {
      if (!isSilent || !new URL(request.url).pathname.endsWith(ending)) {
        return fixture.network(request)
      }
      asked.resolve()
      return silence(request, fixture.network as Fetch)
    },
  })
  const fall = () => {
    isSilent = true
  }
  return { fixture, asked: asked.promise, fall }
}

type Waiting = (fixture: Fixture, signal: AbortSignal, fall: () => void) => Promise<unknown>

const waits: readonly [string, string, Waiting][] = [
  [
    'connect, which reads the metadata',
    '/oauth-authorization-server',
    async (fixture, signal, fall) => {
      fall()
      const request = new Request('https://vendor.example/')
      return fixture.makeVendor().connect(request, { user: 'ada', signal })
    },
  ],
  [
    'callback, which exchanges the code',
    '/token',
    async (fixture, signal, fall) => {
      const person = fixture.person()
      const back = await person.decide(await person.begin({ user: 'ada' }))
      fall()
      return person.come(back, { signal })
    },
  ],
  [
    'a call',
    '/me',
    async (fixture, signal, fall) => {
      const connection = await connectUser(fixture)
      fall()
      return connection.fetch('/v1.0/me', { signal })
    },
  ],
  [
    'me',
    '/me',
    async (fixture, signal, fall) => {
      const connection = await connectUser(fixture)
      fall()
      return connection.api.me({ signal })
    },
  ],
  [
    'a token that has to be refreshed',
    '/token',
    async (fixture, signal, fall) => {
      await connectUser(fixture)
      fixture.clock.forward(4000)
      fall()
      // The caller gives up; the refresh itself goes on until its own limit.
      const vendor = fixture.makeVendor({ timeout: 200 })
      return vendor.connection('ada').accessToken({ signal })
    },
  ],
  [
    'disconnect, which revokes',
    '/revoke',
    async (fixture, signal, fall) => {
      await connectUser(fixture)
      fall()
      return fixture.vendor.disconnect('ada', { signal })
    },
  ],
]

/** A store whose reads never answer, once it hangs; tells when it was asked. */
function hangingStore() {
  const asked = Promise.withResolvers<void>()
  const store = createMemoryStore()
  let isHanging = false
  const hang = <T>(work: () => Promise<T>): Promise<T> => {
    if (!isHanging) return work()
    asked.resolve()
    return new Promise(() => {})
  }
  const hanging: Store = {
    ...store,
    read: key => hang(() => store.read(key)),
    list: which => hang(() => store.list(which)),
  }
  const fall = () => {
    isHanging = true
  }
  return { store: hanging, asked: asked.promise, fall }
}

const reads: readonly [string, (fixture: Fixture, signal: AbortSignal) => Promise<unknown>][] = [
  ['status', ({ vendor }, signal) => vendor.connection('ada').status({ signal })],
  ['connections', ({ vendor }, signal) => vendor.connections('ada', { signal })],
  ['accessToken', ({ vendor }, signal) => vendor.connection('ada').accessToken({ signal })],
  ['confirm', ({ vendor }, signal) => vendor.confirm('ada', { name: '?x', signal })],
]

describe('a signal ends what waits for a store:', () => {
  for (const [title, read] of reads) {
    test(title, { timeout: 60_000 }, async () => {
      const { store, asked, fall } = hangingStore()
      const fixture = await setup({ store })
      await connectUser(fixture)
      fall()
      const abort = new AbortController()
      const reason = new Error('enough')
      const waiting = read(fixture, abort.signal)
      await asked
      abort.abort(reason)
      await assert.rejects(waiting, error => error === reason)
    })
  }

  test('a confirm that was aborted before confirms nothing', async () => {
    const fixture = await setup({ missingState: 'confirm' })
    const person = fixture.person()
    const back = stateless(await person.decide(await person.begin({ user: 'ada' })))
    const result = await person.come(back)
    assert.ok(result.outcome === 'unconfirmed')
    const { name } = result.connection
    const reason = new Error('enough')
    const aborted = fixture.vendor.confirm('ada', { name, signal: AbortSignal.abort(reason) })
    await assert.rejects(aborted, error => error === reason)
    assert.deepEqual(await fixture.vendor.connections('ada'), [])
    await fixture.vendor.confirm('ada', { name })
  })
})

describe('refreshDue', () => {
  test('does not wait out a rate limit after the abort', { timeout: 60_000 }, async () => {
    const sleeping = Promise.withResolvers<void>()
    const awake = Promise.withResolvers<void>()
    const faults: Fault[] = []
    const fixture: Fixture = await setup({
      // Whoever is told to wait waits until the test is over: only the signal can end it before.
      clock: {
        now: () => fixture.clock.now(),
        sleep: async milliseconds => {
          sleeping.resolve()
          await awake.promise
          fixture.clock.forward(milliseconds / 1000)
        },
      },
      fetch: request => faulty(fixture.network, faults)(request),
    })
    for (const user of ['ada', 'bob', 'eve']) await connectUser(fixture, user)
    fixture.clock.forward(4000)
    faults.push(answer(429, '', { 'Retry-After': '60' }))
    const abort = new AbortController()
    const running = fixture.vendor.refreshDue({ concurrency: 1, signal: abort.signal })
    await sleeping.promise
    abort.abort(new Error('enough'))
    const report = { refreshed: 0, disconnected: 0, failed: [], left: 3 }
    assert.deepEqual(await running, report)
    awake.resolve()
  })
})

describe('a signal ends', () => {
  for (const [title, ending, wait] of waits) {
    test(title, { timeout: 60_000 }, async () => {
      const { fixture, asked, fall } = await silentAt(ending)
      const abort = new AbortController()
      const reason = new Error('enough')
      const waiting = wait(fixture, abort.signal, fall)
      await asked
      abort.abort(reason)
      await assert.rejects(waiting, error => error === reason)
    })

    test(`${title}: at once when it was aborted before`, { timeout: 60_000 }, async () => {
      const { fixture, fall } = await silentAt(ending)
      const reason = new Error('enough')
      await assert.rejects(
        wait(fixture, AbortSignal.abort(reason), fall),
        error => error === reason,
      )
    })
  }
})
