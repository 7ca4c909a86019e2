/** An `AbortSignal` ends whatever waits for a platform that says nothing, and with its own reason. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Fetch } from '../src/index.ts'
import { silence } from './faults.ts'
import { connectUser, type Fixture, setup } from './setup.ts'

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
