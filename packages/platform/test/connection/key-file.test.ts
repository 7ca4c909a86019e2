import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  followKeyFile,
  readKeyFile,
  rotateKeyFile,
  rotationDelay,
} from '../../src/connection/key-file.ts'

describe('the key file', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const path = () => join(folder, 'inside', 'keys.json')

  test('is made on first use, readable by its owner alone, and then left as it is', () => {
    const first = readKeyFile(path(), true)
    assert.equal(statSync(path()).mode & 0o777, 0o600)
    assert.deepEqual(readKeyFile(path(), true), first)
  })

  test('is not made where it has to be there', () => {
    assert.throws(() => readKeyFile(path(), false), /There is no key file/)
  })

  test('rotation adds a key that signs later, and keeps the mode', () => {
    readKeyFile(path(), true)
    const key = rotateKeyFile(path(), 1_000_000)
    assert.equal(key.from, 1_000_000 + rotationDelay)
    assert.equal(readKeyFile(path(), false).length, 2)
    assert.equal(statSync(path()).mode & 0o777, 0o600)
  })

  const broken = [
    '',
    '{',
    '{"keys":[]}',
    '{"keys":[{"id":1,"secret":"short","from":0}]}',
    '[]',
    'null',
  ]
  for (const text of broken) {
    test(`refuses ${JSON.stringify(text)} and leaves it as it was`, () => {
      readKeyFile(path(), true)
      writeFileSync(path(), text)
      assert.throws(() => readKeyFile(path(), true), /Restore it from its backup/)
      assert.equal(readFileSync(path(), 'utf8'), text)
    })
  }

  test('a following ring takes a new key, and keeps the old ones when the file breaks', async () => {
    const problems: unknown[] = []
    const { ring, stop } = followKeyFile(path(), {
      create: true,
      onProblem: problem => problems.push(problem),
    })
    const [first] = ring.all
    assert.ok(first)
    const key = rotateKeyFile(path(), Date.now())
    while (!ring.byId(key.id)) await sleep(50)
    // What was derived once is not derived again.
    assert.equal(ring.byId(first.id), first)
    writeFileSync(path(), 'broken')
    while (problems.length === 0) await sleep(50)
    assert.ok(ring.byId(key.id))
    stop()
  })
})
