/** What the database keeps encrypted opens for its purpose alone, and outlives a rotation of the keys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decrypt, encrypt, isCurrent } from '../../src/connection/encrypted.ts'
import { createKeyRing, newKey } from '../../src/connection/keys.ts'
import { renewSigningSecrets, signedHeaders } from '../../src/webhooks/signing-secret.ts'
import { setupWithEndpoint } from '../webhooks/receiver.ts'

const [first, second] = [newKey(0), newKey(1_000)]
const old = createKeyRing([first])
const both = createKeyRing([first, second])

test('opens for its purpose, unchanged, with its key', () => {
  const text = encrypt(old, 'the secret', 'app 1', 0)
  assert.doesNotMatch(text, /the secret/)
  assert.notEqual(encrypt(old, 'the secret', 'app 1', 0), text)
  assert.equal(decrypt(both, text, 'app 1'), 'the secret')
  assert.equal(decrypt(both, text, 'app 2'), null)
  assert.equal(decrypt(createKeyRing([second]), text, 'app 1'), null)
  const impostor = createKeyRing([{ ...newKey(0), id: first.id }])
  assert.equal(decrypt(impostor, text, 'app 1'), null)
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'A' ? 'B' : 'A'
    const changed = text.slice(0, i) + other + text.slice(i + 1)
    const opened = decrypt(both, changed, 'app 1')
    // The last character of Base64 carries bits that mean nothing.
    assert.ok(opened === null || i === text.length - 1, `character ${i}`)
  }
  for (const garbage of ['', '.', `${first.id}..`, `${first.id}.${'A'.repeat(16)}.x`]) {
    assert.equal(decrypt(both, garbage, 'app 1'), null)
  }
})

test('is encrypted anew under the newer key, and then signs without the older one', async () => {
  const { platform, app, secret } = await setupWithEndpoint({ keyRing: old })
  const { store } = platform
  const event = { name: 'msg_1', app_id: app.id, body: '{}' }
  const signed = (ring: typeof old) => signedHeaders(store, ring, event, 2_000)
  const before = await signed(old)
  assert.equal(await signed(createKeyRing([second])), null)
  assert.equal(await renewSigningSecrets(store, both, 2_000), 1)
  assert.equal(await renewSigningSecrets(store, both, 2_000), 0)
  const [row] = await store.read<{ sealed: string }>('select sealed from webhook_secret')
  assert.ok(row && isCurrent(both, row.sealed, 2_000) && !row.sealed.includes(secret))
  assert.deepEqual(await signed(createKeyRing([second])), before)
})
