/** `latchkey serve --workers N`: several processes, one address. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { install, type ServingProcess } from './serving.ts'

/** Asks over a connection of its own each time, so that every worker gets some. */
async function ask(
  server: ServingProcess,
  path: string,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}${path}`, { headers: { Connection: 'close' } })
  return { status: answer.status, text: await answer.text() }
}

function counted(text: string, line: RegExp): number {
  return Number(line.exec(text)?.[1] ?? 'NaN')
}

const alive = /latchkey_requests_total\{route="\/healthz",status="200"\} (\d+)/

test('requests are shared out, and /metrics adds all of them up', async t => {
  const server = await install(t).serve('--workers', '3')
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(server, '/healthz')))
  assert.ok(answers.every(({ status }) => status === 200))
  for (let i = 0; i < 3; i++) {
    const { text } = await ask(server, '/metrics')
    assert.equal(counted(text, alive), 30)
    assert.equal(text.match(/^latchkey_process_start_time_seconds /gm)?.length, 1)
  }
})

test('a worker that dies is replaced; the others go on', async t => {
  const server = await install(t, { LATCHKEY_LOG: 'info' }).serve('--workers', '2')
  const workers = async () => {
    const seen = new Set<number>()
    for (let i = 0; i < 40; i++) {
      assert.equal((await ask(server, '/healthz')).status, 200)
    }
    for (const [, pid] of server.log().matchAll(/"worker":(\d+)/g)) seen.add(Number(pid))
    return seen
  }
  const before = await workers()
  assert.equal(before.size, 2)
  const [victim = 0] = before
  process.kill(victim, 'SIGKILL')
  while (!/A worker died/.test(server.log())) await new Promise(done => setTimeout(done, 20))
  for (let i = 0; i < 400 && (await workers()).size < 3; i++) {}
  assert.equal((await workers()).size, 3)
  assert.equal(await server.stop(), 0)
})

test('SIGTERM ends all of them, and the answers under way arrive', async t => {
  const server = await install(t, { LATCHKEY_LOG: 'info' }).serve('--workers', '2')
  const answers = Array.from({ length: 20 }, () => ask(server, '/readyz'))
  await answers[0]
  const code = server.stop()
  const settled = await Promise.allSettled(answers)
  for (const answer of settled) {
    if (answer.status === 'fulfilled') assert.equal(answer.value.status, 200)
  }
  assert.equal(await code, 0)
  const pids = [...server.log().matchAll(/"worker":(\d+)/g)].map(([, pid]) => Number(pid))
  assert.ok(pids.length > 0)
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a database in memory cannot be shared: wrong usage', t => {
  const { run } = install(t, { LATCHKEY_DATABASE: ':memory:' })
  const { code, err } = run('serve', '--workers', '2', '--port', '0')
  assert.equal(code, 2)
  assert.match(err, /need a database they share/)
})

test('a port that is taken is told once, and nothing stays behind', async t => {
  const holder = createServer()
  await new Promise<void>(done => holder.listen(0, '127.0.0.1', done))
  t.after(() => holder.close())
  const { port } = holder.address() as { port: number }
  const { code, err } = install(t).run('serve', '--workers', '2', '--port', String(port))
  assert.equal(code, 1)
  assert.match(err, /EADDRINUSE/)
})
