import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as turn } from 'node:timers/promises'
import { openSqlite } from '../../src/store/sqlite.ts'
import { addOneOfEach } from './rows.ts'

const byId = 'select id, email from account where id = $1'

/** Two stores on one new file, as two processes have them. */
async function openTwice(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-find-'))
  const path = join(folder, 'a.db')
  const stores = [openSqlite(path), openSqlite(path)] as const
  t.after(async () => {
    for (const store of stores) await store.close()
    rmSync(folder, { recursive: true })
  })
  await stores[0].migrate()
  return stores
}

describe('rows found by key', () => {
  test('are as fresh as rows that are read, whoever commits', async t => {
    const [one, other] = await openTwice(t)
    await one.write(tx =>
      tx.run(
        `insert into account (id, email, email_key, first_name, last_name, created_at)
         values (1, 'start', 'start', '', '', 0), (2, 'second', 'second', '', '', 0)`,
      ),
    )
    // Two at a time, because a lone look-up has no snapshot to share and is never answered from memory.
    const look = async () => {
      const [[row], [second]] = await Promise.all([one.find(byId, 1), one.find(byId, 2)])
      assert.equal(second?.email, 'second')
      return row?.email
    }
    assert.equal(await look(), 'start')
    assert.equal(await look(), 'start')
    for (let round = 0; round < 200; round++) {
      const writer = round % 2 ? one : other
      const email = `round ${round}`
      await writer.write(tx => tx.run('update account set email = $1 where id = 1', email))
      assert.equal(await look(), email)
      assert.equal(await look(), email)
    }
    await one.write(tx => tx.run('delete from account where id = 1'))
    assert.equal(await look(), undefined)
  })

  test('a commit that left them as they were leaves the very objects', async t => {
    const [one, other] = await openTwice(t)
    await addOneOfEach(one)
    const look = async () => {
      const found = await Promise.all([one.find(byId, 1), one.find(byId, 2)])
      return found[0][0]
    }
    const first = await look()
    assert.equal(await look(), first)
    for (const writer of [one, other]) {
      const unchanged = await look()
      await writer.write(tx => tx.run('update app set name = name'))
      assert.equal(await look(), unchanged)
      await writer.write(tx => tx.run("update account set email = email || '.org'"))
      const changed = await look()
      assert.equal(changed?.email, `${unchanged?.email}.org`)
      assert.equal(await look(), changed)
    }
  })

  test('a step that names its key renews the rows of that key, whoever took it', async t => {
    const [one, other] = await openTwice(t)
    await addOneOfEach(one)
    const ids = [1, 2].map(n => Uint8Array.of(n))
    const [first, second] = ids as [Uint8Array, Uint8Array]
    const add = `insert into session (id, account_id, created_at, expires_at) values ($1, 1, 0, 9)
      on conflict (id) do update set created_at = session.created_at + 1`
    const byKey = 'select created_at from session where id = $1'
    const look = async () => {
      const found = await Promise.all(ids.map(id => one.find(byKey, id)))
      return found.map(([row]) => row?.created_at)
    }
    assert.deepEqual(await look(), [undefined, undefined])
    for (let round = 0; round < 20; round++) {
      const writer = round % 4 < 2 ? one : other
      await writer.write(tx => tx.run(add, first), first)
      assert.deepEqual(await look(), [round, round ? round - 1 : undefined])
      await Promise.all(ids.map(id => writer.write(tx => tx.run(add, id), id)))
      await writer.write(tx => tx.run('update session set created_at = $1', round))
      assert.deepEqual(await look(), [round, round])
      await writer.write(tx => tx.run('update session set created_at = $1', 0 - round), ids)
      assert.deepEqual(await look(), [0 - round, 0 - round])
      await writer.write(tx => tx.run('update session set created_at = $1', round))
      await Promise.all([first, second].map(id => writer.write(async () => id, id)))
    }
  })

  test('keys that end alike are not taken for one another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-find-'))
    const store = openSqlite(join(folder, 'a.db'))
    await store.migrate()
    const keys = [1, 2, 3].map(n => Uint8Array.from([n, 0, 0, 0, 0, 0, 0, 0, 0]))
    const [first, second, third] = keys as [Uint8Array, Uint8Array, Uint8Array]
    const longer = Uint8Array.from([...first, 0])
    await store.write(async tx => {
      await tx.run(
        `insert into account (id, email, email_key, first_name, last_name, created_at)
         values (1, 'x', 'x', '', '', 0)`,
      )
      const add =
        'insert into session (id, account_id, created_at, expires_at) values ($1, 1, $2, 9)'
      for (const [i, key] of [first, second, longer].entries()) await tx.run(add, key, i)
    })
    const byKey = 'select created_at from session where id = $1'
    for (let round = 0; round < 3; round++) {
      const asked = [first, second, third, longer, second, first]
      const found = await Promise.all(asked.map(key => store.find(byKey, key)))
      assert.deepEqual(
        found.map(([row]) => row?.created_at),
        [0, 1, undefined, 2, 1, 0],
      )
    }
    // A key that its owner writes over afterwards is still the key that was asked for.
    const reused = Uint8Array.from(first)
    await Promise.all([store.find(byKey, reused), store.find(byKey, third)])
    reused.set(second)
    const [[again]] = await Promise.all([store.find(byKey, reused), store.find(byKey, third)])
    assert.equal(again?.created_at, 1)
    await store.close()
    rmSync(folder, { recursive: true })
  })

  test('an uncommitted change is never seen', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-find-'))
    const store = openSqlite(join(folder, 'a.db'))
    await store.migrate()
    const insert = `insert into account (id, email, email_key, first_name, last_name, created_at)
      values (1, 'x', 'x', '', '', 0)`
    const failing = store.write(async tx => {
      await tx.run(insert)
      throw new Error('no')
    })
    const [rows] = await Promise.all([
      store.find(byId, 1),
      store.find(byId, 2),
      assert.rejects(failing, /no/),
    ])
    assert.deepEqual(rows, [])
    assert.deepEqual(await store.find(byId, 1), [])
    // Not even of a step that dawdles, as none should.
    let go = () => {}
    const gate = new Promise<void>(resolve => {
      go = resolve
    })
    const dawdling = store.write(async tx => {
      await tx.run(insert)
      await gate
      throw new Error('no')
    })
    const looks = Promise.all([1, 2].map(id => store.find(byId, id)))
    await turn(20)
    go()
    await assert.rejects(dawdling, /no/)
    assert.deepEqual(await looks, [[], []])
    await store.close()
    rmSync(folder, { recursive: true })
  })
})
