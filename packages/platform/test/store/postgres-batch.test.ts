/** Statements that travel together: what one that fails leaves to the others, and to the connection. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Store, StoreUnavailable, Unchanged } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'

const key = (text: string) => Buffer.from(text)
const add = 'insert into vendor (name, created_at) values ($1, 0)'
const byName = 'select name, created_at from vendor where name = $1'
const once = 'update vendor set created_at = 1 where name = $1 and created_at = 0'

/** One connection to write with, one to read: what is wrong with it is met by whoever comes next. */
async function prepare(t: TestContext): Promise<Store> {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url, { connections: 2 })
  t.after(async () => {
    await store.close()
    await stop()
  })
  await store.migrate()
  await store.write(tx => tx.run(add, 'taken'))
  return store
}

async function isWell(store: Store): Promise<void> {
  for (let i = 0; i < 4; i++) {
    assert.equal((await store.read(byName, 'taken')).length, 1)
    await store.write(tx =>
      tx.run('update vendor set created_at = created_at where name = $1', 'taken'),
    )
  }
}

test('a step that throws behind a statement that fails leaves a connection that works', async t => {
  const store = await prepare(t)
  const thrown = store.write(async tx => {
    void tx.run(add, 'taken')
    throw new Error('own')
  }, key('a'))
  await assert.rejects(thrown, error => !(error instanceof StoreUnavailable))
  await isWell(store)
  const [loser, thrower] = await Promise.allSettled([
    store.write(tx => tx.must(once, 'nobody'), key('nobody')),
    store.write(async () => {
      throw new Error('own')
    }, key('b')),
  ])
  assert.ok((loser as PromiseRejectedResult).reason instanceof Unchanged)
  assert.equal((thrower as PromiseRejectedResult).reason.message, 'own')
  await isWell(store)
})

test('a statement whose first use fails gives the others their whole rows', async t => {
  const store = await prepare(t)
  for (const ask of [store.read, store.find]) {
    const sql = `${byName} and ${ask === store.find ? 2 : 1} > 0`
    const [refused, row] = await Promise.allSettled([ask(sql, 'a\0b'), ask(sql, 'taken')])
    assert.equal(refused?.status, 'rejected')
    assert.deepEqual((row as PromiseFulfilledResult<object[]>).value, [
      { name: 'taken', created_at: 0 },
    ])
  }
  await isWell(store)
})

test('a value that is none is refused, and harms nobody', async t => {
  const store = await prepare(t)
  const none = undefined as unknown as string
  await assert.rejects(store.read(byName, none), TypeError)
  await assert.rejects(
    store.write(async tx => {
      await tx.run(add, none)
    }, key('a')),
    TypeError,
  )
  await assert.rejects(
    store.write(tx => tx.run(byName, none), key('b')),
    TypeError,
  )
  await isWell(store)
})

test('a division by zero of one’s own is not taken for a row that did not change', async t => {
  const store = await prepare(t)
  const divided = store.write(
    tx => tx.run('update vendor set created_at = 1 / created_at'),
    key('a'),
  )
  await assert.rejects(divided, /division by zero/)
})

test('each that must change its row is held to it, however many rows others change', async t => {
  const store = await prepare(t)
  await store.write(tx => tx.run(add, 'second'))
  const all = 'update vendor set created_at = created_at + 1 where created_at >= $1'
  const outcomes = await Promise.allSettled([
    store.write(tx => tx.must(all, 0), key('two rows')),
    store.write(tx => tx.must(all, 99), key('no row')),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
})

test('a step that goes on although BEGIN has failed takes place once', async t => {
  const store = await prepare(t)
  await store.write(tx => tx.run('deallocate all'))
  await store.write(async tx => {
    await tx.run(byName, 'taken').catch(() => [])
    await tx.run(`insert into audit_event (at, kind, actor) values (7, '', '')`)
    await tx.run(byName, 'taken')
  }, key('a'))
  assert.equal((await store.read('select id from audit_event where at = 7')).length, 1)
})

test('a step that goes on after a failure commits nothing', async t => {
  const store = await prepare(t)
  const careless = store.write(async tx => {
    await tx.run('selekt 1 where $1 = 1', 1).catch(() => {})
    await tx.run(add, 'careless')
  }, key('a'))
  await assert.rejects(careless, /syntax error/)
  assert.deepEqual(await store.read(byName, 'careless'), [])
  await isWell(store)
})
