/**
 * Several nodes of one platform: `latchkey serve` as processes of their own, and the test itself as one
 * more, which makes codes without the pages and acts as operator.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { decide } from '../../src/connection/connection.ts'
import { signHandle } from '../../src/connection/handle.ts'
import { newConnectionId } from '../../src/connection/name.ts'
import { openStore } from '../../src/store/open.ts'
import { main } from '../cli/serving.ts'
import { freePort } from '../listening.ts'
import { freshDatabase, testDatabase } from '../postgres.ts'
import { makeApp, makeUser, redirectUri, type Setup, setup, type TestApp } from '../setup.ts'

export type Engine = 'SQLite' | 'PostgreSQL'

export interface Node {
  readonly port: number
  /** Kills it as the power does: nothing is finished. */
  kill(): Promise<void>
  /** Asks it to stop; its exit code once it has. */
  stop(): Promise<number | null>
  /** Starts it again on the same port. */
  start(): Promise<void>
}

export interface Answered {
  readonly status: number
  readonly body: Record<string, string>
}

export interface Cluster {
  /** The test's own node. */
  readonly here: Setup
  readonly environment: Record<string, string>
  /** Starts one more `serve`, with these flags. */
  node(...flags: string[]): Promise<Node>
  /** An account with a number of its own. */
  user(): Promise<{ id: number; email: string }>
  /** A code, as a click on Authorize makes it. */
  code(app: TestApp, accountId: number): Promise<string>
}

/**
 * A database of the engine, and the fixture on it; everything ends with the test. `server` is a
 * PostgreSQL server to make the database on.
 */
export async function cluster(
  t: TestContext,
  engine: Engine,
  server?: { readonly url: string },
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-nodes-'))
  const postgres =
    engine === 'PostgreSQL' ? await (server ? freshDatabase(server.url) : testDatabase()) : null
  const database = postgres?.url ?? join(folder, 'latchkey.db')
  const keys = join(folder, 'keys.json')
  const store = await openStore(database)
  await store.migrate()
  const environment = {
    PATH: process.env.PATH ?? '',
    LATCHKEY_DATABASE: database,
    LATCHKEY_KEYS: keys,
    LATCHKEY_LOG: 'silent',
    LATCHKEY_LIMIT_API: 'off',
    LATCHKEY_LIMIT_APP_AUTH: 'off',
    LATCHKEY_URL: 'http://localhost:4400',
  }
  const kills: (() => Promise<void>)[] = []
  const rotation = spawn(process.execPath, [main, 'keys', 'rotate'], { env: environment })
  await new Promise(done => rotation.once('exit', done))
  const here = await setup({ store, keys, now: Date.now, limitApi: null })
  t.after(async () => {
    for (const kill of kills) await kill()
    await here.platform.close()
    // A server of the test's own may be gone already, and its databases with it.
    await postgres?.stop().catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  })
  let people = 0
  return {
    here,
    environment,
    node: async (...flags) => {
      const node = await startNode(environment, flags)
      kills.push(node.kill)
      return node
    },
    user: () => makeUser(here.platform, `user-${people++}@example.com`, Date.now()),
    code: async (app, accountId) => {
      const id = newConnectionId(Date.now())
      const about = { permissions: 'profile:read', redirectUri, redirectUriSent: false }
      const decision = {
        ...about,
        id,
        appId: app.id,
        accountId,
        codeChallenge: null,
        granted: true,
      }
      const { created_at: issuedAt } = await decide(store, decision, Date.now())
      const handle = { kind: 'code', connectionId: id, generation: 0, issuedAt } as const
      return signHandle(here.platform.keys, handle)
    },
  }
}

async function startNode(
  environment: Record<string, string>,
  flags: readonly string[],
): Promise<Node> {
  const port = await freePort()
  let kill = async () => {}
  let stop: Node['stop'] = async () => null
  const start = async () => {
    const child = spawn(
      process.execPath,
      [main, 'serve', '--port', String(port), '--json', ...flags],
      {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const gone = new Promise<number | null>(done => child.once('exit', done))
    kill = async () => {
      child.kill('SIGKILL')
      await gone
    }
    stop = () => {
      child.kill('SIGTERM')
      return gone
    }
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', code => reject(new Error(`serve ended with ${code}`)))
    })
  }
  await start()
  return { port, start, kill: () => kill(), stop: () => stop() }
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Asks a node; `null` when no whole answer came back. */
export function ask(
  { port }: Pick<Node, 'port'>,
  path: string,
  { form, headers = {} }: { form?: Record<string, string>; headers?: Record<string, string> },
): Promise<Answered | null> {
  return new Promise(resolve => {
    const type = form && { 'Content-Type': 'application/x-www-form-urlencoded' }
    const options = { agent, port, host: '127.0.0.1', path, method: form ? 'POST' : 'GET' }
    const call = request({ ...options, headers: { ...headers, ...type } }, answer =>
      whole(answer).then(resolve),
    )
    call.on('error', () => resolve(null))
    call.end(form && String(new URLSearchParams(form)))
  })
}

async function whole(answer: IncomingMessage): Promise<Answered | null> {
  let text = ''
  try {
    for await (const chunk of answer) text += chunk
    return { status: answer.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) }
  } catch {
    return null
  }
}

export function exchangeAt(node: Pick<Node, 'port'>, app: TestApp, code: string) {
  return ask(node, '/oauth/token', {
    form: { grant_type: 'authorization_code', code },
    headers: app.basic,
  })
}

export function refreshAt(node: Pick<Node, 'port'>, app: TestApp, refresh_token: string) {
  return ask(node, '/oauth/token', {
    form: { grant_type: 'refresh_token', refresh_token },
    headers: app.basic,
  })
}

export function revokeAt(node: Pick<Node, 'port'>, app: TestApp, token: string) {
  return ask(node, '/oauth/revoke', { form: { token }, headers: app.basic })
}

export function meAt(node: Pick<Node, 'port'>, token: string) {
  return ask(node, '/v1.0/me', { headers: { Authorization: `Bearer ${token}` } })
}

/** The two kinds of apps whose refreshes differ. */
export async function bothApps({ here }: Cluster): Promise<{ steady: TestApp; rotating: TestApp }> {
  const rotating = await makeApp(here.platform, { name: 'Rotating', rotates: true })
  return { steady: here.app, rotating }
}
