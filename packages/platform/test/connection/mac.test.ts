import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createMac } from '../../src/connection/mac.ts'

/** RFC 4231 §4, the cases whose data is text and whose output is not truncated. */
const vectors: [string, Buffer, string, string][] = [
  [
    '4.2',
    Buffer.alloc(20, 0x0b),
    'Hi There',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    '4.3',
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    '4.7',
    Buffer.alloc(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
]

describe('createMac', () => {
  for (const [section, key, data, expected] of vectors) {
    test(`RFC 4231 §${section}`, () => {
      assert.equal(Buffer.from(createMac(key)(data), 'base64url').toString('hex'), expected)
    })
  }

  test('is HMAC-SHA256 for any key and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: 'grapheme' }),
        (key, text) => {
          assert.equal(
            createMac(key)(text),
            createHmac('sha256', key).update(text).digest('base64url'),
          )
        },
      ),
    )
  })

  test('a text that is too long is refused, not cut', () => {
    assert.throws(() => createMac(Buffer.alloc(32))('x'.repeat(16_385)), RangeError)
  })
})
