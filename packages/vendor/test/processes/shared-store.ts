/** The stores that processes share, as what can be told to another process. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '../../../platform/test/postgres.ts'
import type { Store } from '../../src/index.ts'
import { createPostgresStore } from '../../src/store/postgres.ts'
import { createRedisStore } from '../../src/store/redis.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { hasRedis, startRedis } from '../store/redis-server.ts'
import { startStandIn } from '../store/redis-stand-in.ts'

export interface Place {
  readonly engine: 'sqlite' | 'postgres' | 'redis'
  readonly address: string
  readonly prefix: string
}

export interface Kept {
  readonly place: Place
  remove(): Promise<void>
}

/** Opens the store at a place. */
export function openStore({
  engine,
  address,
  prefix,
}: Place): Store & { close(): void | Promise<void> } {
  if (engine === 'sqlite') return createSqliteStore(address)
  if (engine === 'postgres') return createPostgresStore(address)
  return createRedisStore(address, { prefix })
}

const prefix = () => `latchkey-test-${randomBytes(6).toString('hex')}`

/** An empty store of each kind that processes can share. */
export const shared: readonly [string, () => Promise<Kept>][] = [
  [
    'SQLite',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-vendor-'))
      const remove = async () => rmSync(folder, { recursive: true })
      return {
        place: { engine: 'sqlite', address: join(folder, 'vendor.db'), prefix: prefix() },
        remove,
      }
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const { url, stop } = await testDatabase()
      return { place: { engine: 'postgres', address: url, prefix: prefix() }, remove: stop }
    },
  ],
  [
    hasRedis() ? 'Redis' : 'the stand-in for Redis',
    async () => {
      const { url, stop } = await (hasRedis() ? startRedis() : startStandIn())
      return { place: { engine: 'redis', address: url, prefix: prefix() }, remove: stop }
    },
  ],
]
