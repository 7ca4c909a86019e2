/**
 * Rule 6: what an answer has ended is over for every request that starts after that answer, on every
 * node. Requests wait on sockets that are open already, and leave the moment the answer has come.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { deactivateAccount, findAccount } from '../../src/accounts/account.ts'
import { openHandle } from '../../src/connection/handle.ts'
import { connectionName } from '../../src/connection/name.ts'
import { findApp, resumeApp, suspendApp } from '../../src/developer/app.ts'
import { main } from '../cli/serving.ts'
import { randomFrom, seedOf } from '../seed.ts'
import { makeApp, type TestApp } from '../setup.ts'
import {
  type Cluster,
  cluster,
  type Engine,
  exchangeAt,
  meAt,
  type Node,
  refreshAt,
  revokeAt,
} from './node.ts'

const rounds = { disconnect: 150, suspend: 60, deactivate: 60, command: 6 }

interface Connected {
  readonly app: TestApp
  readonly accountId: number
  readonly access: string
  readonly refresh: string
}

/** A request that needs only to be sent. */
interface Armed {
  send(): Promise<number>
}

export async function ruleSix(t: TestContext, engine: Engine): Promise<void> {
  const random = randomFrom(seedOf(t))
  const place = await cluster(t, engine)
  const nodes = await Promise.all([place.node(), place.node(), place.node('--workers', '2')])
  const load = startLoad(
    nodes,
    await Promise.all(Array.from({ length: 6 }, () => join(place, nodes))),
  )
  t.after(load.stop)
  const pick = () => nodes[Math.floor(random() * nodes.length)] as Node

  for (let i = 0; i < rounds.disconnect; i++) {
    const one = await join(place, nodes)
    await holds(nodes, one, () =>
      revokeAt(pick(), one.app, random() < 0.5 ? one.access : one.refresh),
    )
  }
  for (let i = 0; i < rounds.suspend; i++) {
    const one = await join(place, nodes, await makeApp(place.here.platform, { name: `App ${i}` }))
    const app = await findApp(place.here.platform.store, one.app.clientId)
    if (!app) throw new Error('no app')
    const { store } = place.here.platform
    await holds(nodes, one, () => suspendApp(store, app, 'operator', Date.now()))
    await resumeApp(store, app, 'operator', Date.now())
    for (const node of nodes) assert.equal((await meAt(node, one.access))?.status, 200)
  }
  for (let i = 0; i < rounds.deactivate; i++) {
    const one = await join(place, nodes)
    const { store } = place.here.platform
    const account = await findAccount(store, one.accountId)
    if (!account) throw new Error('no account')
    await holds(nodes, one, () => deactivateAccount(store, account, 'operator', Date.now()))
  }
  for (let i = 0; i < rounds.command; i++) {
    const one = await join(place, nodes)
    const handle = openHandle(place.here.platform.keys, one.access)
    const name = connectionName(handle?.connectionId ?? new Uint8Array())
    await holds(nodes, one, () => command(place, ['connection', 'disconnect', name]))
  }
  assert.ok(load.answered() > 1_000, `the nodes were hardly busy: ${load.answered()}`)
  assert.deepEqual(load.unexpected(), [])
}

/** Somebody who is connected, by way of any node. */
async function join(
  place: Cluster,
  nodes: readonly Node[],
  app = place.here.app,
): Promise<Connected> {
  const { id } = await place.user()
  const code = await place.code(app, id)
  const node = nodes[id % nodes.length] as Node
  const answer = await exchangeAt(node, app, code)
  assert.equal(answer?.status, 200, JSON.stringify(answer))
  const { access_token: access = '', refresh_token: refresh = '' } = answer?.body ?? {}
  return { app, accountId: id, access, refresh }
}

/** Ends something, and asks every node the moment it is over. */
async function holds(
  nodes: readonly Node[],
  one: Connected,
  end: () => Promise<unknown>,
): Promise<void> {
  const armed = await Promise.all(
    nodes.flatMap(node => [armMe(node, one), armRefresh(node, one), armMe(node, one)]),
  )
  // They all know the connection, and may have kept it.
  for (const node of nodes) assert.equal((await meAt(node, one.access))?.status, 200)
  await end()
  const statuses = await Promise.all(armed.map(request => request.send()))
  for (const status of statuses) assert.ok(status === 401 || status === 400, `${status}`)
}

function armMe(node: Node, { access }: Connected): Promise<Armed> {
  return arm(node, `GET /v1.0/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${access}\r\n\r\n`)
}

function armRefresh(node: Node, { app, refresh }: Connected): Promise<Armed> {
  const body = `grant_type=refresh_token&refresh_token=${refresh}`
  const lines = [
    'POST /oauth/token HTTP/1.1',
    'Host: x',
    `Authorization: ${app.basic.Authorization}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ]
  return arm(node, `${lines.join('\r\n')}\r\n\r\n${body}`)
}

async function arm({ port }: Node, bytes: string): Promise<Armed> {
  const socket: Socket = connect(port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.setNoDelay(true)
  return {
    send: () =>
      new Promise((resolve, reject) => {
        let text = ''
        socket.once('error', reject)
        socket.on('data', chunk => {
          text += chunk.toString('latin1')
          const [, status] = /^HTTP\/1\.1 (\d{3}) [\s\S]*\r\n\r\n/.exec(text) ?? []
          if (!status) return
          socket.destroy()
          resolve(Number(status))
        })
        socket.write(bytes)
      }),
  }
}

/** Calls and refreshes on all nodes, without a pause, by connections that nobody ends. */
function startLoad(nodes: readonly Node[], connected: readonly Connected[]) {
  let running = true
  let answered = 0
  const unexpected: unknown[] = []
  const loops = connected.map(async (one, i) => {
    for (let n = i; running; n++) {
      const node = nodes[n % nodes.length] as Node
      const answer =
        n % 3 === 0 ? await refreshAt(node, one.app, one.refresh) : await meAt(node, one.access)
      answered += 1
      if (running && answer?.status !== 200) unexpected.push(answer)
    }
  })
  return {
    answered: () => answered,
    unexpected: () => unexpected,
    stop: async () => {
      running = false
      await Promise.all(loops)
    },
  }
}

function command({ environment }: Cluster, words: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [main, ...words], { env: environment, stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.once('exit', code => (code === 0 ? resolve(null) : reject(new Error(`exit ${code}`))))
  })
}
