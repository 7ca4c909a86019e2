// Where state is kept: a folder for SQLite, or a PostgreSQL of the bench's own when it was asked for one.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freshDatabase } from '../packages/platform/test/postgres.ts'
import { startPostgres } from '../packages/platform/test/store/server.ts'
import type { Child } from './process.ts'

/** A folder of this process's own beside the bench, on a real disk; it is removed when the process ends. */
export function dataFolder(): string {
  const data = fileURLToPath(new URL('data/', import.meta.url))
  mkdirSync(data, { recursive: true })
  const folder = mkdtempSync(`${data}run-`)
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit())
  return folder
}

const variable = 'LATCHKEY_BENCH_POSTGRES'

/** Starts a server whose commits reach the disk, for all targets; it ends with the bench. */
export async function provideDatabase(): Promise<void> {
  const settings = { shared_buffers: '1GB', max_wal_size: '4GB' }
  const { url } = await startPostgres({ durable: true, settings })
  process.env[variable] = url
}

/** In a target: an empty database of its own on that server; `null` when the bench has none. */
export async function ownDatabase(): Promise<string | null> {
  const server = process.env[variable]
  return server ? (await freshDatabase(server)).url : null
}

/** Resident memory of a process in megabytes; `null` where the system does not say. */
export function residentMegabytes({ process: { pid } }: Pick<Child, 'process'>): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kilobytes) / 1024)
  } catch {
    return null
  }
}
