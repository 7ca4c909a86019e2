import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  authenticatorUri,
  newAuthenticatorSecret,
  stepOf,
} from '../../src/accounts/second-factor/authenticator.ts'

/** The secret of RFC 6238, appendix B: the ASCII digits 1 to 0, twice, in base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** Seconds, and the last six digits of the code in the appendix, which has eight. */
const vectors: readonly (readonly [number, string])[] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
]

describe('RFC 6238: codes of an authenticator app', () => {
  test('RFC 6238 appendix B: the vectors for SHA-1', () => {
    for (const [seconds, digits] of vectors) {
      assert.equal(stepOf(secret, digits, seconds * 1000), Math.floor(seconds / 30), digits)
    }
  })

  test('RFC 6238 §5.2: one step early or late is right, two are not', () => {
    const [seconds, digits] = [1_234_567_890, '005924']
    for (const [late, right] of [
      [-60, false],
      [-30, true],
      [30, true],
      [60, false],
    ] as const) {
      const step = stepOf(secret, digits, (seconds + late) * 1000)
      assert.equal(step, right ? Math.floor(seconds / 30) : null, `${late} seconds`)
    }
  })

  test('nothing but six digits is a code', () => {
    for (const text of ['', '28708', '2870822', '28708a', '２８７０８２', ' 287082', '94287082']) {
      assert.equal(stepOf(secret, text, 59_000), null, text)
    }
  })

  test('RFC 4226 §4, R6: a secret holds 160 bits, and the app is told whose it is', () => {
    const [one, other] = [newAuthenticatorSecret(), newAuthenticatorSecret()]
    assert.match(one, /^[A-Z2-7]{32}$/)
    assert.notEqual(one, other)
    const about = { platformName: 'A: B&C', email: 'd+e@example.com', secret: one }
    const uri = new URL(authenticatorUri(about))
    assert.equal(uri.protocol, 'otpauth:')
    assert.equal(uri.searchParams.get('issuer'), 'A: B&C')
    assert.equal(uri.searchParams.get('secret'), one)
  })
})
