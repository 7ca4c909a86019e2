/** PostgreSQL stops, crashes, or loses connections while the store is at work. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { command, freshDatabase, testDatabase } from '../postgres.ts'
import { randomFrom, seedOf } from '../seed.ts'
import { checkLoad, startLoad, until } from './load.ts'
import { startProxy } from './proxy.ts'
import { startPostgres } from './server.ts'

const others =
  'from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()'

/** A migrated database, a proxy before it, and the store on the proxy. */
async function prepare(t: TestContext) {
  const { url, stop } = await testDatabase()
  const proxy = await startProxy(url)
  const store = openPostgres(proxy.url)
  t.after(async () => {
    await store.close()
    await proxy.stop()
    await stop()
  })
  await store.migrate()
  return { url, proxy, store }
}

for (const [signal, how] of [
  ['SIGINT', 'stops'],
  ['SIGQUIT', 'crashes'],
] as const) {
  test(`the server ${how} and starts again under load`, async t => {
    const server = await startPostgres()
    const { url } = await freshDatabase(server.url)
    const store = openPostgres(url)
    t.after(async () => {
      await store.close()
      await server.stop('SIGQUIT')
    })
    await store.migrate()
    const random = randomFrom(seedOf(t))
    const load = startLoad(t, store)
    for (let round = 0; round < 5; round++) {
      await load.more(100 + random() * 400)
      await server.stop(signal)
      await load.fewer(1)
      await server.start()
    }
    await load.more(300)
    await load.stop()
    await checkLoad(url, load)
  })
}

test('the server ends connections in the middle of anything', async t => {
  const { url, store } = await prepare(t)
  const random = randomFrom(seedOf(t))
  const load = startLoad(t, store)
  for (let round = 0; round < 40; round++) {
    await load.more(10 + random() * 60)
    const pids = (await command(url, `select pid ${others} order by backend_start`)).map(
      ({ pid }) => Number(pid),
    )
    for (let count = 1 + random() * 3; count >= 1 && pids.length > 0; count--) {
      const [pid] = pids.splice(random() * pids.length, 1)
      await command(url, `select pg_terminate_backend(${pid})`)
    }
  }
  await load.stop()
  await checkLoad(url, load)
  assert.equal(load.refused.size, 0, 'what was lost was run again, or found to have taken place')
})

test('the network cuts every line, over and over', async t => {
  const { url, proxy, store } = await prepare(t)
  const random = randomFrom(seedOf(t))
  const load = startLoad(t, store)
  for (let round = 0; round < 40; round++) {
    await load.more(10 + random() * 60)
    proxy.cut()
  }
  await load.stop()
  await checkLoad(url, load)
})

test('connections that end while nobody uses them go unnoticed', async t => {
  const { url, store } = await prepare(t)
  for (let round = 0; round < 10; round++) {
    const work = Array.from({ length: 40 }, (_, i) => [
      store.write(tx =>
        tx.run('insert into vendor (name, created_at) values ($1, 0)', `${round} ${i}`),
      ),
      store.read('select 1 as n'),
    ])
    await Promise.all(work.flat())
    await command(url, `select pg_terminate_backend(pid) ${others}`)
  }
  assert.deepEqual(await command(url, 'select count(*) as n from vendor'), [{ n: '400' }])
})

test('a server that only reads is refused, until it writes again', async t => {
  const { url, store } = await prepare(t)
  const name = new URL(url).pathname.slice(1)
  const write = () =>
    store.write(tx => tx.run('insert into vendor (name, created_at) values ($1, 0)', 'v'))
  await command(url, `alter database ${name} set default_transaction_read_only = on`)
  await command(url, `select pg_terminate_backend(pid) ${others}`)
  await assert.rejects(write(), StoreUnavailable)
  assert.deepEqual(await store.read('select name from vendor'), [])
  const writable = 'begin read write; alter database'
  await command(url, `${writable} ${name} reset default_transaction_read_only; commit`)
  // Connections from before that time are found out one by one.
  await until(() =>
    write().then(
      () => true,
      () => false,
    ),
  )
})

test('a column added by a migration does not stop the processes that are serving', async t => {
  const { url, store } = await prepare(t)
  const all = () => store.read("select * from vendor where name = 'v'")
  await store.write(tx => tx.run('insert into vendor (name, created_at) values ($1, 0)', 'v'))
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 30 }, all))
  await command(url, 'alter table vendor add column motto text')
  for (const [row] of await Promise.all(Array.from({ length: 30 }, all))) {
    assert.equal(row?.motto, null)
  }
})

test('what cannot be reached says why, and keeps the password to itself', async t => {
  const { url } = await prepare(t)
  const cases = {
    nobody: Object.assign(new URL(url), { port: '1' }),
    'no such database': Object.assign(new URL(url), { pathname: 'nowhere' }),
  }
  for (const [about, address] of Object.entries(cases)) {
    address.password = 'open-sesame'
    const store = openPostgres(address.href)
    for (const ask of [
      () => store.read('select 1'),
      () => store.write(tx => tx.run('select 1')),
      () => store.schemaVersion(),
      () => store.migrate(),
    ]) {
      await assert.rejects(ask, error => {
        assert(error instanceof StoreUnavailable, about)
        assert.match(error.message, /ECONNREFUSED|"nowhere" does not exist/)
        assert.doesNotMatch(error.message, /open-sesame/)
        return true
      })
    }
    await store.close()
  }
})
