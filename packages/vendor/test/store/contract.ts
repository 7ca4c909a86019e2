/** What every store must do, whatever it keeps its rows in: one suite, run over all of them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { never, type Row, type Store } from '../../src/index.ts'

/** Two doors to one store, as two processes have them, and the way to close both. */
export interface Doors {
  readonly one: Store
  readonly other: Store
  close(): Promise<void>
}

const row = (revision: string, dueAt = 1000, sealed = `sealed ${revision}`): Row => ({
  revision,
  dueAt,
  sealed,
})

/** Runs the suite; `open` gives an empty store. */
export function contract(title: string, open: () => Promise<Doors>): void {
  describe(title, () => {
    let doors: Doors
    let [one, other]: Store[] = []
    before(async () => {
      doors = await open()
      one = doors.one
      other = doors.other
    })
    after(() => doors?.close())
    const both = (): [Store, Store] => {
      if (!one || !other) throw new Error('not opened')
      return [one, other]
    }
    let made = 0
    const fresh = () => ({ user: `user-${made++}`, name: 'default' })

    test('a row that was written is read by everybody, exactly', async () => {
      const [one, other] = both()
      const key = fresh()
      assert.equal(await one.read(key), null)
      for (const [index, given] of [
        row('a', 1_767_603_600_000, 'x'.repeat(8000)),
        row('b', never),
        row('c', 0),
      ].entries()) {
        const expected = index === 0 ? null : 'abc'.charAt(index - 1)
        assert.equal(await one.write(key, given, expected), true)
        assert.deepEqual(await other.read(key), given)
      }
    })

    test('compares and sets: only where the expected revision stands', async () => {
      const [one, other] = both()
      const key = fresh()
      assert.equal(await one.write(key, row('a'), 'x'), false, 'no row, and one expected')
      assert.equal(await one.read(key), null)
      assert.equal(await one.write(key, row('a'), null), true)
      assert.equal(await other.write(key, row('b'), null), false, 'a row, and none expected')
      assert.equal(await other.write(key, row('b'), 'x'), false, 'another row expected')
      assert.deepEqual(await one.read(key), row('a'))
      assert.equal(await other.write(key, row('b'), 'a'), true)
      assert.equal(await one.write(key, row('c'), 'a'), false, 'the row before')
      assert.deepEqual(await one.read(key), row('b'))
    })

    test('deletes in the same way', async () => {
      const [one, other] = both()
      const key = fresh()
      assert.equal(await one.write(key, null, null), true, 'nothing, and nothing expected')
      assert.equal(await one.write(key, row('a'), null), true)
      assert.equal(await other.write(key, null, null), false)
      assert.equal(await other.write(key, null, 'x'), false)
      assert.deepEqual(await one.read(key), row('a'))
      assert.equal(await other.write(key, null, 'a'), true)
      assert.equal(await one.read(key), null)
      assert.deepEqual(await one.list({ user: key.user }), [])
      assert.equal(await one.write(key, row('b'), null), true, 'and the place is free')
    })

    test('of many writers at once exactly one wins', async () => {
      const [one, other] = both()
      for (const expected of [null, 'start']) {
        const key = fresh()
        if (expected) await one.write(key, row(expected), null)
        const writes = Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? one : other).write(key, row(`w${index}`), expected),
        )
        const won = (await Promise.all(writes)).flatMap((done, index) => (done ? [index] : []))
        assert.equal(won.length, 1)
        assert.deepEqual(await other.read(key), row(`w${won[0]}`))
      }
    })

    test('of a delete and a write at once exactly one wins', async () => {
      const [one, other] = both()
      for (let round = 0; round < 10; round++) {
        const key = fresh()
        await one.write(key, row('a'), null)
        const [gone, written] = await Promise.all([
          one.write(key, null, 'a'),
          other.write(key, row('b'), 'a'),
        ])
        assert.notEqual(gone, written)
        assert.deepEqual(await one.read(key), written ? row('b') : null)
      }
    })

    test('the same revision may be written again, sealed anew', async () => {
      const [one, other] = both()
      const key = fresh()
      await one.write(key, row('a'), null)
      assert.equal(await other.write(key, row('a', 1000, 'anew'), 'a'), true)
      assert.equal((await one.read(key))?.sealed, 'anew')
    })

    test('users and names are texts, whatever is in them', async () => {
      const [one, other] = both()
      const odd = [
        'a b',
        'a:b',
        'A B',
        '{x}',
        '"',
        "'; drop table connections; --",
        '["a","b"]',
        'ä€😀',
        'a%',
        '*',
        '\n',
        '?default',
      ]
      const keys = odd.flatMap(text => [
        { user: `odd ${text}`, name: 'default' },
        { user: 'odd', name: text },
      ])
      for (const [index, key] of keys.entries()) {
        assert.equal(await one.write(key, row(`r${index}`), null), true, JSON.stringify(key))
      }
      for (const [index, key] of keys.entries()) {
        assert.equal((await other.read(key))?.revision, `r${index}`)
      }
      const listed = (await other.list({ user: 'odd' })).map(({ name }) => name)
      assert.deepEqual(listed.sort(), [...odd].sort())
    })

    test('lists one user’s, those that are due, and all; the first due first', async () => {
      const [one, other] = both()
      const user = `lists-${made++}`
      const dues = [9e12, never, 7e12, 8e12]
      for (const [index, dueAt] of dues.entries()) {
        await one.write({ user, name: `n${index}` }, row('a', dueAt), null)
      }
      const names = async (which: Parameters<Store['list']>[0]) =>
        (await other.list(which)).filter(key => key.user === user).map(({ name }) => name)
      assert.deepEqual(await names({ user }), ['n2', 'n3', 'n0', 'n1'])
      assert.deepEqual(await names({}), ['n2', 'n3', 'n0', 'n1'])
      assert.deepEqual(await names({ dueBefore: 8e12 }), ['n2', 'n3'])
      assert.deepEqual(await names({ user, dueBefore: 7e12 }), ['n2'])
      assert.deepEqual(await names({ user, dueBefore: 7e12 - 1 }), [])
      await one.write({ user, name: 'n2' }, row('b', 8.5e12), 'a')
      assert.deepEqual(await names({ user }), ['n3', 'n2', 'n0', 'n1'], 'a row that moved')
    })

    test('a lock has one owner', async () => {
      const [one, other] = both()
      const name = `lock-${made++}`
      assert.equal(await one.lock(name, 'ada', 60_000), true)
      assert.equal(await other.lock(name, 'bob', 60_000), false)
      assert.equal(await one.lock(name, 'ada', 60_000), true, 'who owns it may prolong it')
      await other.unlock(name, 'bob')
      assert.equal(await other.lock(name, 'bob', 60_000), false, 'nobody gives away another’s')
      await one.unlock(name, 'ada')
      assert.equal(await other.lock(name, 'bob', 60_000), true)
      await one.unlock(name, 'ada')
      assert.equal(await one.lock(name, 'ada', 60_000), false)
      assert.equal(await one.lock(`${name}-2`, 'ada', 60_000), true, 'another lock is another')
    })

    test('of many at once exactly one gets the lock', async () => {
      const [one, other] = both()
      const name = `lock-${made++}`
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? one : other).lock(name, `owner-${index}`, 60_000),
        ),
      )
      assert.equal(taken.filter(Boolean).length, 1)
    })

    test('a lock lapses, and lives on where it is prolonged', async () => {
      const [one, other] = both()
      const [short, long] = [`lock-${made++}`, `lock-${made++}`]
      await one.lock(long, 'ada', 50)
      await one.lock(long, 'ada', 600_000)
      await one.lock(short, 'ada', 50)
      while (!(await other.lock(short, 'bob', 600_000))) await sleep(10)
      assert.equal(await one.lock(short, 'ada', 60_000), false, 'who lost it does not have it')
      await one.unlock(short, 'ada')
      assert.equal(await one.lock(short, 'ada', 60_000), false)
      assert.equal(await other.lock(long, 'bob', 60_000), false)
    })

    test('lapsed locks are not kept for ever, and live ones are', async () => {
      const [one, other] = both()
      const live = `lock-${made++}`
      await one.lock(live, 'ada', 600_000)
      for (let index = 0; index < 600; index++) await one.lock(`lapsing-${index}`, 'ada', 1)
      assert.equal(await other.lock(live, 'bob', 60_000), false)
    })
  })
}
