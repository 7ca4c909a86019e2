/**
 * Redis for tests: the server that `LATCHKEY_TEST_REDIS` names, or a `redis-server` (or `valkey-server`)
 * of this machine, started for this process on a free port. npm ships none, so there may be none.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { listen } from './listen.ts'
import type { StandIn } from './redis-stand-in.ts'

/** True where there is a real Redis to be had. */
export function hasRedis(): boolean {
  return Boolean(process.env.LATCHKEY_TEST_REDIS ?? findServer())
}

/** A real Redis. Throws when there is none. */
export async function startRedis(): Promise<StandIn> {
  const given = process.env.LATCHKEY_TEST_REDIS
  if (given) return { url: given, stop: async () => {} }
  const program = findServer()
  if (!program) throw new Error('No redis-server on PATH, and LATCHKEY_TEST_REDIS is not set.')
  for (let tried = 1; ; tried++) {
    const started = await start(program)
    if (started) return started
    if (tried === 5) throw new Error(`${program} does not start.`)
  }
}

/** `null` when somebody else took the port in between. */
async function start(program: string): Promise<StandIn | null> {
  const holder = createServer()
  const port = await listen(holder)
  await new Promise(resolve => holder.close(resolve))
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'))
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const over = once(server, 'exit')
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    kill()
    await over
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = (async () => {
    for await (const line of createInterface(server.stdout)) {
      if (line.includes('Ready to accept connections')) return true
    }
    return false
  })()
  if (await Promise.race([ready, over.then(() => false)])) {
    server.stdout.resume()
    return { url: `redis://127.0.0.1:${port}`, stop }
  }
  await stop()
  return null
}

function findServer(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const programs = folders.flatMap(folder =>
    ['redis-server', 'valkey-server'].map(name => join(folder, name)),
  )
  return programs.find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
