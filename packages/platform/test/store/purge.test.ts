/** What the purge takes, and what it leaves alone. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newConnectionId } from '../../src/connection/name.ts'
import { createLog } from '../../src/log.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { purge } from '../../src/store/purge.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { startUpkeep } from '../../src/upkeep.ts'
import { testDatabase } from '../postgres.ts'
import { addOneOfEach } from './rows.ts'

const day = 86_400_000
const now = Date.UTC(2026, 5, 1)

const connection = `insert into connection (id, app_id, account_id, generation, permissions,
  redirect_uri, redirect_uri_sent, created_at) values ($1, 1, 1, $2, '', 'https://a.example', 0, $3)`

async function prepare(store: Store): Promise<void> {
  await store.migrate()
  await addOneOfEach(store)
}

/** So many connections of that age and generation. */
function connections(store: Store, count: number, age: number, generation: number) {
  return store.write(async tx => {
    for (let i = 0; i < count; i++) {
      const at = now - age + i
      await tx.run(connection, newConnectionId(at), generation, at)
    }
  })
}

async function count(store: Store, table: string): Promise<number> {
  const [row] = await store.read<{ n: number }>(`select count(*) as n from ${table}`)
  return row?.n ?? -1
}

const engines = {
  SQLite: async () => ({ store: openSqlite(':memory:') as Store, stop: async () => {} }),
  PostgreSQL: async () => {
    const { url, stop } = await testDatabase()
    return { store: openPostgres(url) as Store, stop }
  },
}

for (const [engine, open] of Object.entries(engines)) {
  describe(`the purge on ${engine}`, () => {
    test('writes nothing where no code is dead, however many connections it walks over', async t => {
      const { store, stop } = await open()
      t.after(async () => {
        await store.close()
        await stop()
      })
      await prepare(store)
      const writes = async () => {
        let written = 0
        const write: Store['write'] = (...asked) => {
          written++
          return store.write(...asked)
        }
        await purge({ ...store, write }, { now, auditDays: 400 })
        return written
      }
      const empty = await writes()
      await connections(store, 5_000, 10 * day, 1)
      assert.equal(await writes(), empty)
      await connections(store, 1, 9 * day, 0)
      assert.equal(await writes(), empty + 1)
      assert.equal(await count(store, 'connection'), 5_000)
    })

    test('takes old codes among many connections, and nothing that lives', async t => {
      const { store, stop } = await open()
      t.after(async () => {
        await store.close()
        await stop()
      })
      await prepare(store)
      await connections(store, 3_000, 3 * day, 1)
      await connections(store, 700, 3 * day, 0)
      await connections(store, 2_500, 2 * day, 7)
      await connections(store, 5, day + 10, 0)
      await connections(store, 9, day - 10, 0)
      const gone = await purge(store, { now, auditDays: 1 })
      assert.equal(gone.codes, 705)
      assert.equal(await count(store, 'connection'), 3_000 + 2_500 + 9)
      assert.equal((await purge(store, { now, auditDays: 1 })).codes, 0)
    })

    test('takes audit events that are older than their days', async t => {
      const { store, stop } = await open()
      t.after(async () => {
        await store.close()
        await stop()
      })
      await prepare(store)
      await store.write(async tx => {
        for (let i = 0; i < 1_300; i++) {
          const at = now - (i < 1_200 ? 31 : 29) * day
          await tx.run(`insert into audit_event (at, kind, actor) values ($1, 'k', 'platform')`, at)
        }
      })
      assert.equal((await purge(store, { now, auditDays: 30 })).auditEvents, 1_200)
      assert.equal(await count(store, 'audit_event'), 100)
    })
  })
}

test('a serving process purges by itself, and each round takes what has grown old since', async () => {
  const store = openSqlite(':memory:')
  await prepare(store)
  let time = now
  const log = createLog('silent')
  const upkeep = startUpkeep(store, { now: () => time, auditDays: 1, log })
  await connections(store, 3, 2 * day, 0)
  await connections(store, 4, day / 2, 0)
  await upkeep.round()
  assert.equal(await count(store, 'connection'), 4)
  time += day
  await upkeep.round()
  assert.equal(await count(store, 'connection'), 0)
  await upkeep.stop()
  await store.close()
})

test('it stops between two steps when the process does', async () => {
  const store = openSqlite(':memory:')
  await prepare(store)
  await connections(store, 9_000, 3 * day, 0)
  const upkeep = startUpkeep(store, { now: () => now, auditDays: 1, log: createLog('silent') })
  const round = upkeep.round()
  await upkeep.stop()
  await round
  assert.ok((await count(store, 'connection')) > 0)
  await store.close()
})

test('a store that fails is tolerated', async () => {
  const store = openSqlite(':memory:')
  const said: unknown[] = []
  const log = { info: () => {}, warn: (about: unknown) => said.push(about) }
  const upkeep = startUpkeep(store, { now: () => now, auditDays: 1, log: log as never })
  await upkeep.round()
  assert.equal(said.length, 1)
  await upkeep.stop()
  await store.close()
})
