/** `latchkey serve` as a process of its own, on a free port, with a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../listening.ts'

export const main = fileURLToPath(new URL('../../src/cli/main.mjs', import.meta.url))

export interface Installation {
  readonly environment: Record<string, string>
  /** Runs a command and gives its document; throws with its stderr when it fails. */
  json(...words: string[]): Record<string, string>
  /** Runs a command to its end. */
  run(...words: string[]): { code: number | null; out: string; err: string }
  /** Starts `serve`; resolves when it answers. */
  serve(...words: string[]): Promise<ServingProcess>
}

export interface ServingProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly port: number
  /** All that it has written to its log so far. */
  log(): string
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>
}

/** A folder with a database of its own; all that was started there ends with the test. */
export function install(t: TestContext, settings: Record<string, string> = {}): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-serve-'))
  const environment = {
    PATH: process.env.PATH ?? '',
    LATCHKEY_DATABASE: join(folder, 'latchkey.db'),
    LATCHKEY_KEYS: join(folder, 'keys.json'),
    LATCHKEY_LOG: 'warn',
    ...settings,
  }
  const children: ChildProcess[] = []
  t.after(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const gone = new Promise(done => child.once('exit', done))
      child.kill('SIGKILL')
      await gone
    }
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (...words: string[]) => {
    const result = spawnSync(process.execPath, [main, ...words], {
      env: environment,
      encoding: 'utf8',
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }
  return {
    environment,
    run,
    json: (...words) => {
      const { code, out, err } = run(...words, '--json')
      if (code !== 0) throw new Error(err)
      return JSON.parse(out)
    },
    serve: async (...words) => {
      const port = await freePort()
      const child = spawn(
        process.execPath,
        [main, 'serve', '--port', String(port), '--json', ...words],
        { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
      )
      children.push(child)
      let log = ''
      child.stderr.on('data', chunk => {
        log += chunk
      })
      await new Promise((resolve, reject) => {
        child.stdout.once('data', resolve)
        child.once('exit', code => reject(new Error(`serve ended with ${code}: ${log}`)))
      })
      const ended = new Promise<number | null>(done => child.once('exit', done))
      return {
        child,
        port,
        url: `http://localhost:${port}`,
        log: () => log,
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
      }
    },
  }
}
