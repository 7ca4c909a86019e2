/** Counts that several processes share: each opening stands for a process. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createApiLimit } from '../../src/limits/api-limit.ts'
import { type Counters, openCounters } from '../../src/limits/counters.ts'
import { createThrottle } from '../../src/limits/throttle.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { testDatabase } from '../postgres.ts'

async function postgres(t: TestContext): Promise<string> {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url)
  await store.migrate()
  await store.close()
  t.after(stop)
  return url
}

async function file(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-limits-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'latchkey.db')
}

async function open(t: TestContext, database: string): Promise<Counters> {
  const counters = await openCounters(database)
  t.after(() => counters.close())
  return counters
}

for (const [name, place] of Object.entries({ 'a file': file, PostgreSQL: postgres })) {
  describe(`counters in ${name}`, () => {
    test('two processes count together, whatever they do at once', async t => {
      const database = await place(t)
      const both = (await Promise.all([open(t, database), open(t, database)])).map(c =>
        c.counter('some', 60),
      )
      const counts = await Promise.all(
        Array.from({ length: 100 }, (_, i) => both[i % 2]?.add('key', 1)),
      )
      const numbers = counts.map(count => count?.used ?? 0).sort((a, b) => a - b)
      assert.deepEqual(
        numbers,
        Array.from({ length: 100 }, (_, i) => i + 1),
      )
      assert.ok(counts.every(count => count && count.endsIn > 0 && count.endsIn <= 60_000))
    })

    test('names and keys are apart; what is forgotten begins again', async t => {
      const counters = await open(t, await place(t))
      const one = counters.counter('one', 60)
      const two = counters.counter('two', 60)
      await one.add('a', 5)
      assert.equal((await one.add('b', 1)).used, 1)
      assert.equal((await two.add('a', 1)).used, 1)
      await one.forget('a')
      assert.equal((await one.add('a', 1)).used, 1)
    })

    test('a limit is used up once, over all processes', async t => {
      const database = await place(t)
      const three = [open(t, database), open(t, database), open(t, database)]
      const throttles = (await Promise.all(three)).map(counters =>
        createThrottle(counters, 'sign-in', { points: 10, seconds: 60 }),
      )
      const refusals = await Promise.all(
        Array.from({ length: 60 }, (_, i) => throttles[i % 3]?.claim('dana 192.0.2.1')),
      )
      assert.equal(refusals.filter(refusal => refusal === null).length, 10)
    })

    test('an app has its calls a minute, over all processes', async t => {
      const database = await place(t)
      const now = Date.UTC(2026, 0, 5, 9, 0, 30)
      const limits = (await Promise.all([open(t, database), open(t, database)])).map(counters =>
        createApiLimit(counters, { development: 5, production: 20 }),
      )
      const take = (app_id: number, app_mode: string, i: number, at = now) =>
        limits[i % 2]?.take({ app_id, app_mode }, at)
      const calls = await Promise.all(
        Array.from({ length: 50 }, (_, i) => take(1, 'production', i)),
      )
      assert.equal(calls.filter(call => call?.allowed).length, 20)
      const left = calls.map(call => Number(call?.headers['X-RateLimit-Remaining']))
      assert.deepEqual(
        left.toSorted((a, b) => b - a).slice(0, 21),
        Array.from({ length: 21 }, (_, i) => Math.max(0, 19 - i)),
      )
      const refused = calls.find(call => !call?.allowed)
      assert.deepEqual(refused?.headers, {
        'X-RateLimit-Limit': '20',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': String(Date.UTC(2026, 0, 5, 9, 1) / 1000),
        'Retry-After': '30',
      })
      assert.equal((await take(2, 'development', 0))?.headers['X-RateLimit-Limit'], '5')
      assert.equal((await take(1, 'production', 0, now + 60_000))?.allowed, true)
    })
  })
}

test('neither addresses nor emails can be read where the counts are', async t => {
  const database = await file(t)
  const throttle = createThrottle(await open(t, database), 'sign-in', { points: 1, seconds: 60 })
  await throttle.claim('dana@example.com 192.0.2.1')
  const bytes = ['', '-wal'].map(end => readFileSync(`${database}-limits${end}`, 'latin1')).join('')
  assert.match(bytes, /sign-in:/)
  assert.doesNotMatch(bytes, /dana|192\.0\.2\.1/)
})

test('without its database each process counts for itself', async t => {
  const away = await open(t, 'postgres://nobody@127.0.0.1:1/none')
  const throttle = createThrottle(away, 'sign-in', { points: 2, seconds: 60 })
  const refusals = [await throttle.claim('k'), await throttle.claim('k'), await throttle.claim('k')]
  assert.deepEqual(
    refusals.map(refusal => refusal === null),
    [true, true, false],
  )
})

test('a file of counts that is damaged is thrown away', async t => {
  const database = await file(t)
  writeFileSync(
    `${database}-limits`,
    'no database at all, but long enough to be looked at'.repeat(99),
  )
  const counter = (await open(t, database)).counter('some', 60)
  assert.equal((await counter.add('k', 3)).used, 3)
  assert.equal((await (await open(t, database)).counter('some', 60).add('k', 1)).used, 4)
})

test('counts begin again when their time is over', async t => {
  const counter = (await open(t, await file(t))).counter('some', 1)
  const { endsIn } = await counter.add('k', 7)
  await new Promise(done => setTimeout(done, endsIn + 20))
  assert.equal((await counter.add('k', 1)).used, 1)
})
