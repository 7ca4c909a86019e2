/**
 * Keeps connections in Redis or Valkey, shared by processes on any number of machines (`redis`). What
 * compares and sets is one script, which Redis runs alone. All keys share one hash tag, so that they lie
 * on one node of a cluster. How well a row outlives a crash is Redis's own setting: `appendonly yes`, with
 * `appendfsync always` for every one, and `maxmemory-policy noeviction`.
 */
import { once } from 'node:events'
import { VendorError } from '../error.ts'
import type { ConnectionKey, Row, Store } from './store.ts'

/** What is used of a connected client of `redis`. */
export interface RedisClient {
  sendCommand(command: string[]): Promise<unknown>
}

export interface RedisStore extends Store {
  /** Ends the client, if this store made it. */
  close(): Promise<void>
}

export interface RedisOptions {
  /** What every key begins with (default `latchkey`). */
  readonly prefix?: string
}

const patience = 10_000

/** KEYS: row, due, user. ARGV: `absent` or `present`, revision, `put` or `delete`, member, the new row. */
const writeScript = `
local revision = redis.call('HGET', KEYS[1], 'revision')
if ARGV[1] == 'absent' and revision ~= false then return 0 end
if ARGV[1] == 'present' and revision ~= ARGV[2] then return 0 end
if ARGV[3] == 'delete' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[4])
  redis.call('ZREM', KEYS[3], ARGV[4])
  return 1
end
redis.call('HSET', KEYS[1], 'revision', ARGV[5], 'due', ARGV[6], 'sealed', ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[6], ARGV[4])
return 1`

/** KEYS: lock. ARGV: owner, milliseconds. */
const lockScript = `
local owner = redis.call('GET', KEYS[1])
if owner ~= false and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

const unlockScript = `
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`

/** Uses a connected client of yours, or makes one for a `redis://` address. */
export function createRedisStore(
  server: string | RedisClient,
  { prefix = 'latchkey' }: RedisOptions = {},
): RedisStore {
  let opened: Promise<Opened> | null = null
  const send = async (...command: string[]) => {
    opened ??= typeof server === 'string' ? connect(server) : Promise.resolve(lent(server))
    const ours = opened
    const { client } = await ours.catch(error => {
      if (opened === ours) opened = null
      throw error
    })
    return client.sendCommand(command)
  }
  const run = async (script: string, keys: string[], ...values: string[]) =>
    Number(await send('EVAL', script, String(keys.length), ...keys, ...values)) === 1

  const keyOf = (...parts: string[]) => `{${prefix}}:${parts.join(':')}`
  const due = keyOf('due')

  return {
    read: async key => {
      const row = await send('HMGET', keyOf('row', memberOf(key)), 'revision', 'due', 'sealed')
      const [revision, dueAt, sealed] = row as (string | null)[]
      if (revision == null) return null
      return { revision, dueAt: Number(dueAt), sealed: sealed ?? '' } satisfies Row
    },
    write: async (key, row, expected) => {
      const member = memberOf(key)
      const keys = [keyOf('row', member), due, keyOf('user', key.user)]
      const was = [expected === null ? 'absent' : 'present', expected ?? '']
      if (!row) return run(writeScript, keys, ...was, 'delete', member)
      const fields = [row.revision, String(row.dueAt), row.sealed]
      return run(writeScript, keys, ...was, 'put', member, ...fields)
    },
    list: async ({ user, dueBefore }) => {
      const index = user === undefined ? due : keyOf('user', user)
      const until = dueBefore === undefined ? '+inf' : String(dueBefore)
      const members = (await send('ZRANGEBYSCORE', index, '-inf', until)) as string[]
      return members.map(keyOfMember)
    },
    lock: (name, owner, milliseconds) =>
      run(lockScript, [keyOf('lock', name)], owner, String(Math.max(1, Math.round(milliseconds)))),
    unlock: async (name, owner) => {
      await run(unlockScript, [keyOf('lock', name)], owner)
    },
    close: async () => {
      await (await opened)?.end()
    },
  }
}

interface Opened {
  readonly client: RedisClient
  readonly end: () => Promise<void>
}

function lent(client: RedisClient): Opened {
  return { client, end: async () => {} }
}

/** `redis` is loaded here alone: who brings a client needs no second copy. */
async function connect(url: string): Promise<Opened> {
  const { createClient } = await import('redis')
  const client = createClient({
    url,
    // Commands fail at once while there is no connection, instead of waiting for one without end.
    disableOfflineQueue: true,
    commandOptions: { timeout: patience },
    socket: { connectTimeout: patience },
  })
  // It connects again by itself; without a listener an error would end the process.
  client.on('error', () => {})
  const ready = once(client, 'ready')
  client.connect().catch(() => {})
  await ready.catch(error => {
    client.destroy()
    throw error
  })
  return { client, end: async () => client.destroy() }
}

function memberOf({ user, name }: ConnectionKey): string {
  return JSON.stringify([user, name])
}

function keyOfMember(member: string): ConnectionKey {
  const [user, name] = JSON.parse(member) as unknown[]
  if (typeof user === 'string' && typeof name === 'string') return { user, name }
  throw new VendorError('usage', 'The Redis store holds a key that is none of its own.')
}
