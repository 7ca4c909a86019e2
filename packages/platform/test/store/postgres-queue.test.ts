/** The queue in front of PostgreSQL: whatever enters it gets an answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQueue, type Pending } from '../../src/store/postgres-queue.ts'
import { StoreUnavailable } from '../../src/store/store.ts'

test('each of many that become late one after the other is refused', async () => {
  const queue = createQueue<Pending>([() => new Promise(() => {})], { enough: 1, most: 1 })
  const start = performance.now()
  const waiting = Array.from(
    { length: 50_000 },
    (_, i) =>
      new Promise((resolve, reject) => {
        queue.add({ deadline: start + 200 + i / 500, resolve, reject })
      }),
  )
  const [first, ...late] = waiting
  const outcomes = await Promise.allSettled(late)
  const refused = outcomes.filter(
    outcome => outcome.status === 'rejected' && outcome.reason instanceof StoreUnavailable,
  )
  assert.equal(refused.length, late.length)
  assert.equal(await Promise.race([first, 'with the worker']), 'with the worker')
})
