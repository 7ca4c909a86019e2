import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Pool } from 'pg'
import { command, testDatabase } from '../../../platform/test/postgres.ts'
import { createPostgresStore } from '../../src/store/postgres.ts'
import { contract } from './contract.ts'

contract('the PostgreSQL store', async () => {
  const { url, stop } = await testDatabase()
  const [one, other] = [createPostgresStore(url), createPostgresStore(url)]
  const close = async () => {
    await Promise.all([one.close(), other.close()])
    await stop()
  }
  return { one, other, close }
})

describe('the tables in PostgreSQL', () => {
  const key = { user: 'ada', name: 'default' }
  const row = { revision: 'a', dueAt: 1, sealed: 's' }

  test('are made once, by whoever of many comes first', async () => {
    const { url, stop } = await testDatabase()
    const stores = Array.from({ length: 6 }, () => createPostgresStore(url))
    const written = await Promise.all(stores.map(store => store.write(key, row, null)))
    assert.equal(written.filter(Boolean).length, 1)
    await Promise.all(stores.map(store => store.close()))
    await stop()
  })

  test('that are there are used without the right to make any', async () => {
    const { url, stop } = await testDatabase()
    const owner = createPostgresStore(url)
    await owner.read(key)
    const role = `plain_${new URL(url).pathname.slice(1)}`
    await command(url, `create role ${role} login`)
    await command(
      url,
      `grant select, insert, update, delete on latchkey_connections, latchkey_locks to ${role}`,
    )
    const plain = new URL(url)
    plain.username = role
    const store = createPostgresStore(plain.href)
    assert.equal(await store.write(key, row, null), true)
    assert.equal(await store.lock('lock', 'ada', 1000), true)
    await Promise.all([owner.close(), store.close()])
    await command(url, `drop owned by ${role}`)
    await command(url, `drop role ${role}`)
    await stop()
  })

  test('of two prefixes in one database are apart, and a pool of one’s own stays open', async () => {
    const { url, stop } = await testDatabase()
    const pool = new Pool({ connectionString: url })
    // The database goes while the pool's connections are still closing.
    pool.on('error', () => {})
    const [live, trial] = ['live', 'trial'].map(prefix => createPostgresStore(pool, { prefix }))
    assert.equal(await live?.write(key, row, null), true)
    assert.equal(await trial?.read(key), null)
    await live?.close()
    assert.equal((await pool.query('select 1 as one')).rows[0]?.one, 1)
    assert.throws(() => createPostgresStore(pool, { prefix: 'a; drop' }), { fault: 'usage' })
    await pool.end()
    await stop()
  })

  test('a database that cannot be reached fails the call, and the next one asks again', async () => {
    const { url, stop } = await testDatabase()
    const later = new URL(url)
    const missing = `later_${later.pathname.slice(1)}`
    later.pathname = missing
    const store = createPostgresStore(later.href)
    await assert.rejects(store.read(key), /does not exist/)
    await command(url, `create database ${missing}`)
    assert.equal(await store.read(key), null)
    await store.close()
    await command(url, `drop database ${missing} with (force)`)
    await stop()
  })
})
