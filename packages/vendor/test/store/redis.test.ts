import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { createClient } from 'redis'
import { createRedisStore } from '../../src/store/redis.ts'
import { contract } from './contract.ts'
import { listen } from './listen.ts'
import { hasRedis, startRedis } from './redis-server.ts'
import { type StandIn, startStandIn } from './redis-stand-in.ts'

const key = { user: 'ada', name: 'default' }
const row = { revision: 'a', dueAt: 1, sealed: 's' }
/** A prefix of this run: a server that is named from outside may hold other things. */
const freshPrefix = () => `latchkey-test-${randomBytes(6).toString('hex')}`

const servers: readonly [string, boolean, () => Promise<StandIn>][] = [
  ['a real Redis', hasRedis(), startRedis],
  ['the stand-in for Redis', true, startStandIn],
]

for (const [title, isThere, start] of servers) {
  if (!isThere) {
    test(`the Redis store on ${title}`, {
      skip: 'no redis-server on PATH; see CONTRIBUTING.md',
    }, () => {})
    continue
  }
  contract(`the Redis store on ${title}`, async () => {
    const { url, stop } = await start()
    const prefix = freshPrefix()
    const [one, other] = [createRedisStore(url, { prefix }), createRedisStore(url, { prefix })]
    const close = async () => {
      await Promise.all([one.close(), other.close()])
      await stop()
    }
    return { one, other, close }
  })

  test(`a client of one’s own, and two prefixes, on ${title}`, async () => {
    const { url, stop } = await start()
    const client = createClient({ url })
    await client.connect()
    const live = createRedisStore(client, { prefix: freshPrefix() })
    const trial = createRedisStore(client, { prefix: freshPrefix() })
    assert.equal(await live.write(key, row, null), true)
    assert.equal(await trial.read(key), null)
    assert.deepEqual(await trial.list({}), [])
    await live.close()
    assert.equal(await client.ping(), 'PONG')
    assert.equal(await live.write(key, null, 'a'), true)
    client.destroy()
    await stop()
  })
}

describe('a Redis that cannot be reached', () => {
  test('fails the call, and the next one asks again', async () => {
    const holder = createServer()
    const port = await listen(holder)
    await new Promise(resolve => holder.close(resolve))
    const store = createRedisStore(`redis://127.0.0.1:${port}`)
    await assert.rejects(store.read(key), /ECONNREFUSED/)
    await assert.rejects(store.read(key), /ECONNREFUSED/)
    await store.close()
  })
})
