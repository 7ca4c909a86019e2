/** PostgreSQL is stopped and started under a serving process: 503, then service, and nothing is lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomFrom, seedOf } from '../seed.ts'
import type { TestApp } from '../setup.ts'
import { startPostgres } from '../store/server.ts'
import {
  type Answered,
  ask,
  cluster,
  exchangeAt,
  meAt,
  type Node,
  refreshAt,
  revokeAt,
} from './node.ts'

test('PostgreSQL goes away and comes back, three times, under load', async t => {
  const random = randomFrom(seedOf(t))
  const server = await startPostgres()
  t.after(() => server.stop())
  const place = await cluster(t, 'PostgreSQL', server)
  const node = await place.node()
  const app = place.here.app
  const { id } = await place.user()
  const vendors = await Promise.all(
    Array.from({ length: 8 }, () => startVendor(node, app, () => place.code(app, id))),
  )
  const done = () => sum(vendors.map(vendor => vendor.answered()))
  const refused = () => sum(vendors.map(vendor => vendor.refused()))
  const until = async (enough: () => boolean) => {
    while (!enough()) await sleep(10)
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGINT'] as const) {
    const goal = done() + 30 + random() * 150
    await until(() => done() > goal)
    const before = refused()
    await server.stop(signal)
    await until(() => refused() > before + 5)
    assert.equal((await ask(node, '/healthz', {}))?.status, 200)
    assert.equal((await ask(node, '/readyz', {}))?.status, 503)
    await server.start()
  }
  const goal = done() + 100
  await until(() => done() > goal)
  for (const vendor of vendors) await vendor.stop()
  for (const vendor of vendors) await vendor.check()
  assert.ok(sum(vendors.map(vendor => vendor.ended())) > 5)
})

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** Refreshes without a pause; now and then disconnects and connects again. */
async function startVendor(node: Node, app: TestApp, newCode: () => Promise<string>) {
  const known: { access: string; refresh: string; state: 'live' | 'ended' | 'unsure' }[] = []
  let running = true
  let answered = 0
  let refused = 0
  const asked = async (answer: Promise<Answered | null>) => {
    const got = await answer
    if (got?.status === 200) answered += 1
    else {
      assert.equal(got?.status, 503, JSON.stringify(got))
      refused += 1
      await sleep(20)
    }
    return got
  }
  const connect = async () => {
    const code = await newCode().catch(() => null)
    if (code === null) {
      // Vendors that all wait for a code are refused as well; else nobody would ever count.
      refused += 1
      return sleep(20)
    }
    const first = await asked(exchangeAt(node, app, code))
    if (first?.status !== 200) return
    const { access_token: access = '', refresh_token: refresh = '' } = first.body
    known.push({ access, refresh, state: 'live' })
  }
  const work = async () => {
    for (let i = 0; running; i++) {
      const latest = known.at(-1)
      if (latest?.state !== 'live') await connect()
      else if (i % 9 < 8) await asked(refreshAt(node, app, latest.refresh))
      else {
        latest.state = 'unsure'
        const gone = await asked(revokeAt(node, app, latest.access))
        if (gone?.status === 200) latest.state = 'ended'
      }
    }
  }
  const working = work()
  return {
    answered: () => answered,
    refused: () => refused,
    ended: () => known.filter(({ state }) => state === 'ended').length,
    stop: () => {
      running = false
      return working
    },
    /** What was answered is so, on the database that came back. */
    check: async () => {
      for (const { access, refresh, state } of known.slice(-60)) {
        if (state === 'unsure') continue
        const statuses = [
          (await meAt(node, access))?.status,
          (await refreshAt(node, app, refresh))?.status,
        ]
        assert.deepEqual(statuses, state === 'live' ? [200, 200] : [401, 400])
      }
    },
  }
}

test('a 503 says when to come back, in the form of its endpoint', async t => {
  const server = await startPostgres()
  t.after(() => server.stop())
  const place = await cluster(t, 'PostgreSQL', server)
  const node = await place.node()
  const url = `http://127.0.0.1:${node.port}`
  const code = await place.code(place.here.app, (await place.user()).id)
  const tokens = (await exchangeAt(node, place.here.app, code))?.body
  await server.stop()
  const form = { grant_type: 'refresh_token', refresh_token: tokens?.refresh_token ?? '' }
  const token = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: place.here.app.basic,
    body: new URLSearchParams(form),
  })
  assert.equal(token.status, 503)
  assert.ok(Number(token.headers.get('retry-after')) > 0)
  assert.equal(((await token.json()) as { error: string }).error, 'temporarily_unavailable')
  const api = await fetch(`${url}/v1.0/me`, {
    headers: { Authorization: `Bearer ${tokens?.access_token}` },
  })
  assert.equal(api.status, 503)
  assert.ok(Number(api.headers.get('retry-after')) > 0)
  assert.equal(((await api.json()) as { code: string }).code, 'UNAVAILABLE')
  await server.start()
})
