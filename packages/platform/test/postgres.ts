/**
 * A real PostgreSQL for tests, from npm alone. One server a process, started when the first test asks
 * for a database; `LATCHKEY_TEST_DATABASE` names another one to use, with the right to make databases.
 */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { startPostgres } from './store/server.ts'

export interface TestDatabase {
  /** `postgres://…` of an empty database of its own. */
  readonly url: string
  /** Drops it, whoever is still connected. */
  stop(): Promise<void>
}

let shared: Promise<string> | null = null

/** An empty database on this process's server. */
export async function testDatabase(): Promise<TestDatabase> {
  shared ??= process.env.LATCHKEY_TEST_DATABASE
    ? Promise.resolve(process.env.LATCHKEY_TEST_DATABASE)
    : startPostgres().then(server => server.url)
  return freshDatabase(await shared)
}

/** An empty database on the server that `url` leads to. */
export async function freshDatabase(url: string): Promise<TestDatabase> {
  const name = `latchkey_test_${randomBytes(6).toString('hex')}`
  await command(url, `create database ${name} template template0 encoding 'UTF8'`)
  const own = new URL(url)
  own.pathname = name
  return {
    url: own.href,
    stop: async () => {
      await command(url, `drop database if exists ${name} with (force)`)
    },
  }
}

/** Runs one statement on a connection of its own, and answers its rows. */
export async function command(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
