import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { openHandle, signHandle } from '../../src/connection/handle.ts'
import { createKeyRing, type KeyRing, newKey } from '../../src/connection/keys.ts'
import { rememberingOpener } from '../../src/connection/opened.ts'

const plain = (handle: ReturnType<typeof openHandle>) =>
  handle && { ...handle, connectionId: Buffer.from(handle.connectionId).toString('hex') }

const token = (keys: KeyRing, connectionId = randomBytes(16)) =>
  signHandle(keys, { kind: 'access', connectionId, generation: 1, issuedAt: 5 })

describe('a token that was opened before', () => {
  test('says the same again, and a changed one says nothing', () => {
    const keys = createKeyRing([newKey(0)])
    const open = rememberingOpener(keys)
    const texts = Array.from({ length: 50 }, () => token(keys))
    for (let round = 0; round < 3; round++) {
      for (const text of texts) {
        assert.deepEqual(plain(open(text)), plain(openHandle(keys, text)))
        assert.equal(open(`${text.slice(0, -1)}!`), null)
        assert.equal(open(text.replace('lk_at_', 'lk_rt_')), null)
        assert.equal(open(`${text} `), null)
      }
    }
  })

  test('holds nothing of the buffer that it came in', () => {
    const keys = createKeyRing([newKey(0)])
    const open = rememberingOpener(keys)
    const text = token(keys)
    open(text)
    assert.equal(open(text)?.connectionId.buffer.byteLength, 16)
  })

  test('is computed once', () => {
    const ring = createKeyRing([newKey(0)])
    let computed = 0
    const counted = ring.all.map(key => ({
      ...key,
      mac: (text: string) => {
        computed++
        return key.mac(text)
      },
    }))
    const open = rememberingOpener({
      ...ring,
      byId: id => counted.find(key => key.id === id) ?? null,
    })
    const text = token(ring)
    for (let i = 0; i < 10; i++) open(text)
    assert.equal(computed, 1)
  })

  test('is worth nothing once its key has left the ring', () => {
    const [old, next] = [newKey(0), newKey(1)]
    let ring = createKeyRing([old])
    const following: KeyRing = {
      get all() {
        return ring.all
      },
      at: time => ring.at(time),
      byId: id => ring.byId(id),
    }
    const open = rememberingOpener(following)
    const text = token(ring)
    assert.ok(open(text))
    ring = createKeyRing([old, next])
    assert.ok(open(text))
    ring = createKeyRing([next])
    assert.equal(open(text), null)
  })

  test('is kept beside no more than some thousands, which give way to new ones', () => {
    const keys = createKeyRing([newKey(0)])
    let computed = 0
    const [key] = keys.all
    assert.ok(key)
    const counted = {
      ...key,
      mac: (text: string) => {
        computed++
        return key.mac(text)
      },
    }
    const open = rememberingOpener({ ...keys, byId: () => counted })
    for (let i = 0; i < 13_000; i++) assert.ok(open(token(keys)))
    const late = token(keys)
    open(late)
    const before = computed
    open(late)
    assert.equal(computed, before + 1, 'there is no room for it yet')
    for (let i = 0; i < 120_000; i++) open(late)
    const after = computed
    open(late)
    assert.equal(computed, after, 'those that nobody asks for have gone')
  })
})
