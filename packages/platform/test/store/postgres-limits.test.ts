/** PostgreSQL with too little to give: connections, time, answers. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { openPostgres } from '../../src/store/postgres.ts'
import type { PostgresOptions } from '../../src/store/postgres-pool.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { command, testDatabase } from '../postgres.ts'
import { randomFrom, seedOf } from '../seed.ts'
import { checkLoad, startLoad } from './load.ts'
import { startProxy } from './proxy.ts'

const insert = 'insert into vendor (name, created_at) values ($1, 0) returning id'
const touch = 'update vendor set created_at = created_at + 1 where name = $1 returning created_at'

async function prepare(t: TestContext, options: PostgresOptions = {}) {
  const { url, stop } = await testDatabase()
  const proxy = await startProxy(url)
  const first = openPostgres(url)
  await first.migrate()
  await first.close()
  const store = openPostgres(proxy.url, options)
  t.after(async () => {
    await proxy.stop()
    await store.close()
    await stop()
  })
  return { url, proxy, store, add: (name: string) => store.write(tx => tx.run(insert, name)) }
}

/** A connection of somebody else. */
async function stranger(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  t.after(() => client.end())
  await client.connect()
  return client
}

test('steps wait for a locked row, then go on', async t => {
  const { url, store, add } = await prepare(t)
  await add('locked')
  const other = await stranger(t, url)
  await other.query(`begin; update vendor set created_at = 10 where name = 'locked'`)
  const waiting = Array.from({ length: 8 }, () => store.write(tx => tx.run(touch, 'locked')))
  await Promise.all(Array.from({ length: 40 }, (_, i) => add(`free ${i}`)))
  await other.query('commit')
  const numbers = (await Promise.all(waiting)).map(([row]) => row?.created_at)
  assert.deepEqual(numbers.map(Number).sort(), [11, 12, 13, 14, 15, 16, 17, 18])
})

test('steps that wait too long for a locked row are refused, and leave nothing', async t => {
  const { url, store, add } = await prepare(t, { patience: 300 })
  await add('locked')
  const other = await stranger(t, url)
  await other.query(`begin; update vendor set created_at = 10 where name = 'locked'`)
  const step = store.write(async tx => {
    await tx.run(insert, 'before')
    await tx.run(touch, 'locked')
  })
  await assert.rejects(step, StoreUnavailable)
  await other.query('rollback')
  await store.write(tx => tx.run(touch, 'locked'))
  const rows = await store.read('select name, created_at from vendor')
  assert.deepEqual(
    rows.map(row => ({ ...row })),
    [{ name: 'locked', created_at: 1 }],
  )
})

test('what finds no free connection in time is refused', async t => {
  const { store } = await prepare(t, { connections: 1, patience: 300, statementTimeout: 2_000 })
  const slow = store.read('select pg_sleep(1.2)')
  await new Promise(done => setTimeout(done, 50))
  const asked = Array.from({ length: 20 }, () => store.read('select 1'))
  const steps = Array.from({ length: 20 }, (_, i) => store.write(tx => tx.run(insert, `v${i}`)))
  await Promise.all([...asked, ...steps].map(waiting => assert.rejects(waiting, StoreUnavailable)))
  await slow
  assert.deepEqual(await store.read('select name from vendor'), [])
  await store.write(tx => tx.run(insert, 'later'))
})

test('a server that gives fewer connections than we would take is enough', async t => {
  const { url } = await prepare(t)
  const role = `latchkey_${randomBytes(6).toString('hex')}`
  await command(url, `create role ${role} login connection limit 3 password 'x'`)
  await command(url, `grant all on all tables in schema public to ${role}`)
  const store = openPostgres(Object.assign(new URL(url), { username: role, password: 'x' }).href)
  try {
    const load = startLoad(t, store)
    await load.more(500)
    await load.stop()
    await checkLoad(url, load)
    assert.equal(load.refused.size, 0)
  } finally {
    await store.close()
    await command(url, `drop owned by ${role}; drop role ${role}`)
  }
})

test('a statement that takes too long is refused; its neighbours are not', async t => {
  const { store, add } = await prepare(t, { statementTimeout: 300 })
  const slow = [
    store.read('select pg_sleep(60)'),
    store.write(async tx => {
      await tx.run(insert, 'before')
      await tx.run('select pg_sleep(60)')
    }),
  ]
  const fast = Array.from({ length: 20 }, (_, i) => add(`v${i}`))
  const reads = Array.from({ length: 20 }, () => store.read('select 1 as n'))
  const refused = slow.map(waiting => assert.rejects(waiting, StoreUnavailable))
  await Promise.all([...refused, ...fast, ...reads])
  assert.equal((await store.read('select name from vendor')).length, 20)
})

test('a slow line is slow, and nothing else', async t => {
  const { url, proxy, store } = await prepare(t)
  proxy.delay = 20
  const load = startLoad(t, store)
  await load.more(300)
  await load.stop()
  await checkLoad(url, load)
  assert.equal(load.refused.size, 0)
})

test('a server that says nothing any more is given up, until it speaks', async t => {
  const { url, proxy, store } = await prepare(t, { statementTimeout: 200, patience: 300 })
  const random = randomFrom(seedOf(t))
  const load = startLoad(t, store)
  for (let round = 0; round < 3; round++) {
    await load.more(30 + random() * 150)
    proxy.silent = true
    await load.fewer(20)
    proxy.silent = false
    // The lines that lost something on the way are of no use any more.
    proxy.cut()
  }
  await load.more(100)
  await load.stop()
  await checkLoad(url, load)
})
