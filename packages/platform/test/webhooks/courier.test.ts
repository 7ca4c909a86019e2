/** Delivery: at least once, in order per lane, by several couriers on one database, over three days. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'
import { addApp } from '../../src/developer/app.ts'
import { createLog } from '../../src/log.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { purge } from '../../src/store/purge.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { startCourier } from '../../src/webhooks/courier.ts'
import { removeEndpoint, setEndpoint } from '../../src/webhooks/endpoint.ts'
import { DeliveryError } from '../../src/webhooks/failure.ts'
import { findEntry, readJournal, redeliver } from '../../src/webhooks/journal.ts'
import { announce } from '../../src/webhooks/outbox.ts'
import { claim, leaseTime, settle } from '../../src/webhooks/queue.ts'
import { testDatabase } from '../postgres.ts'
import { createReceiver, endpointUrl } from './receiver.ts'

const day = 86_400_000
const engines = {
  SQLite: async () => ({ store: openSqlite(':memory:') as Store, stop: async () => {} }),
  PostgreSQL: async () => {
    const { url, stop } = await testDatabase()
    return { store: openPostgres(url) as Store, stop }
  },
}

/** A store with apps that have an endpoint, a clock, a receiver, and couriers. */
async function setup(t: TestContext, engine: keyof typeof engines, apps = 1) {
  const { store, stop } = await engines[engine]()
  await store.migrate()
  let time = Date.UTC(2026, 0, 5, 9)
  const now = () => time
  const keys = createKeyRing([newKey(0)])
  const receiver = createReceiver(now)
  const appIds: number[] = []
  for (let i = 0; i < apps; i++) {
    const { app } = await addApp(store, { ...about, name: `App ${i}` }, 'operator', 0)
    const endpoint = { appId: app.id, actor: 'operator', url: endpointUrl, keys, seen: '' } as const
    await setEndpoint(store, endpoint, time)
    appIds.push(app.id)
  }
  const outcomes: string[] = []
  const disabled: number[] = []
  const stops: (() => Promise<void>)[] = []
  const courier = (post = receiver.post) => {
    const started = startCourier({
      store,
      keys,
      now,
      post,
      log: createLog('silent'),
      random: () => 0.5,
      count: outcome => outcomes.push(outcome),
      tell: async id => {
        disabled.push(id)
      },
    })
    stops.push(started.stop)
    return started
  }
  t.after(async () => {
    for (const end of stops) await end()
    await store.close()
    await stop()
  })
  const [appId = 0] = appIds
  /** Writes a test event that says `message`. */
  const say = (message: string, lane = message, app = appId) =>
    store.write(tx =>
      announce(tx, {
        appId: app,
        type: 'test',
        data: { client_id: 'app', message },
        lane,
        at: time,
      }),
    )
  const said = () => receiver.received.map(({ data }) => String(data.message))
  const forward = (milliseconds: number) => {
    time += milliseconds
  }
  return {
    store,
    keys,
    receiver,
    appId,
    appIds,
    courier,
    outcomes,
    disabled,
    say,
    said,
    forward,
    now,
  }
}

const about = {
  vendor: 'Acme',
  redirectUris: ['https://acme.example/cb'],
  permissions: [],
  isPublic: false,
  rotates: false,
  mode: 'production',
} as const

for (const engine of Object.keys(engines) as (keyof typeof engines)[]) {
  describe(`the courier on ${engine}`, () => {
    test('delivers each event once, however many couriers there are', async t => {
      const { courier, say, said, appIds } = await setup(t, engine, 5)
      const names = Array.from({ length: 60 }, (_, i) => `event ${i}`)
      for (const [i, name] of names.entries()) await say(name, `lane ${i % 20}`, appIds[i % 5])
      const couriers = [courier(), courier(), courier()]
      for (let rounds = 0; said().length < names.length; rounds++) {
        assert.ok(rounds < 50, `${said().length} arrived`)
        await Promise.all(couriers.map(({ round }) => round()))
      }
      assert.deepEqual(said().sort(), names.sort())
    })

    test('keeps the order of a connection, and lets others go by', async t => {
      const { courier, say, said, receiver, forward } = await setup(t, engine)
      let isWell = false
      receiver.answer = ({ data }) => ({
        status: data.message === 'created' && !isWell ? 500 : 204,
      })
      await say('created', 'con_1')
      await say('disconnected', 'con_1')
      await say('other', 'con_2')
      const { round } = courier()
      await round()
      assert.deepEqual(said().sort(), ['created', 'other'])
      forward(10_000)
      isWell = true
      await round()
      assert.deepEqual(said().slice(2), ['created', 'disconnected'])
    })

    test('goes on at once with what waited, when a vendor has it sent now', async t => {
      const { store, courier, say, said, receiver, appId, now } = await setup(t, engine)
      receiver.answer = () => ({ status: 500, retryAfter: '36000' })
      const name = await say('created', 'con_1')
      await say('disconnected', 'con_1')
      const { round } = courier()
      await round()
      receiver.answer = () => ({ status: 204 })
      assert.ok(await redeliver(store, { appId, name, actor: 'operator' }, now()))
      await round()
      assert.deepEqual(said(), ['created', 'created', 'disconnected'])
    })

    test('that dies between sending and writing down: sent again, under the same id', async t => {
      const { store, courier, say, receiver, now, forward } = await setup(t, engine)
      const name = await say('once')
      const room = { total: 9, forApp: () => 9 }
      const [claimed] = await claim(store, room, now())
      assert.equal(claimed?.name, name)
      const { round } = courier()
      await round()
      assert.equal(receiver.received.length, 0)
      forward(leaseTime)
      await round()
      assert.deepEqual(
        receiver.received.map(({ id }) => id),
        [name],
      )
      // The dead one comes back to life: its word counts no more.
      assert.ok(claimed)
      const late = { kind: 'given up', failure: 'late', status: null } as const
      assert.equal(await settle(store, claimed, late, now()), false)
      assert.equal(receiver.received[0]?.headers['webhook-id'], name)
    })

    test('tries for three days, ever more rarely, then gives up and goes on with the next', async t => {
      const { store, courier, say, receiver, forward, appId, outcomes, now } = await setup(
        t,
        engine,
      )
      receiver.answer = () => ({ status: 500 })
      const begin = now()
      const name = await say('first', 'con_1')
      const { round } = courier()
      for (;;) {
        await round()
        const entry = await findEntry(store, appId, name)
        if (!entry || entry.due_at === null) break
        assert.ok(entry.due_at > now())
        forward(entry.due_at - now())
      }
      const waits = receiver.received.map(({ at }, i, all) => at - (all[i - 1]?.at ?? begin))
      const [none, ...others] = waits.map(wait => wait / 1000)
      assert.equal(none, 0)
      assert.deepEqual(others.slice(0, 8), [10, 30, 90, 270, 810, 2430, 7290, 21_600])
      assert.equal(now() - begin, 3 * day)
      assert.equal(receiver.received.at(-1)?.at, now())
      const entry = await findEntry(store, appId, name)
      assert.equal(entry?.failure, 'answer')
      assert.equal(entry?.status, 500)
      assert.equal(entry?.attempts, receiver.received.length)
      assert.equal(outcomes.at(-1), 'given up')
      receiver.answer = () => ({ status: 200 })
      await say('second', 'con_1')
      await round()
      assert.equal(receiver.received.at(-1)?.data.message, 'second')
    })

    test('waits as long as Retry-After asks, and no longer than a day', async t => {
      const { store, courier, say, receiver, appId, now } = await setup(t, engine)
      const { round } = courier()
      const date = new Date(now() + 7_200_000).toUTCString()
      for (const [retryAfter, wait] of [
        ['3600', 3_600_000],
        [date, 7_200_000],
        ['1', 10_000],
        ['999999999', day],
        ['soon', 10_000],
      ] as const) {
        receiver.answer = () => ({ status: 503, retryAfter })
        const name = await say(retryAfter)
        await round()
        const entry = await findEntry(store, appId, name)
        assert.equal((entry?.due_at ?? 0) - now(), wait, retryAfter)
      }
    })

    test('sends nothing more to an endpoint that answers 410, until it is switched on again', async t => {
      const { store, keys, courier, say, said, receiver, appId, disabled, now } = await setup(
        t,
        engine,
      )
      const { round } = courier()
      await say('waits', 'con_1')
      receiver.answer = () => ({ status: 410 })
      await round()
      assert.deepEqual(disabled, [appId])
      await say('is written before the endpoint was looked at')
      await round()
      assert.deepEqual(said(), ['waits'])
      const { entries } = await readJournal(store, { appId, before: null }, 9)
      assert.deepEqual(
        entries.map(({ failure }) => failure),
        ['disabled', 'gone'],
      )
      const [app] = await store.read<{ webhooks: number }>('select webhooks from app')
      assert.equal(app?.webhooks, 0)
      receiver.answer = () => ({ status: 204 })
      const same = { url: endpointUrl, seen: endpointUrl }
      const again = { appId, actor: 'operator', keys, ...same } as const
      assert.deepEqual(await setEndpoint(store, again, now()), { secret: null })
      const name = entries[1]?.name ?? ''
      assert.ok(await redeliver(store, { appId, name, actor: 'operator' }, now()))
      await round()
      assert.deepEqual(said(), ['waits', 'waits'])
      assert.equal(receiver.received[0]?.id, receiver.received[1]?.id)
    })

    test('gives up what waits for an endpoint that was removed', async t => {
      const { store, courier, say, said, appId, now } = await setup(t, engine)
      const name = await say('nowhere')
      await removeEndpoint(store, { appId, actor: 'operator' }, now())
      await courier().round()
      assert.deepEqual(said(), [])
      assert.equal((await findEntry(store, appId, name))?.failure, 'removed')
      const [left] = await store.read('select id from webhook_secret')
      assert.equal(left, undefined)
    })

    test('redelivers at once, one time, and holds nothing back by it', async t => {
      const { store, courier, say, said, receiver, appId, appIds, now } = await setup(t, engine, 2)
      const { round } = courier()
      const name = await say('first', 'con_1')
      await round()
      receiver.answer = ({ data }) => ({ status: data.message === 'first' ? 500 : 204 })
      const actor = 'operator' as const
      assert.equal(await redeliver(store, { appId: appIds[1] ?? 0, name, actor }, now()), false)
      assert.ok(await redeliver(store, { appId, name, actor }, now()))
      await say('second', 'con_1')
      await round()
      assert.deepEqual(said().sort(), ['first', 'first', 'second'])
      const entry = await findEntry(store, appId, name)
      assert.deepEqual([entry?.due_at, entry?.failure, entry?.attempts], [null, 'answer', 2])
    })

    test('says of each failure what it was, and nothing of its cause', async t => {
      const { store, courier, say, appId } = await setup(t, engine)
      const post = async () => {
        throw new DeliveryError('expired', new Error('whsec_secret'))
      }
      const name = await say('x')
      await courier(post).round()
      const entry = await findEntry(store, appId, name)
      assert.equal(entry?.failure, 'expired')
      assert.equal(entry?.status, null)
      assert.doesNotMatch(JSON.stringify(entry), /whsec/)
    })

    test('that is stopped lets go of what is under way, for another one at once', async t => {
      const { courier, say, said } = await setup(t, engine)
      await say('slow')
      let began = () => {}
      const posting = new Promise<void>(done => {
        began = done
      })
      const stuck = courier(
        (_message, signal) =>
          new Promise((_, reject) => {
            began()
            signal.addEventListener('abort', () => reject(new DeliveryError('late')))
          }),
      )
      const round = stuck.round()
      await posting
      await stuck.stop()
      await round
      await courier().round()
      assert.deepEqual(said(), ['slow'])
    })

    test('lets an app that is slow or busy not stand before the others', async t => {
      const { courier, say, said, receiver, appIds, forward } = await setup(t, engine, 2)
      const [busy, other] = appIds
      receiver.answer = ({ data }) => ({ status: data.message === 'other' ? 204 : 500 })
      for (let i = 0; i < 150; i++) await say(`busy ${i}`, `con_${i}`, busy)
      forward(1)
      await say('other', 'con_other', other)
      let atOnce = 0
      let most = 0
      const { round } = courier(async (message, signal) => {
        most = Math.max(most, ++atOnce)
        try {
          return await receiver.post(message, signal)
        } finally {
          atOnce--
        }
      })
      await round()
      assert.ok(said().includes('other'))
      assert.ok(said().length < 150, 'what it could not take stepped aside')
      assert.ok(most <= 5, `${most} at once`)
    })

    test('leaves what is over for thirty days in the log', async t => {
      const { store, courier, say, forward, now, appId } = await setup(t, engine)
      await say('old')
      await courier().round()
      forward(30 * day)
      await say('waiting')
      assert.equal((await purge(store, { now: now(), auditDays: 400 })).webhooks, 0)
      forward(1)
      assert.equal((await purge(store, { now: now(), auditDays: 400 })).webhooks, 1)
      const { entries } = await readJournal(store, { appId, before: null }, 9)
      assert.deepEqual(entries.length, 1)
    })
  })
}
