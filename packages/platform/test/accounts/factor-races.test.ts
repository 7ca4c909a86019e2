/** What happens at once, on both engines: a code is used once, and the first factor makes one set of codes. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { addAccount } from '../../src/accounts/account.ts'
import { isFirstUse } from '../../src/accounts/first-use.ts'
import { createLastSeen } from '../../src/accounts/last-seen.ts'
import {
  lockSecret,
  newAuthenticatorSecret,
  setAuthenticator,
  useAuthenticator,
} from '../../src/accounts/second-factor/authenticator.ts'
import { asksForMore, changeFactors, factorsOf } from '../../src/accounts/second-factor/factors.ts'
import {
  addPasskey,
  passkeysAtMost,
  removePasskey,
  usePasskey,
} from '../../src/accounts/second-factor/passkey.ts'
import { useRecoveryCode } from '../../src/accounts/second-factor/recovery-code.ts'
import { findSession, startSession } from '../../src/accounts/session.ts'
import { endNamedSession, endOtherSessions, listSessions } from '../../src/accounts/session-list.ts'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'
import { digitsOf } from './factor-person.ts'

const engines = {
  SQLite: async () => openSqlite(':memory:') as Store,
  PostgreSQL: async (t: TestContext) => {
    const { url, stop } = await testDatabase()
    const store = openPostgres(url)
    t.after(async () => {
      await store.close()
      await stop()
    })
    return store as Store
  },
}

const keys = createKeyRing([newKey(0)])
const now = Date.UTC(2026, 0, 5, 9)
const times = <T>(count: number, what: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => what(index)))

async function account(store: Store, email = 'dana@example.com'): Promise<number> {
  const about = { email, firstName: 'D', lastName: 'R', passwordHash: null, isReviewer: false }
  return (await store.write(tx => addAccount(tx, about, 'operator', now))) ?? 0
}

function newPasskey(accountId: number, name: string) {
  const id = Buffer.from(name)
  const more = { user_handle: id, public_key: id, counter: 0, transports: '[]' }
  return { id, account_id: accountId, name, ...more }
}

for (const [engine, open] of Object.entries(engines)) {
  describe(`second factors on ${engine}`, () => {
    const ready = async (t: TestContext) => {
      const store = await open(t)
      await store.migrate()
      return { store, accountId: await account(store) }
    }

    test('of two first factors at once one makes the codes, and ten of them', async t => {
      const { store, accountId } = await ready(t)
      const session = new Uint8Array()
      const made = await times(6, index =>
        changeFactors(
          store,
          {
            accountId,
            session,
            kind: 'passkey_added',
            change: tx => addPasskey(tx, newPasskey(accountId, `key ${index}`), now),
          },
          now,
        ),
      )
      assert.deepEqual(made.map(codes => codes?.length).sort(), [0, 0, 0, 0, 0, 10])
      const { codesLeft, passkeys } = await factorsOf(store, accountId)
      assert.deepEqual([codesLeft, passkeys.length], [10, 6])
    })

    test('a recovery code is used once of any number at once, and only by its owner', async t => {
      const { store, accountId } = await ready(t)
      const other = await account(store, 'eve@example.com')
      const change = async () => true
      const step = { accountId, session: new Uint8Array(), kind: 'app_added', change } as const
      const [code = ''] = (await changeFactors(store, step, now)) ?? []
      assert.equal(await useRecoveryCode(store, { accountId: other, code }, now), false)
      const used = await times(8, () => useRecoveryCode(store, { accountId, code }, now))
      assert.equal(used.filter(Boolean).length, 1)
    })

    test('digits are used once of any number at once', async t => {
      const { store, accountId } = await ready(t)
      const secret = newAuthenticatorSecret()
      const locked = lockSecret(keys, { accountId, secret }, now)
      await store.write(tx => setAuthenticator(tx, { accountId, locked, step: 0 }, now))
      const digits = digitsOf(secret, now)
      const parts = { store, keys }
      const used = await times(8, () => useAuthenticator(parts, { accountId, digits }, now))
      assert.equal(used.filter(word => word === 'right').length, 1)
      const rotated = { store, keys: createKeyRing([newKey(0)]) }
      const later = { accountId, digits: digitsOf(secret, now + 60_000) }
      assert.equal(await useAuthenticator(rotated, later, now + 60_000), 'unreadable')
    })

    test('a text is first once, and again when it would not be good any more', async t => {
      const { store } = await ready(t)
      const first = await times(5, () => store.write(tx => isFirstUse(tx, 'text', now)))
      assert.equal(first.filter(Boolean).length, 1)
      assert.equal(await store.write(tx => isFirstUse(tx, 'text', now + 600_001)), true)
    })

    test('a passkey is its account’s alone, counts on, and there are so many at most', async t => {
      const { store, accountId } = await ready(t)
      const other = await account(store, 'eve@example.com')
      const add = (owner: number, name: string) =>
        store.write(tx => addPasskey(tx, newPasskey(owner, name), now))
      assert.equal(await add(accountId, 'key'), true)
      assert.equal(await add(other, 'key'), false)
      const id = Buffer.from('key')
      const remove = (owner: number) =>
        store.write(tx => removePasskey(tx, { accountId: owner, id }))
      assert.equal(await remove(other), false)
      const used = await times(3, () =>
        store.write(tx => usePasskey(tx, { id, counter: 0, newCounter: 1 }, now)),
      )
      assert.equal(used.filter(Boolean).length, 1)
      for (let more = 1; more < passkeysAtMost; more++) assert.ok(await add(accountId, `k${more}`))
      assert.equal(await add(accountId, 'one too many'), false)
      assert.equal(await remove(accountId), true)
      assert.equal(await store.write(tx => asksForMore(tx, other)), false)
    })

    test('sessions are listed, named, ended one by one or all but this, and only one’s own', async t => {
      const { store, accountId } = await ready(t)
      const other = await account(store, 'eve@example.com')
      const start = (owner: number, at: number) =>
        store.write(tx =>
          startSession(tx, { accountId: owner, agent: `a\tb\0${'c'.repeat(400)}` }, at),
        )
      const [secret] = await times(4, index => start(accountId, now + index))
      const hers = await start(other, now)
      const found = await findSession(store, secret ?? '', now)
      const session = found?.session.id ?? new Uint8Array()
      const list = async () => (await listSessions(store, { accountId, session }, now)).items
      const listed = await list()
      assert.equal(listed.length, 4)
      assert.deepEqual(
        listed.map(row => row.seen_at),
        [0, 3, 2, 1].map(late => now + late),
      )
      assert.equal(listed.filter(row => row.isThis).length, 1)
      assert.match(listed[0]?.agent ?? '', /^a b c{296}$/)
      const [, { name = '' } = {}] = listed
      assert.ok(!Buffer.from(session).toString('base64url').includes(name))
      assert.equal(await endNamedSession(store, { accountId: other, name }, now), false)
      assert.equal(await endNamedSession(store, { accountId, name }, now), true)
      assert.equal(await endOtherSessions(store, { accountId, session }, now), 2)
      assert.deepEqual(
        (await list()).map(row => row.isThis),
        [true],
      )
      assert.ok(await findSession(store, hers, now))
    })

    test('when a session was last seen is written in a batch, to five minutes', async t => {
      const { store, accountId } = await ready(t)
      const secret = await store.write(tx => startSession(tx, { accountId, agent: undefined }, now))
      const seen = createLastSeen(store)
      const session = async () => (await findSession(store, secret, now))?.session
      for (const [late, written] of [
        [299_999, now],
        [300_000, now + 300_000],
      ] as const) {
        const before = await session()
        assert.ok(before)
        seen.touch(before, now + late)
        await seen.flush()
        assert.equal((await session())?.seen_at, written)
      }
    })
  })
}
