/** What an idle `latchkey serve` holds, and that it does so wherever its compiled sources are kept. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { install, type ServingProcess } from './serving.ts'

const megabyte = 1024

/** Resident memory of a process in kB. */
function resident({ child }: ServingProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
}

test('idle, on a database that is there, it holds under 120 MB', {
  skip: !existsSync('/proc/self/status'),
}, async t => {
  const installation = install(t)
  // The first start makes the database and fills the compile cache.
  assert.equal(await (await installation.serve()).stop(), 0)
  const server = await installation.serve()
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  await sleep(1_500)
  const held = resident(server)
  assert.ok(held > 0 && held < 120 * megabyte, `${held} kB`)
  assert.equal(await server.stop(), 0)
})

test('its compiled sources go where NODE_COMPILE_CACHE says', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-compiled-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const server = await install(t, { NODE_COMPILE_CACHE: folder }).serve()
  assert.equal(await server.stop(), 0)
  assert.equal(readdirSync(folder).length, 1)
})

test('where they cannot be kept it serves all the same, and says nothing', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-compiled-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'no-folder')
  writeFileSync(file, '')
  const server = await install(t, { NODE_COMPILE_CACHE: file, LATCHKEY_LOG: 'info' }).serve()
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.equal(await server.stop(), 0)
  for (const line of server.log().split('\n').filter(Boolean)) {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string }
    assert.deepEqual([level, msg], [30, 'request'])
  }
})

test('a server on SQLite loads nothing of what it may never need', async t => {
  const installation = install(t, { NODE_DEBUG: 'esm,module' })
  const server = await installation.serve()
  assert.equal(await server.stop(), 0)
  const loaded = server.log()
  assert.match(loaded, /node_modules\/pino\//)
  for (const name of ['pg', 'sharp', 'openid-client', 'nodemailer', '@simplewebauthn/server']) {
    assert.ok(!loaded.includes(`node_modules/${name}/`), name)
  }
})
