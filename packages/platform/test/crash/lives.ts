/**
 * Fifty times: a serving process is killed in the middle of everything, started again, and asked about
 * all that it had answered. A kill leaves what was written to the page cache, so this shows that no
 * answer comes before its commit; that no commit comes before its sync is shown elsewhere.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  bothApps,
  type Cluster,
  cluster,
  type Engine,
  exchangeAt,
  meAt,
  type Node,
  refreshAt,
  revokeAt,
} from '../processes/node.ts'
import { randomFrom, seedOf } from '../seed.ts'
import type { TestApp } from '../setup.ts'

const rounds = 50
const livesARound = 24

/** What is known of one connection: only what an answer has said. */
interface Life {
  readonly app: TestApp
  readonly rotates: boolean
  readonly code: string
  /** How often the code was answered with tokens. */
  exchanges: number
  /** The tokens of the last answer. */
  access: string | null
  refresh: string | null
  /** A disconnect or a replay was answered. */
  ended: boolean
  /** Something was sent that may or may not have ended it. */
  unsure: boolean
}

export async function killRounds(t: TestContext, engine: Engine): Promise<void> {
  const random = randomFrom(seedOf(t))
  const place = await cluster(t, engine)
  const node = await place.node()
  const { id } = await place.user()
  const apps = await bothApps(place)
  const seen = { exchanged: 0, refreshed: 0, ended: 0, cut: 0 }
  for (let round = 0; round < rounds; round++) {
    const lives = await born(place, apps, id)
    const running = lives.map(life => live(node, life, random, seen))
    await sleep(5 + random() * 120)
    await node.kill()
    await Promise.all(running)
    await node.start()
    await Promise.all(lives.map(life => check(node, life)))
  }
  // The rounds were not idle, and the kill came in the middle of something.
  for (const [what, count] of Object.entries(seen))
    assert.ok(count > rounds / 2, `${what}: ${count}`)
}

async function born(place: Cluster, apps: Apps, accountId: number): Promise<Life[]> {
  return Promise.all(
    Array.from({ length: livesARound }, async (_, i) => {
      const rotates = i % 2 === 1
      const app = rotates ? apps.rotating : apps.steady
      const code = await place.code(app, accountId)
      const start = { exchanges: 0, access: null, refresh: null, ended: false, unsure: false }
      return { app, rotates, code, ...start }
    }),
  )
}

type Apps = Awaited<ReturnType<typeof bothApps>>

type Seen = { exchanged: number; refreshed: number; ended: number; cut: number }

/** Lives until the process is gone. */
async function live(node: Node, life: Life, random: () => number, seen: Seen): Promise<void> {
  const first = await exchangeAt(node, life.app, life.code)
  if (!first) return void seen.cut++
  assert.equal(first.status, 200, JSON.stringify(first))
  take(life, first.body)
  life.exchanges = 1
  seen.exchanged++
  for (;;) {
    const choice = random()
    const ends = choice < 0.12
    if (ends) life.unsure = true
    const answer = ends
      ? choice < 0.06
        ? await revokeAt(node, life.app, life.access ?? '')
        : await exchangeAt(node, life.app, life.code)
      : await refreshAt(node, life.app, life.refresh ?? '')
    if (!answer) return void seen.cut++
    if (ends) {
      assert.equal(answer.status, choice < 0.06 ? 200 : 400)
      life.ended = true
      seen.ended++
      return
    }
    assert.equal(answer.status, 200, JSON.stringify(answer))
    take(life, answer.body)
    seen.refreshed++
  }
}

function take(life: Life, body: Record<string, string>): void {
  life.access = body.access_token ?? null
  life.refresh = body.refresh_token ?? null
}

/** Everything that was answered is so; what was cut off is one way or the other, and not both. */
async function check(node: Node, life: Life): Promise<void> {
  if (life.exchanges === 0) return checkUnanswered(node, life)
  const called = await meAt(node, life.access ?? '')
  if (life.ended) return assert.equal(called?.status, 401, 'a disconnect came undone')
  if (life.unsure && called?.status === 401) return
  assert.equal(called?.status, 200, 'an answered token is lost')
  const both = await Promise.all([
    refreshAt(node, life.app, life.refresh ?? ''),
    refreshAt(node, life.app, life.refresh ?? ''),
  ])
  assert.deepEqual(
    both.map(answer => answer?.status),
    [200, 200],
    'an answered refresh token is lost',
  )
  if (life.rotates) {
    assert.equal(both[0]?.body.refresh_token, both[1]?.body.refresh_token, 'two live successors')
  }
  const replay = await exchangeAt(node, life.app, life.code)
  assert.equal(replay?.status, 400, 'a code was exchanged twice')
}

/** The exchange had no answer: it works now, or it took place, and is then a replay. Never twice. */
async function checkUnanswered(node: Node, life: Life): Promise<void> {
  const answers = [
    await exchangeAt(node, life.app, life.code),
    await exchangeAt(node, life.app, life.code),
  ]
  const exchanged = answers.filter(answer => answer?.status === 200)
  assert.ok(exchanged.length <= 1, 'a code was exchanged twice')
  for (const answer of exchanged) {
    assert.equal((await meAt(node, answer?.body.access_token ?? ''))?.status, 401)
  }
}
