/**
 * Keys are rotated while two nodes serve, one of them with two workers: every exchange, refresh and call
 * meanwhile is answered as ever, by tokens of the old keys and of the new ones.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from '../cli/serving.ts'
import {
  type Answered,
  type Cluster,
  cluster,
  type Engine,
  exchangeAt,
  meAt,
  type Node,
  refreshAt,
} from './node.ts'

const rotations = 3
const vendors = 6
/** So many requests are answered after each key has begun to sign on every node. */
const more = 300

export async function rotateUnderLoad(t: TestContext, engine: Engine): Promise<void> {
  const place = await cluster(t, engine)
  const nodes = await Promise.all([place.node(), place.node('--workers', '2')])
  const load = startLoad(place, nodes)
  t.after(load.stop)
  const until = async (enough: () => boolean) => {
    while (!enough() && load.isWell()) await sleep(10)
  }
  await until(() => load.answered() > more)
  for (let round = 0; round < rotations; round++) {
    const key = await rotate(place)
    await until(() => nodes.every(node => load.keysOf(node).has(key)))
    const goal = load.answered() + more
    await until(() => load.answered() > goal)
  }
  await load.stop()
  for (const node of nodes) assert.equal(load.keysOf(node).size, rotations + 1)
}

async function rotate({ environment }: Cluster): Promise<number> {
  const child = spawn(process.execPath, [main, 'keys', 'rotate', '--json'], { env: environment })
  let out = ''
  for await (const chunk of child.stdout) out += chunk
  return JSON.parse(out).id
}

/** Each vendor connects, refreshes and calls, by way of all nodes; one token is as old as the test. */
function startLoad(place: Cluster, nodes: readonly Node[]) {
  const keys = new Map(nodes.map(node => [node, new Set<number>()]))
  let running = true
  let answered = 0
  const expect = (answer: Answered | null) => {
    assert.equal(answer?.status, 200, JSON.stringify(answer))
    answered += 1
    return answer?.body ?? {}
  }
  const work = async (i: number) => {
    const { app } = place.here
    const { id } = await place.user()
    let first: string | undefined
    for (let n = i; running; n++) {
      const node = nodes[n % nodes.length] as Node
      const other = nodes[(n + 1) % nodes.length] as Node
      const made = expect(await exchangeAt(node, app, await place.code(app, id)))
      keys.get(node)?.add(keyOf(made.access_token ?? ''))
      const { refresh_token = '', access_token = '' } = made
      first ??= refresh_token
      expect(await meAt(other, access_token))
      const next = expect(await refreshAt(other, app, refresh_token))
      keys.get(other)?.add(keyOf(next.access_token ?? ''))
      expect(await meAt(node, next.access_token ?? ''))
      expect(await refreshAt(node, app, first))
    }
  }
  const working = Promise.all(Array.from({ length: vendors }, (_, i) => work(i)))
  working.catch(() => {
    running = false
  })
  return {
    answered: () => answered,
    isWell: () => running,
    keysOf: (node: Node) => keys.get(node) ?? new Set<number>(),
    stop: () => {
      running = false
      return working
    },
  }
}

/** A handle begins with the id of the key that signed it. */
function keyOf(handle: string): number {
  return Buffer.from(handle.slice('lk_at_'.length), 'base64url').readUInt32BE(0)
}
