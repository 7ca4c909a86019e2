/**
 * Four real processes on one store, many callers in each, one expired token: one refresh, whatever
 * happens to the lock, to its holder and to the answer. The platform's clock stands in the past, so the
 * token that was made there is over for every process that goes by the true time.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeApp } from '../../../platform/test/setup.ts'
import { newKey, type Store } from '../../src/index.ts'
import { barrier, dropAfterCommit, type Fault } from '../faults.ts'
import { listening } from '../listening.ts'
import { connectUser, redirectUri } from '../setup.ts'
import { type Kept, openStore, shared } from './shared-store.ts'
import type { Done, Job } from './worker.ts'

const callers = 25
const started = new Set<ChildProcess>()

for (const [title, keep] of shared) {
  describe(`four processes on ${title}`, () => {
    let kept: Kept
    let store: Store & { close(): void | Promise<void> }
    let fixture: Awaited<ReturnType<typeof listening>>
    before(async () => {
      kept = await keep()
      store = openStore(kept.place)
      fixture = await listening({ store })
    })
    after(async () => {
      // Whoever still runs here belongs to a test that failed.
      for (const child of started) child.kill('SIGKILL')
      started.clear()
      await fixture?.stop()
      await store?.close()
      await kept?.remove()
    })

    /** A connected user and four processes that are ready; the token requests meet these faults. */
    const ready = async (faults: Fault[], lockTime = 30_000) => {
      const keys = newKey()
      const app = await makeApp(fixture.platform, { rotates: true })
      const vendor = fixture.makeVendor({ app, keys, store })
      await vendor.disconnect('ada')
      await connectUser({ person: () => fixture.personOf(vendor) })
      fixture.sent.length = 0
      fixture.faults.push(...faults)
      const job: Job = {
        ...{ place: kept.place, keys, redirectUri, lockTime, callers },
        platform: fixture.url,
        clientId: app.clientId,
        clientSecret: app.secret ?? '',
      }
      const processes = await Promise.all(Array.from({ length: 4 }, () => begin(job)))
      return { processes, vendor }
    }
    const requests = () => fixture.tokenRequests().length

    test('make one token request', async () => {
      const { processes, vendor } = await ready([])
      const { tokens, refreshed } = await all(processes)
      assert.equal(tokens.size, 1)
      assert.equal(requests(), 1)
      assert.equal(refreshed, 1, 'and one of them tells of it')
      const kept = await vendor.connection('ada').accessToken()
      assert.deepEqual([...tokens], [kept])
    })

    test('also when the platform takes longer than the lock lives', async () => {
      const { fault, arrived, open } = barrier()
      const { processes } = await ready([fault], 2000)
      const end = all(processes)
      await arrived
      await sleep(5000)
      open()
      const { tokens, refreshed } = await end
      assert.equal(tokens.size, 1)
      assert.equal(requests(), 1)
      assert.equal(refreshed, 1)
    })

    test('when the one that refreshes is killed, the platform’s work done: one more request', async () => {
      const committed = Promise.withResolvers<void>()
      const lost: Fault = async (request, pass) => {
        await pass(request)
        committed.resolve()
        return new Promise(() => {})
      }
      const { processes } = await ready([lost], 1500)
      const [first, ...others] = processes
      first?.send('go')
      await committed.promise
      first?.kill('SIGKILL')
      const { tokens, refreshed } = await all(others)
      assert.equal(tokens.size, 1)
      assert.equal(requests(), 2)
      assert.equal(refreshed, 1)
    })

    test('when the answer is lost after the platform’s commit: one more request', async () => {
      const { processes } = await ready([dropAfterCommit])
      const { tokens, refreshed } = await all(processes)
      assert.equal(tokens.size, 1)
      assert.equal(requests(), 2)
      assert.equal(refreshed, 1)
    })
  })
}

/** A process that has its options and waits. */
async function begin(job: Job): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'worker.ts'))
  started.add(child)
  child.send(job)
  await once(child, 'message')
  return child
}

/** Lets them all go at once; answers every token that a caller got. */
async function all(processes: readonly ChildProcess[]) {
  const done = processes.map(async child => (await once(child, 'message'))[0] as Done)
  for (const child of processes) child.send('go')
  const answers = await Promise.all(done)
  for (const { tokens } of answers) assert.equal(tokens.length, callers, `${tokens[0]}`)
  return {
    tokens: new Set(answers.flatMap(({ tokens }) => tokens)),
    refreshed: answers.reduce((sum, answer) => sum + answer.refreshed, 0),
  }
}
