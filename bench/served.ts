// `latchkey serve` as an operator starts it, on a furnished database: for questions about workers, about
// memory, and about commands that run while it serves.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openStore, type Store } from '@latchkey/platform/admin'
import { followKeyFile } from '../packages/platform/src/connection/key-file.ts'
import { freePort } from '../packages/platform/test/listening.ts'
import { dataFolder, ownDatabase } from './database.ts'
import { type Furniture, furnish } from './furniture.ts'
import { pinned } from './process.ts'

const main = fileURLToPath(new URL('../packages/platform/src/cli/main.mjs', import.meta.url))

export type Place = {
  readonly furniture: Furniture
  readonly store: Store
  /** Starts it on these cores; resolves when it answers. */
  readonly serve: (workers: number, cores: string) => Promise<Served>
  /** Runs a command to its end beside it. @throws what it wrote to stderr when it failed. */
  readonly run: (...words: string[]) => Promise<void>
  readonly close: () => Promise<void>
}

export type Served = {
  readonly port: number
  readonly process: ChildProcess
  readonly stop: () => Promise<void>
}

/** A furnished database and its keys; `rows` connections stand in it beside those that are asked about. */
export async function makePlace(rows = 0): Promise<Place> {
  const folder = dataFolder()
  const database = (await ownDatabase()) ?? `${folder}/latchkey.db`
  const keyFile = `${folder}/keys.json`
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    LATCHKEY_DATABASE: database,
    LATCHKEY_KEYS: keyFile,
    LATCHKEY_CODE_TTL: '600',
    LATCHKEY_LIMIT_API: 'off',
    LATCHKEY_LIMIT_APP_AUTH: 'off',
    LATCHKEY_LOG: 'warn',
  }
  const store = await openStore(database)
  await store.migrate()
  const { ring, stop: forget } = followKeyFile(keyFile, {
    create: true,
    onProblem: error => {
      throw error
    },
  })
  const furniture = await furnish(store, ring, rows)
  const serve = async (workers: number, cores: string) => {
    const port = await freePort()
    // As the unit and the image of deploy/ start it.
    const words = [
      '--max-semi-space-size=8',
      main,
      'serve',
      '--workers',
      String(workers),
      '--port',
      String(port),
    ]
    const child = pinned
      ? spawn('taskset', ['-c', cores, process.execPath, ...words], { env, stdio: quiet })
      : spawn(process.execPath, words, { env, stdio: quiet })
    process.once('exit', () => child.kill('SIGKILL'))
    await answers(port)
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
    const stop = () => {
      child.kill('SIGTERM')
      return gone
    }
    return { port, process: child, stop }
  }
  const run = async (...words: string[]) => {
    const child = spawn(process.execPath, [main, ...words], { env, stdio: quiet })
    const code = await new Promise(resolve => child.once('exit', resolve))
    if (code !== 0) throw new Error(`latchkey ${words.join(' ')} ended with ${code}`)
  }
  const close = async () => {
    forget()
    await store.close()
  }
  return { furniture, store, serve, run, close }
}

const quiet: StdioOptions = ['ignore', 'ignore', 'inherit']

async function answers(port: number): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null)
    if (ready?.ok) return
    if (performance.now() > deadline) throw new Error('latchkey serve does not answer')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
