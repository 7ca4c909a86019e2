import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Handle, type Kind, openHandle, signHandle } from '../../src/connection/handle.ts'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'

const key = newKey(0)
const keys = createKeyRing([key])
const kinds: readonly Kind[] = ['code', 'access', 'refresh']
const prefixes = { code: 'lk_ac_', access: 'lk_at_', refresh: 'lk_rt_' }
const issuedAt = Date.UTC(2026, 0, 5)
const handle = (kind: Kind): Handle & { kind: Kind } => ({
  kind,
  connectionId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  generation: 7,
  issuedAt,
})

describe('a handle', () => {
  for (const kind of kinds) {
    test(`${kind}: opens to what was signed`, () => {
      const text = signHandle(keys, handle(kind))
      assert.match(text, new RegExp(`^${prefixes[kind]}[A-Za-z0-9_-]{83}$`))
      assert.deepEqual(
        { ...openHandle(keys, text), connectionId: '' },
        { ...handle(kind), connectionId: '' },
      )
      assert.deepEqual(
        Buffer.from(openHandle(keys, text)?.connectionId ?? []),
        handle(kind).connectionId,
      )
    })

    test(`${kind}: every changed character is refused`, () => {
      const text = signHandle(keys, handle(kind))
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      for (let i = 0; i < text.length; i++) {
        for (const character of ['A', '_', '-', 'z', '0', '+', '/', '=', ' ', 'é']) {
          if (text[i] === character) continue
          const changed = text.slice(0, i) + character + text.slice(i + 1)
          assert.equal(openHandle(keys, changed), null, `character ${i} as ${character}`)
        }
      }
      // A letter from farther away whose low byte is the right one.
      for (let i = 0; i < text.length; i++) {
        const character = String.fromCharCode(text.charCodeAt(i) + 0x100)
        const changed = text.slice(0, i) + character + text.slice(i + 1)
        assert.equal(openHandle(keys, changed), null, `character ${i} as ${character}`)
        assert.notEqual(openHandle(keys, text), null)
      }
      // The last character carries two spare bits: no second spelling may open.
      for (const last of alphabet) {
        if (last === text.at(-1)) continue
        assert.equal(openHandle(keys, text.slice(0, -1) + last), null, `last character ${last}`)
      }
    })

    test(`${kind}: is not another kind`, () => {
      const text = signHandle(keys, handle(kind))
      for (const other of kinds) {
        if (other === kind) continue
        assert.equal(openHandle(keys, prefixes[other] + text.slice(6)), null)
      }
    })
  }

  const changes: [string, Partial<Handle>][] = [
    ['connection', { connectionId: randomBytes(16) }],
    ['generation', { generation: 8 }],
    ['issue time', { issuedAt: issuedAt + 1 }],
  ]
  for (const [what, change] of changes) {
    test(`another ${what} needs another MAC`, () => {
      const ours = signHandle(keys, handle('access'))
      const theirs = signHandle(keys, { ...handle('access'), ...change })
      assert.notEqual(ours, theirs)
      assert.equal(openHandle(keys, theirs.slice(0, 46) + ours.slice(46)), null)
    })
  }

  test('a key that is not in the ring opens nothing', () => {
    const text = signHandle(createKeyRing([newKey(0)]), handle('access'))
    assert.equal(openHandle(keys, text), null)
  })

  test('a key of the same id with another secret opens nothing', () => {
    const impostor = createKeyRing([{ ...newKey(0), id: key.id }])
    assert.equal(openHandle(keys, signHandle(impostor, handle('access'))), null)
  })

  test('after a rotation the older handles still open, and new ones carry the new key', () => {
    const rotated = createKeyRing([key, newKey(issuedAt + 1000)])
    const before = signHandle(rotated, handle('refresh'))
    assert.equal(before, signHandle(keys, handle('refresh')))
    const after = signHandle(rotated, { ...handle('refresh'), issuedAt: issuedAt + 1000 })
    assert.equal(openHandle(keys, after), null)
    assert.equal(openHandle(rotated, after)?.generation, 7)
    assert.equal(openHandle(rotated, before)?.generation, 7)
  })

  test('nothing but a handle opens, and nothing throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 89, maxLength: 89 })),
        text => {
          assert.equal(openHandle(keys, text), null)
          assert.equal(openHandle(keys, `lk_at_${text}`), null)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('any row survives the round trip', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        (kind, connectionId, generation, time) => {
          const text = signHandle(keys, { kind, connectionId, generation, issuedAt: time })
          const opened = openHandle(keys, text)
          assert.deepEqual(Uint8Array.from(opened?.connectionId ?? []), connectionId)
          assert.deepEqual(
            [opened?.kind, opened?.generation, opened?.issuedAt],
            [kind, generation, time],
          )
        },
      ),
    )
  })
})
