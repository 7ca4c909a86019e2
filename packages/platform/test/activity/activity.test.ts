/** Figures after known traffic, on both engines; counts over a restart and two processes; and a flood. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readFigures, total } from '../../src/activity/figures.ts'
import { readEntries, requestsKept } from '../../src/activity/request-log.ts'
import { disconnectApp } from '../../src/connection/connected-apps.ts'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'
import { createLog } from '../../src/log.ts'
import { createPlatform, type Platform, type PlatformOptions } from '../../src/platform.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { purge } from '../../src/store/purge.ts'
import { testDatabase } from '../postgres.ts'
import {
  authorize,
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  refresh,
  type Setup,
  setup,
} from '../setup.ts'

async function onPostgres(t: TestContext, options: PlatformOptions): Promise<Setup> {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url)
  await store.migrate()
  const fixture = await setup({ ...options, store })
  t.after(async () => {
    await fixture.platform.close()
    await stop()
  })
  return fixture
}

const engines = {
  SQLite: (_: TestContext, options: PlatformOptions = {}) => setup(options),
  PostgreSQL: (t: TestContext, options: PlatformOptions = {}) => onPostgres(t, options),
}

/** The app's numbers of the last day. PostgreSQL counts connections a quarter of a minute later. */
async function numbers({ platform, app, clock }: Setup): Promise<Record<string, number>> {
  clock.forward(20)
  await platform.activity.flush()
  const figures = await readFigures(platform.store, app.id, { period: 'day', now: clock.now() })
  const sums: Record<string, number> = {}
  for (const { n } of figures) {
    for (const [kind, count] of Object.entries(n)) sums[kind] = (sums[kind] ?? 0) + count
  }
  return sums
}

async function entriesOf({ platform, app }: Setup) {
  return (await readEntries(platform.store, app.id, { show: 'all' }, 1_000)).entries
}

for (const [engine, begin] of Object.entries(engines)) {
  describe(`activity on ${engine}`, () => {
    test('counts what was done, hour by hour', async t => {
      const fixture = await begin(t, { limitApi: { development: 9, production: 9 } })
      const { platform, app, user, clock } = fixture
      const { access_token, refresh_token } = await connect(fixture)
      await connect(fixture)
      await authorize(fixture, { clientId: app.clientId }, { decision: 'deny' })
      for (let i = 0; i < 3; i++) await refresh(fixture, refresh_token)
      for (let i = 0; i < 11; i++) await me(platform, access_token)
      await exchange(fixture, 'nonsense')
      clock.forward(3_600)
      await me(platform, access_token)
      await disconnectApp(platform.store, { accountId: user.id, appId: app.id }, clock.now())
      assert.deepEqual(await numbers(fixture), {
        authorized: 2,
        denied: 1,
        exchanged: 2,
        refreshed: 3,
        'token refused': 1,
        'api passed': 9,
        'api limited': 2,
        'api refused': 1,
        'api busiest minute': 9,
        connected: 2,
        disconnected: 2,
      })
      const now = clock.now()
      const figures = await readFigures(platform.store, app.id, { period: 'day', now })
      assert.deepEqual(figures.at(-1)?.n, { 'api refused': 1, disconnected: 2 })
      assert.equal(figures.at(-2)?.n['api passed'], 9)
      const month = await readFigures(platform.store, app.id, { period: 'month', now })
      assert.equal(month.length, 30)
      assert.equal(total(month, 'exchanged', 'refreshed'), 5)
    })

    test('counts no connection whose code was never exchanged', async t => {
      const fixture = await begin(t)
      const { platform, app, user, clock } = fixture
      await freshCode(fixture)
      await disconnectApp(platform.store, { accountId: user.id, appId: app.id }, clock.now())
      assert.deepEqual(await numbers(fixture), { authorized: 1 })
    })

    test('two processes add up, also when they write at once', async t => {
      const fixture = await begin(t)
      const { platform, clock } = fixture
      const beside = await createPlatform({
        store: platform.store,
        keyRing: platform.keys,
        now: clock.now,
        logger: createLog('silent'),
      })
      const { access_token } = await connect(fixture)
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const process = i % 2 === 0 ? platform : beside
          await me(process, access_token)
          await process.activity.flush()
        }),
      )
      clock.forward(20)
      await Promise.all([platform.activity.flush(), beside.activity.flush()])
      const counted = await numbers(fixture)
      assert.equal(counted['api passed'], 40)
      assert.equal(counted.connected, 1)
    })

    test('a stranger who knows the Client ID fills his share, and no more', async t => {
      const fixture = await begin(t)
      const { platform, app, clock } = fixture
      await exchange(fixture, 'an app’s own failure')
      const flood = async (address: string, rounds: number) => {
        for (let i = 0; i < rounds; i++) {
          const query = new URLSearchParams({
            clientId: app.clientId,
            redirect_uri: `https://${i}.example/<script>alert(1)</script>${'x'.repeat(3_000)}`,
          })
          const url = `http://localhost:4400/page/vendor-auth.html?${query}`
          await platform.fetch(new Request(url), address)
          if (i % 20 === 0) await platform.activity.flush()
        }
        await platform.activity.flush()
      }
      await flood('203.0.113.1', 300)
      const strangers = async () =>
        (await entriesOf(fixture)).filter(({ outcome }) => outcome === 'stranger')
      assert.equal((await strangers()).length, 20)
      await flood('203.0.113.2', 100)
      await flood('203.0.113.3', 100)
      assert.equal((await strangers()).length, 40)
      for (let hour = 0; hour < 4; hour++) {
        clock.forward(3_600)
        await flood('203.0.113.4', 60)
        await flood('203.0.113.5', 60)
      }
      const kept = await strangers()
      assert.equal(kept.length, requestsKept.stranger)
      for (const { explanation } of kept) assert.ok(explanation.length <= 601)
      const own = (await entriesOf(fixture)).filter(({ outcome }) => outcome === 'failed')
      assert.equal(own.length, 1, 'the app’s own failure was pushed out')
      const counted = await numbers(fixture)
      assert.ok((counted['not logged'] ?? 0) > 500)
      assert.equal(counted['token refused'], 1)
    })

    test('failures are kept by number and by days', async t => {
      const fixture = await begin(t)
      const { platform, clock } = fixture
      const code = await freshCode(fixture)
      clock.forward(400)
      for (let i = 0; i < requestsKept.failed + 30; i++) {
        clock.forward(60)
        await exchange(fixture, code)
        await platform.activity.flush()
      }
      const failures = async () =>
        (await entriesOf(fixture)).filter(({ outcome }) => outcome === 'failed').length
      // Past two hours the words name the hours, and the same words are one entry.
      assert.ok((await failures()) <= requestsKept.failed)
      clock.forward(8 * 86_400)
      await purge(platform.store, { now: clock.now(), auditDays: 400 })
      assert.equal(await failures(), 0)
      clock.forward(32 * 86_400)
      const { hours } = await purge(platform.store, { now: clock.now(), auditDays: 400 })
      assert.ok(hours > 0)
      assert.deepEqual(await platform.store.read('select * from app_hour'), [])
    })
  })
}

test('the same failure again is one entry with a number', async () => {
  const fixture = await setup()
  for (let i = 0; i < 50; i++) await exchange(fixture, 'nonsense')
  await fixture.platform.activity.flush()
  for (let i = 0; i < 7; i++) await exchange(fixture, 'nonsense')
  await fixture.platform.activity.flush()
  const entries = await entriesOf(fixture)
  assert.deepEqual(
    entries.map(({ times }) => times),
    [57],
  )
})

test('a flood within one moment is bounded in memory, and strangers do not take the app’s room', async () => {
  const fixture = await setup()
  const { platform, app } = fixture
  const strange = (i: number) =>
    platform.fetch(
      new Request(
        `http://localhost:4400/page/vendor-auth.html?clientId=${app.clientId}&redirect_uri=https://${i}.example`,
      ),
      `203.0.${i % 250}.1`,
    )
  for (let i = 0; i < 1_000; i++) await strange(i)
  await exchange(fixture, 'an app’s own failure')
  await platform.activity.flush()
  const entries = await entriesOf(fixture)
  assert.equal(entries.filter(({ outcome }) => outcome === 'failed').length, 1)
  assert.ok(entries.length <= 41)
})

test('a Client ID that nobody has leaves nothing behind', async () => {
  const { platform, app } = await setup()
  for (const clientId of [
    `app_${'x'.repeat(22)}`,
    'app_x',
    `${app.clientId}'`,
    'x'.repeat(5_000),
  ]) {
    await platform.fetch(
      new Request(
        `http://localhost:4400/oauth/authorize?client_id=${encodeURIComponent(clientId)}`,
      ),
    )
  }
  await platform.activity.flush()
  assert.deepEqual(await platform.store.read('select * from app_request'), [])
  assert.deepEqual(await platform.store.read('select * from app_hour'), [])
})

test('what was counted survives a restart, and a store that was away', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-activity-'))
  t.after(() => rm(folder, { recursive: true }))
  const keyRing = createKeyRing([newKey(0)])
  const database = join(folder, 'latchkey.db')
  const first = await setup({ database, keyRing })
  const { refresh_token } = await connect(first)
  await refresh(first, refresh_token)
  await first.platform.close()
  const now = first.clock.now
  const second: Platform = await createPlatform({
    database,
    keyRing,
    now,
    url: 'http://localhost:4400',
    logger: createLog('silent'),
  })
  const again = { ...first, platform: second }
  await refresh(again, refresh_token)
  const write = second.store.write
  Object.assign(second.store, { write: () => Promise.reject(new Error('away')) })
  await assert.rejects(second.activity.flush(), /away/)
  Object.assign(second.store, { write })
  const counted = await numbers(again)
  assert.equal(counted.refreshed, 2)
  assert.equal(counted.exchanged, 1)
  assert.equal(counted.connected, 1)
  await second.close()
})

test('another vendor’s connections and apps are not named', async () => {
  const fixture = await setup()
  const rival = await makeApp(fixture.platform, { vendor: 'Rival', name: 'Rival App' })
  const { refresh_token } = await connect({ ...fixture, app: rival })
  await refresh(fixture, refresh_token)
  await fixture.platform.activity.flush()
  const [entry] = await entriesOf(fixture)
  assert.match(entry?.explanation ?? '', /issued to another app/)
  assert.equal(entry?.connection_id, null)
})
