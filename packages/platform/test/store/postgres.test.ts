import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Transaction } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'
import { storeContract } from './contract.ts'
import { addOneOfEach } from './rows.ts'

storeContract('PostgreSQL', async () => {
  const { url, stop } = await testDatabase()
  return { open: () => openPostgres(url), stop }
})

const insert = 'insert into vendor (name, created_at) values ($1, 0) returning id'
const [a, b] = [Buffer.from('a'), Buffer.from('b')]

async function prepare(t: TestContext) {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url)
  t.after(async () => {
    await store.close()
    await stop()
  })
  await store.migrate()
  return store
}

describe('steps with a key', () => {
  /** A step of two statements that says when each of them begins. */
  const step = (events: string[], name: string) => async (tx: Transaction) => {
    events.push(`${name}1`)
    await tx.run(insert, `${name}1`)
    events.push(`${name}2`)
    await tx.run(insert, `${name}2`)
  }

  test('run at once when their keys differ, one by one when they do not', async t => {
    const store = await prepare(t)
    const events: string[] = []
    await Promise.all([
      store.write(step(events, 'b'), b),
      store.write(step(events, 'a'), a),
      store.write(step(events, 'A'), Buffer.from(a)),
      store.write(step(events, '-')),
    ])
    assert.deepEqual(events, ['a1', 'b1', 'a2', 'b2', 'A1', 'A2', '-1', '-2'])
    assert.equal((await store.read('select id from vendor')).length, 8)
  })

  test('that throw leave nothing, whatever runs beside them', async t => {
    const store = await prepare(t)
    const keys = Array.from({ length: 40 }, (_, i) => Buffer.from([i]))
    const results = await Promise.allSettled(
      keys.map((key, i) =>
        store.write(async tx => {
          await tx.run(insert, `v${i}`)
          if (i % 9 === 4) throw new Error('on purpose')
          await tx.run('update vendor set created_at = 1 where name = $1', `v${i}`)
        }, key),
      ),
    )
    const failed = results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))
    assert.deepEqual(failed, [4, 13, 22, 31])
    const rows = await store.read('select name from vendor where created_at = 1')
    assert.equal(rows.length, 36)
    assert.equal((await store.read('select name from vendor')).length, 36)
  })
})

test('a statement that comes after its step has ended is refused', async t => {
  const store = await prepare(t)
  let late: Promise<unknown> | null = null
  await store.write(async tx => {
    await tx.run(insert, 'in time')
    const later = new Promise(done => setImmediate(done))
    late = assert.rejects(
      later.then(() => tx.run(insert, 'late')),
      /after its step had ended/,
    )
  })
  await late
  assert.equal((await store.read('select name from vendor')).length, 1)
})

test('a connection that changes stays in its page, so that no index is told', async t => {
  const store = await prepare(t)
  await addOneOfEach(store)
  const pages = async () => {
    const rows = await store.read<{ id: Uint8Array; page: number }>(
      'select id, (ctid::text::point)[0] as page from connection',
    )
    return new Map(rows.map(({ id, page }) => [Buffer.from(id).toString('hex'), page]))
  }
  let stayed = 0
  for (let round = 0; round < 10; round++) {
    const first = round * 100
    await store.write(tx =>
      tx.run(
        `insert into connection (id, app_id, account_id, permissions, redirect_uri, redirect_uri_sent, created_at)
         select decode(lpad(to_hex(i), 32, '0'), 'hex'), 1, 1, 'profile:read', 'https://vendor.example/callback', 1, 0
         from generate_series($1::int, $2::int) as i`,
        first,
        first + 99,
      ),
    )
    const before = await pages()
    // As exchanges come: a few at a time.
    for (let i = 0; i < 10; i++) {
      await store.write(tx =>
        tx.run(`update connection set generation = 1 where id in
          (select id from connection where generation = 0 order by id limit 10)`),
      )
    }
    for (const [id, page] of await pages()) if (before.get(id) === page) stayed++
    stayed -= first
  }
  assert.ok(stayed > 900, `${stayed} of 1,000 stayed`)
})
