/** What a vendor cannot be made with, and what its calls cannot be given: told at once, as wrong use. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMemoryStore, createVendor, lofty, newKey, type VendorOptions } from '../src/index.ts'
import { redirectUri, setup } from './setup.ts'

const good: VendorOptions = {
  clientId: 'app',
  clientSecret: 'secret',
  redirectUri,
  store: createMemoryStore(),
  keys: newKey(),
}

const bad: readonly [string, Record<string, unknown>][] = [
  ['no clientId', { clientId: '' }],
  ['a clientId that is no text', { clientId: 7 }],
  ['no clientSecret', { clientSecret: undefined }],
  ['an empty clientSecret', { clientSecret: '' }],
  ['no redirectUri', { redirectUri: undefined }],
  ['a redirectUri on plain http', { redirectUri: 'http://vendor.example/callback' }],
  ['a redirectUri with a fragment', { redirectUri: 'https://vendor.example/callback#x' }],
  ['a redirectUri with user info', { redirectUri: 'https://a:b@vendor.example/callback' }],
  ['no store', { store: undefined }],
  ['an unknown missingState', { missingState: 'maybe' }],
  ['a platform on plain http', { platform: 'http://platform.example' }],
  ['a token address on plain http', { platform: { ...lofty, tokenUrl: 'http://crm.lofty.com/' } }],
  ['no API address', { platform: { ...lofty, apiUrl: undefined } }],
  ['a bad revocation address', { platform: { ...lofty, revokeUrl: 'ftp://x/' } }],
  ['a negative time', { timeout: -1 }],
  ['a time that is no number', { lockTime: Number.NaN }],
  ['a time that is undefined', { maxWait: undefined }],
]

describe('options', () => {
  test('that are good are taken', () => {
    assert.ok(createVendor(good))
    for (const url of ['http://localhost:3000/cb', 'http://127.0.0.1/cb', 'http://[::1]:3000/cb']) {
      assert.ok(createVendor({ ...good, redirectUri: url }))
    }
  })

  for (const [title, change] of bad) {
    test(`${title} is refused, and the secret is not in the words`, () => {
      assert.throws(
        () => createVendor({ ...good, ...change } as VendorOptions),
        (error: { fault: string; message: string }) =>
          error.fault === 'usage' && !/\bsecret\b/.test(error.message),
      )
    })
  }

  test('a public app needs a platform with PKCE', async () => {
    const vendor = createVendor({ ...good, clientSecret: null })
    const request = new Request(redirectUri)
    await assert.rejects(vendor.connect(request, { user: 'ada' }), { fault: 'usage' })
  })

  test('users that a store could confuse are refused', async () => {
    const { vendor } = await setup()
    for (const user of ['a\0b', 'a\ud800', '\udc00']) {
      assert.throws(() => vendor.connection(user), { fault: 'usage' })
      assert.throws(() => vendor.connection('ada', user), { fault: 'usage' })
    }
  })
})
