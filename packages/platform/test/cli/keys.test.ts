import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { install, main } from './serving.ts'

test('keys that are rotated by several commands at once are all kept', async t => {
  const { environment, json } = install(t)
  const first = json('keys', 'rotate')
  assert.equal(first.from, new Date(0).toISOString())
  const codes = await Promise.all(
    Array.from({ length: 5 }, () => {
      const child = spawn(process.execPath, [main, 'keys', 'rotate'], { env: environment })
      return new Promise(done => child.once('exit', done))
    }),
  )
  assert.deepEqual(codes, [0, 0, 0, 0, 0])
  const { keys } = JSON.parse(readFileSync(environment.LATCHKEY_KEYS ?? '', 'utf8'))
  assert.equal(keys.length, 6)
})

test('a key can wait until every node has the file', t => {
  const { json, run } = install(t)
  json('keys', 'rotate')
  const before = Date.now()
  const { from } = json('keys', 'rotate', '--in', '600')
  assert.ok(Date.parse(from ?? '') >= before + 600_000)
  for (const wrong of ['4', '-1', 'soon', '5.5']) {
    assert.equal(run('keys', 'rotate', `--in=${wrong}`).code, 2, wrong)
  }
})
