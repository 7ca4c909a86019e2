/** What a browser keeps for us: for one purpose, unchanged, and for minutes only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openText, type Purpose, sealText } from '../../src/accounts/sealed.ts'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'

const keys = createKeyRing([newKey(0)])

/** Minutes that a text for the purpose is good. */
const lifetimes: Readonly<Record<Purpose, number>> = {
  'sign-in': 10,
  link: 10,
  pending: 10,
  authenticator: 10,
  challenge: 5,
}

const purposes = Object.keys(lifetimes) as Purpose[]

for (const purpose of purposes) {
  test(`${purpose}: opens for its purpose, for ${lifetimes[purpose]} minutes`, () => {
    const text = sealText(keys, purpose, { accountId: 1 }, 1_000)
    const end = 1_000 + lifetimes[purpose] * 60_000
    assert.deepEqual(openText(keys, purpose, text, end - 1), { accountId: 1 })
    assert.equal(openText(keys, purpose, text, end), null)
    for (const other of purposes) {
      if (other !== purpose) assert.equal(openText(keys, other, text, 1_000), null, other)
    }
    const older = text.replace('.1000.', '.9000.')
    assert.equal(openText(keys, purpose, older, 9_000), null)
    assert.equal(openText(createKeyRing([newKey(0)]), purpose, text, 1_000), null)
  })
}
