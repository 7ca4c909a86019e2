/** Statements of many steps sent as one: each step must see just what it would have seen alone. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import { demanding, together } from '../../src/store/postgres-together.ts'
import { type Store, StoreUnavailable, unlessUnchanged } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'

const key = (n: number) => Buffer.from([n >> 8, n & 255])
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** A database with so many sessions, `id` being their key, of one account. */
async function sessions(
  t: TestContext,
  count: number,
): Promise<{ url: string; store: Store; other: Store }> {
  const { url, stop } = await testDatabase()
  const [store, other] = [openPostgres(url), openPostgres(url)]
  t.after(async () => {
    await Promise.all([store.close(), other.close()])
    await stop()
  })
  await store.migrate()
  await store.write(async tx => {
    await tx.run(`insert into account (id, email, email_key, first_name, last_name, created_at)
      values (1, 'x', 'x', '', '', 0)`)
    for (const n of numbers(count)) {
      await tx.run(
        'insert into session (id, account_id, created_at, expires_at) values ($1, 1, $2, 0)',
        key(n),
        n,
      )
    }
  })
  return { url, store, other }
}

const advance = 'update session set expires_at = expires_at + $2 where id = $1 and created_at <> $3'
const audit = `
  insert into audit_event (at, kind, actor, connection_id, app_id, detail)
  values ($1, $2, $3, $4, $5, $6)`

describe('statements of steps with different keys', () => {
  test('change each step’s own row, and each is told what it changed', async t => {
    const { store } = await sessions(t, 60)
    const outcomes = await Promise.all(
      numbers(60).map(n =>
        store.write(async tx => {
          const rows = await tx.run(`${advance} returning 1`, key(n), n + 1, n % 5 === 0 ? n : -1)
          const [row] = await tx.run<{ expires_at: number }>(
            'update session set agent = $2 where id = $1 and expires_at > 0 returning expires_at, agent',
            key(n),
            `browser ${n}`,
          )
          return { changed: rows.length, row: row ? { ...row } : null }
        }, key(n)),
      ),
    )
    for (const [n, outcome] of outcomes.entries()) {
      const row = { expires_at: n + 1, agent: `browser ${n}` }
      assert.deepEqual(outcome, n % 5 === 0 ? { changed: 0, row: null } : { changed: 1, row })
    }
  })

  test('add each step’s own row, in the order of the keys, with nulls where there are nulls', async t => {
    const { store } = await sessions(t, 1)
    await Promise.all(
      numbers(40).map(n =>
        store.write(async tx => {
          const values = [
            n,
            'kind',
            'operator',
            n % 3 ? key(n) : null,
            null,
            `${n}, "it's"`,
          ] as const
          assert.deepEqual(await tx.run(audit, ...values), [])
        }, key(n)),
      ),
    )
    const rows = await store.read(
      'select at, connection_id, app_id, detail from audit_event order by id',
    )
    assert.deepEqual(
      rows.map(row => ({ ...row })),
      numbers(40).map(n => ({
        at: n,
        connection_id: n % 3 ? key(n) : null,
        app_id: null,
        detail: `${n}, "it's"`,
      })),
    )
  })

  test('keep their order within a step that waits for none of them', async t => {
    const { store } = await sessions(t, 30)
    const set = 'update session set expires_at = $2 where id = $1'
    const double = 'update session set expires_at = expires_at * 2 where id = $1'
    await Promise.all(
      numbers(30).map(n =>
        store.write(async tx => {
          const [first, then] = n % 2 ? [set, double] : [double, set]
          const all = [first, then].map(sql =>
            sql === set ? tx.run(sql, key(n), 7) : tx.run(sql, key(n)),
          )
          await Promise.all(all)
        }, key(n)),
      ),
    )
    const rows = await store.read<{ expires_at: number }>(
      'select expires_at from session order by id',
    )
    assert.deepEqual(
      rows.map(row => row.expires_at),
      numbers(30).map(n => (n % 2 ? 14 : 7)),
    )
  })

  test('one that the database refuses fails its step alone', async t => {
    const { store } = await sessions(t, 30)
    const results = await Promise.allSettled(
      numbers(30).map(n =>
        store.write(async tx => {
          await tx.run(advance, key(n), 1, -1)
          await tx.run(
            'update session set account_id = $2 where id = $1',
            key(n),
            n === 11 ? 404 : 1,
          )
        }, key(n)),
      ),
    )
    assert.deepEqual(
      results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : [])),
      [11],
    )
    const reason = (results[11] as PromiseRejectedResult).reason
    assert.ok(!(reason instanceof StoreUnavailable), String(reason))
    const moved = await store.read('select id from session where expires_at = 1')
    assert.equal(moved.length, 29)
  })

  test('of which one has no row to change stay together without it', async t => {
    const { url, store: first } = await sessions(t, 60)
    const sizes: number[] = []
    const store = openPostgres(url, {}, (kind, size) => {
      if (kind === 'write') sizes.push(size)
    })
    t.after(() => store.close())
    const once = 'update session set expires_at = 1 where id = $1 and expires_at = 0'
    await first.write(tx => tx.must(once, key(7)), key(7))
    const change = (n: number) => unlessUnchanged(store.write(tx => tx.must(once, key(n)), key(n)))
    const answers = await Promise.all(numbers(60).map(n => change(n).then(done => done !== null)))
    assert.deepEqual(
      answers,
      numbers(60).map(n => n !== 7),
    )
    assert.deepEqual(
      sizes.sort((a, b) => a - b),
      [1, 59, 60, 60],
    )
    // Several of one key in one group: one of them wins, and those of other keys do not run alone.
    sizes.length = 0
    await first.write(tx => tx.run('update session set expires_at = 0'))
    const twice = await Promise.all([...numbers(40), 3, 4, 4].map(change))
    assert.equal(twice.filter(answer => answer === null).length, 3)
    assert.ok(sizes.filter(size => size === 1).length < 10, `${sizes}`)
  })

  test('of two processes that compare and set the same rows at once, one wins each', async t => {
    const { store, other } = await sessions(t, 40)
    const once = 'update session set expires_at = 1 where id = $1 and expires_at = 0'
    for (let round = 0; round < 5; round++) {
      await store.write(tx => tx.run('update session set expires_at = 0'))
      const wins = await Promise.all(
        [store, other, store, other].map((one, i) => {
          const order = i % 2 ? numbers(40).reverse() : numbers(40)
          return Promise.all(
            order.map(async n => ({
              n,
              won: (await one.write(tx => tx.run(`${once} returning 1`, key(n)), key(n))).length,
            })),
          )
        }),
      )
      const won = wins.flat().filter(({ won }) => won === 1)
      assert.deepEqual(
        won.map(({ n }) => n).sort((a, b) => a - b),
        numbers(40),
      )
    }
  })
})

describe('which statements can be sent as one', () => {
  const rows = [
    [1, 'a'],
    [2, 'b'],
  ]
  const alone = [
    'select id from vendor where id = $1 and name = $2',
    'delete from vendor where id = $1 and name = $2',
    'update vendor set name = $2',
    'update vendor set name = (select $2) where id = $1',
    'update vendor set name = $2 from app where vendor.id = $1',
    'update vendor set name = $2 where id in (select $1)',
    'insert into vendor (id, name) values ($1, $2) returning id',
    'insert into vendor (id, name) values ($1, $2) on conflict do nothing',
    'insert into vendor (id, name) select $1, $2',
    'insert into vendor (id, name) values ($1, lower($2))',
  ]
  for (const sql of alone) {
    test(`not: ${sql}`, () => assert.equal(together(sql, rows), null))
  }

  test('a demanding one: all rows must have changed', () => {
    const demand = demanding('update vendor set name = $2 where id = $1')
    assert.match(together(demand, rows)?.statement.text ?? '', /= cardinality\(\$1::bigint/)
    assert.equal(together(demanding('update vendor set name = $2'), rows), null)
  })

  test('a text that is the same in all rows travels once, but not as the first', () => {
    const values = [
      ['a', 'x', null, 'y'],
      ['a', 'x', null, 'z'],
    ]
    const one = together('insert into t (a, b, c, d) values ($1, $2, $3, $4)', values)
    assert.deepEqual(one?.values, [['a', 'a'], 'x', ['y', 'z']])
    assert.match(one?.statement.text ?? '', /select o\.v1, \$2::text, null, o\.v4 from/)
  })

  test('an update by key, and the addition of a row', () => {
    const update = together('update vendor set name = $2 where id = $1 returning id', rows)
    assert.deepEqual(update?.values, [
      [1, 2],
      ['a', 'b'],
    ])
    assert.match(update?.statement.text ?? '', /\$1::bigint\[\],\$2::text\[\]/)
    assert.ok(together('insert into vendor (id, name) values ($1, $2)', rows))
  })
})
