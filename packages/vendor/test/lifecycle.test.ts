/** What becomes of tokens between the platform and the store, when one of the two is away just then. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMemoryStore, type Store } from '../src/index.ts'
import { connectUser, type Fixture, setup } from './setup.ts'

/** A store that fails so many times, in each of its functions, once `fail` was called. */
function failing() {
  const store = createMemoryStore()
  let failures = 0
  const shaky = async <T>(work: () => Promise<T>): Promise<T> => {
    if (failures-- > 0) throw new Error('the database is away')
    return work()
  }
  const failingStore: Store = {
    ...store,
    read: key => shaky(() => store.read(key)),
    write: (...row) => shaky(() => store.write(...row)),
  }
  const fail = (times: number) => {
    failures = times
  }
  return { store: failingStore, fail }
}

/** Whether a token still opens the API. */
async function works({ platform }: Fixture, token: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}` }
  const me = new Request('http://localhost:4400/v1.0/me', { headers })
  return (await platform.fetch(me)).status === 200
}

describe('a store that is away between the exchange and the save', () => {
  test('for a moment: the person is connected all the same', async () => {
    const { store, fail } = failing()
    const fixture = await setup({ store })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    fail(3)
    assert.equal((await person.come(back)).outcome, 'connected')
    assert.equal(fixture.tokenRequests().length, 1)
  })

  test('for good: the callback throws, and the tokens that nobody has are taken back', async () => {
    const { store, fail } = failing()
    let token = ''
    const fixture: Fixture = await setup({
      store,
      fetch: async request => {
        const response = await fixture.network(request)
        if (new URL(request.url).pathname.endsWith('/token')) {
          const { access_token } = (await response.clone().json()) as Record<string, unknown>
          token = String(access_token)
        }
        return response
      },
    })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    fail(Number.POSITIVE_INFINITY)
    await assert.rejects(person.come(back), /the database is away/)
    assert.match(token, /^lk_at_/)
    assert.equal(await works(fixture, token), false)
    fail(0)
    assert.equal((await fixture.vendor.connection('ada').status()).state, 'none')
    assert.deepEqual(fixture.events, [])
  })
})

describe('disconnect', () => {
  test('while the platform is away, metadata and all: forgotten here, and said', async () => {
    const fixture = await setup()
    await connectUser(fixture)
    const late = fixture.makeVendor({
      fetch: async () => {
        throw new TypeError('fetch failed')
      },
    })
    assert.deepEqual(await late.disconnect('ada'), { revoked: false })
    assert.equal((await fixture.vendor.connection('ada').status()).state, 'none')
  })
})
