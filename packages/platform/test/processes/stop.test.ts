/** SIGTERM finishes what was begun; slow and broken clients hold up neither the stop nor the others. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { install, type ServingProcess } from '../cli/serving.ts'
import { startProxy } from '../store/proxy.ts'
import { cluster, exchangeAt } from './node.ts'

async function dial(t: TestContext, { port }: ServingProcess): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise(done => socket.once('connect', done))
  return socket
}

/** All that comes until the server closes. */
function everything(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  return new Promise(done => socket.once('close', () => done(text)))
}

const ready = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'

test('SIGTERM: requests that had arrived are answered, idle connections do not hold it up, exit 0', async t => {
  const server = await install(t).serve()
  const idle = await dial(t, server)
  idle.write(ready)
  await new Promise(done => idle.once('data', done))
  const halfway = await dial(t, server)
  const body = 'grant_type=refresh_token&refresh_token=x&client_id=x'
  halfway.write(
    `POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
  )
  // One answered on the same server shows that the half one has arrived.
  await fetch(`${server.url}/healthz`)
  const answered = everything(halfway)
  const under = await Promise.all(Array.from({ length: 30 }, () => dial(t, server)))
  const answers = under.map(everything)
  for (const socket of under) socket.write(ready)
  await new Promise(done => under.at(-1)?.once('data', done))
  const code = server.stop()
  await sleep(50)
  halfway.write(body.slice(20))
  assert.match(await answered, /^HTTP\/1\.1 401 [\s\S]*invalid_client/)
  for (const answer of answers) assert.match(await answer, /^HTTP\/1\.1 200 /)
  assert.equal(await code, 0)
})

test('slow, silent and broken clients by the hundred leave the others alone', async t => {
  const server = await install(t).serve()
  const bad = await Promise.all(Array.from({ length: 200 }, () => dial(t, server)))
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n'
  for (const [i, socket] of bad.entries()) {
    if (i % 5 === 0) socket.write('GET /v1.0/me HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    if (i % 5 === 1)
      socket.write(
        `POST /oauth/token HTTP/1.1\r\nHost: x\r\n${form}Content-Length: 60000\r\n\r\na=b`,
      )
    if (i % 5 === 2) socket.end('GET / HTTP/1.1\r\n')
    if (i % 5 === 3)
      socket.write(
        `POST /oauth/token HTTP/1.1\r\nHost: x\r\n${form}Transfer-Encoding: chunked\r\n\r\nffff\r\n`,
      )
    // Asks for a lot and reads nothing of it.
    if (i % 20 === 4) {
      socket.pause()
      socket.write('GET /docs/index.html HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200))
    }
  }
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`${server.url}/healthz`)
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), '{"status":"ok"}')
  }
  assert.equal(await server.stop(), 0)
})

for (const workers of ['1', '2']) {
  // The bound is the test's own: without an end to the wait the process outlives any patience.
  const about = `SIGTERM while PostgreSQL says nothing any more ends all the same (workers: ${workers})`
  test(about, { timeout: 60_000 }, async t => {
    const place = await cluster(t, 'PostgreSQL')
    const line = await startProxy(place.environment.LATCHKEY_DATABASE ?? '')
    t.after(line.stop)
    place.environment.LATCHKEY_DATABASE = line.url
    const node = await place.node('--workers', workers)
    const { id } = await place.user()
    const codes = await Promise.all(
      Array.from({ length: 40 }, () => place.code(place.here.app, id)),
    )
    const exchange = (code: string) => exchangeAt(node, place.here.app, code)
    for (const answer of await Promise.all(codes.splice(0, 20).map(exchange))) {
      assert.equal(answer?.status, 200)
    }
    line.silent = true
    const unanswered = codes.map(exchange)
    await sleep(300)
    assert.equal(await node.stop(), 0)
    for (const answer of await Promise.all(unanswered)) {
      assert.ok(answer === null || answer.status === 503, JSON.stringify(answer))
    }
  })
}
