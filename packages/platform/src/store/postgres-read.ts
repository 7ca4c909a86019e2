/**
 * Reading from PostgreSQL. Reads of a group are sent in one go, each a statement by itself: each sees
 * all that was committed before it was asked for. Rows found by their key go further: all keys of one
 * statement are asked for at once, in one statement that answers each row with its key's number; and what
 * several ask for by the same key, as all calls of an app ask for the app, is asked for once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { send, shared } from './postgres-batch.ts'
import { checkOut, isLost, isSpent, unavailable } from './postgres-pool.ts'
import { isLate, type Pending, type Worker } from './postgres-queue.ts'
import { place, prepared, type Statement } from './postgres-statement.ts'
import type { Value, Watch } from './store.ts'

export interface PendingRead extends Pending {
  readonly sql: string
  readonly values: readonly Value[]
  /** True when the only value is a key. */
  readonly byKey: boolean
}

/** A worker that answers every read of a group. */
export function createReader(pool: Pool, patience: number, watch: Watch): Worker<PendingRead> {
  return async group => {
    const began = performance.now()
    await readGroup(pool, group, patience)
    watch('read', group.length, performance.now() - began)
  }
}

/** A lost connection changes nothing, so what was asked over it is asked again. */
async function readGroup(pool: Pool, group: readonly PendingRead[], patience: number) {
  let client: PoolClient
  try {
    client = await checkOut(pool, patience)
  } catch (error) {
    for (const { reject } of group) reject(error)
    return
  }
  const { alone, together } = arrange(group)
  const failed: { read: PendingRead; error: unknown }[] = []
  const fail = (reads: readonly PendingRead[]) => (error: unknown) => {
    for (const read of reads) failed.push({ read, error })
  }
  const { stream } = client.connection
  stream.cork()
  const asked = [
    ...alone.map(read => ask(client, read).catch(fail([read]))),
    ...together.map(reads => askTogether(client, reads).catch(fail(reads))),
  ]
  stream.uncork()
  await Promise.all(asked)
  client.release(failed.some(({ error }) => isSpent(error)))
  const again: PendingRead[] = []
  for (const { read, error } of failed) {
    // One key that PostgreSQL refuses does not spoil the others: each is asked for by itself.
    const spoiled = read.byKey && together.some(reads => reads.includes(read))
    if ((spoiled || isLost(error)) && !isLate(read)) again.push({ ...read, byKey: false })
    else read.reject(unavailable(error))
  }
  if (again.length === 0) return
  await sleep(Math.random() * 20)
  await readGroup(pool, again, patience)
}

function arrange(group: readonly PendingRead[]) {
  const alone = group.filter(read => !read.byKey)
  const together: PendingRead[][] = []
  const bySql = Map.groupBy(
    group.filter(read => read.byKey),
    read => read.sql,
  )
  for (const asked of bySql.values()) {
    const reads = eachOnce(asked)
    if (reads.length > 2) together.push(reads)
    else alone.push(...reads)
  }
  return { alone, together }
}

/** Those of one key become one, which answers all. Keys of bytes are ids, which hardly two ask for at once. */
function eachOnce(reads: readonly PendingRead[]): PendingRead[] {
  const unlike: PendingRead[] = []
  const byKey = Map.groupBy(reads, ({ values: [key] }) => (typeof key === 'object' ? null : key))
  for (const [key, alike] of byKey) {
    const [first] = alike
    if (key === null || !first || alike.length === 1) unlike.push(...alike)
    else {
      unlike.push({
        ...first,
        resolve: rows => {
          for (const { resolve } of alike) resolve(rows)
        },
        reject: error => {
          for (const { reject } of alike) reject(error)
        },
      })
    }
  }
  return unlike
}

async function ask(client: PoolClient, { sql, values, resolve }: PendingRead): Promise<void> {
  const { rows } = await send(client, prepared(sql), values)
  resolve(rows as never)
}

/**
 * PostgreSQL reckons with ten keys when it plans for any number of them. Were there fewer, it would
 * plan anew each time, which takes longer than the work; so there are more, the last ones null.
 */
const keysAtLeast = 16

async function askTogether(client: PoolClient, reads: readonly PendingRead[]): Promise<void> {
  const keys = reads.map(({ values: [key] }) => key ?? null)
  const filling = Array.from({ length: Math.max(0, keysAtLeast - keys.length) }, () => null)
  const statement = forKeys(reads[0]?.sql ?? '', keys[0])
  const answer = await send(client, statement, [[...keys, ...filling]])
  const found = shared(answer, reads.length)
  reads.forEach(({ resolve }, i) => {
    resolve(found[i] as never)
  })
}

const manyKeys = new Map<string, Statement>()

/** The statement with an array of keys in the place of its one. */
function forKeys(sql: string, key: Value | undefined): Statement {
  let statement = manyKeys.get(sql)
  if (!statement) {
    const type = typeof key === 'number' ? 'bigint' : typeof key === 'string' ? 'text' : 'bytea'
    statement = prepared(`select k.n as "${place}", found.*
      from unnest($1::${type}[]) with ordinality as k (key, n)
      cross join lateral (${sql.replaceAll(/\$1\b/g, 'k.key')}) as found`)
    manyKeys.set(sql, statement)
  }
  return statement
}
