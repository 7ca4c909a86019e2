/** Keys that change while everything runs, and rows that are not where they belong. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { createMemoryStore, createVendor, newKey, type Store } from '../src/index.ts'
import { createSqliteStore } from '../src/store/sqlite.ts'
import { connectUser, redirectUri, setup } from './setup.ts'

/** A platform that gives a new token each time, so that many connections cost nothing. */
function light(store: Store, options: { clientId?: string } = {}) {
  let given = 0
  let now = Date.UTC(2026, 0, 5)
  const base = {
    ...{ clientId: 'app', clientSecret: 'secret', redirectUri, store, ...options },
    clock: {
      now: () => now,
      sleep: () => new Promise<void>(resolve => setTimeout(resolve, 1)),
    },
    fetch: async () =>
      Response.json({
        access_token: `at-${given++}`,
        refresh_token: `rt-${given}`,
        expires_in: 3600,
      }),
  }
  const vendor = (keys: string | string[]) => createVendor({ ...base, keys })
  const connect = async (keys: string | string[], user: string) => {
    const one = vendor(keys)
    const begun = await one.connect(new Request(redirectUri), { user })
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state')
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const back = new Request(`${redirectUri}?code=c&state=${state}`, { headers: { cookie } })
    assert.equal((await one.callback(back)).outcome, 'connected')
  }
  const forward = (milliseconds: number) => {
    now += milliseconds
  }
  return { vendor, connect, forward }
}

describe('a change of keys', () => {
  test('with readers and refreshes running: nobody notices, and the old key can go', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
    const store = createSqliteStore(join(folder, 'vendor.db'))
    const { vendor, connect, forward } = light(store)
    const [old, fresh] = [newKey(), newKey()]
    const users = Array.from({ length: 150 }, (_, index) => `user-${index}`)
    for (const user of users) await connect(old, user)

    // First every process can open what the new key seals, then every process seals with it.
    const processes = [vendor([old, fresh]), vendor([fresh, old])]
    let running = true
    let reads = 0
    const work = async (start: number) => {
      for (let at = start; running; at++) {
        const user = users[at % users.length] ?? ''
        for (const process of processes) await process.connection(user).accessToken()
        reads++
        if (at % 40 === 0) forward(600_000)
        await new Promise(resolve => setTimeout(resolve, 0))
      }
    }
    const readers = [0, 50, 100].map(work)
    const report = await vendor([fresh, old]).reencrypt()
    while (reads < 300) await new Promise(resolve => setTimeout(resolve, 1))
    running = false
    await Promise.all(readers)
    assert.deepEqual(report.unreadable, [])
    assert.ok(report.resealed > 0)

    // Whoever refreshed with the old key first in its ring sealed with it once more: one more run.
    await vendor([fresh, old]).reencrypt()
    const end = vendor(fresh)
    for (const user of users) assert.ok(await end.connection(user).accessToken())
    assert.deepEqual(await end.reencrypt(), { resealed: 0, unreadable: [] })
    store.close()
    rmSync(folder, { recursive: true })
  })

  test('lazily: a refresh seals under the first key', async () => {
    const store = createMemoryStore()
    const { vendor, connect, forward } = light(store)
    const [old, fresh] = [newKey(), newKey()]
    await connect(old, 'ada')
    const token = await vendor([fresh, old]).connection('ada').accessToken()
    await assert.rejects(vendor(fresh).connection('ada').accessToken(), { fault: 'usage' })
    forward(3_700_000)
    const next = await vendor([fresh, old]).connection('ada').accessToken()
    assert.notEqual(next, token)
    assert.equal(await vendor(fresh).connection('ada').accessToken(), next)
  })

  test('in bulk: the tokens stay as they are, and what no key opens is named', async () => {
    const store = createMemoryStore()
    const { vendor, connect } = light(store)
    const [old, fresh, lost] = [newKey(), newKey(), newKey()]
    await connect(old, 'ada')
    await connect(lost, 'bob')
    const token = await vendor(old).connection('ada').accessToken()
    const before = await store.read({ user: 'ada', name: 'default' })
    const report = await vendor([fresh, old]).reencrypt()
    assert.deepEqual(report, { resealed: 1, unreadable: [{ user: 'bob', name: 'default' }] })
    assert.equal(await vendor(fresh).connection('ada').accessToken(), token)
    const after = await store.read({ user: 'ada', name: 'default' })
    assert.equal(after?.revision, before?.revision)
    assert.equal(after?.dueAt, before?.dueAt)
    await connect(fresh, 'bob')
    assert.ok(await vendor(fresh).connection('bob').accessToken(), 'a new connect replaces it')
  })

  test('keys that are none are refused, and there is no way without', () => {
    const { vendor } = light(createMemoryStore())
    for (const keys of ['', 'short', [], [newKey(), 'short'], `${newKey()}AAAA`, [newKey(), '']]) {
      assert.throws(() => vendor(keys), { fault: 'usage' })
    }
    assert.throws(() => vendor(undefined as unknown as string), { fault: 'usage' })
  })
})

describe('a row', () => {
  test('holds nothing readable, in the file too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
    const store = createSqliteStore(join(folder, 'vendor.db'))
    const fixture = await setup({ store })
    const token = await (await connectUser(fixture)).accessToken()
    const row = await store.read({ user: 'ada', name: 'default' })
    assert.ok(row && !JSON.stringify(row).includes('lk_') && !row.sealed.includes(token.slice(6)))
    store.close()
    rmSync(folder, { recursive: true })
  })

  test('that is moved to another user or name does not open, and no token comes of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
    const path = join(folder, 'vendor.db')
    const store = createSqliteStore(path)
    const { vendor, connect } = light(store)
    const key = newKey()
    await connect(key, 'ada')
    await connect(key, 'eve')
    const database = new DatabaseSync(path)
    const swap = 'update connections set user = ? where user = ?'
    for (const [to, from] of [
      ['x', 'ada'],
      ['ada', 'eve'],
      ['eve', 'x'],
    ] as const) {
      database.prepare(swap).run(to, from)
    }
    for (const user of ['ada', 'eve']) {
      const one = vendor(key).connection(user)
      for (const call of [one.accessToken, () => one.fetch('/v1.0/me'), one.status]) {
        await assert.rejects(call(), { fault: 'usage' })
      }
    }
    database.prepare('update connections set name = ? where user = ?').run('other', 'ada')
    await assert.rejects(vendor(key).connection('ada', 'other').accessToken(), { fault: 'usage' })
    database.close()
    store.close()
    rmSync(folder, { recursive: true })
  })

  test('that was changed does not open', async () => {
    const store = createMemoryStore()
    const { vendor, connect } = light(store)
    const key = newKey()
    await connect(key, 'ada')
    const place = { user: 'ada', name: 'default' }
    const row = await store.read(place)
    assert.ok(row)
    const [id = '', iv = '', text = ''] = row.sealed.split('.')
    const turned = text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`
    for (const sealed of [
      `${id}.${iv}.${turned}`,
      `${id}.${iv}`,
      `${id}.${iv}.`,
      '',
      '...',
      text,
    ]) {
      await store.write(place, { ...row, sealed }, row.revision)
      await assert.rejects(vendor(key).connection('ada').accessToken(), { fault: 'usage' }, sealed)
    }
  })

  test('of another app in the same store does not open: its tokens go to no other API', async () => {
    const store = createMemoryStore()
    const key = newKey()
    await light(store).connect(key, 'ada')
    const other = light(store, { clientId: 'another-app' }).vendor(key)
    await assert.rejects(other.connection('ada').fetch('/v1.0/me'), { fault: 'usage' })
  })
})
