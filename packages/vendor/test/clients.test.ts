/** What docs/reference/clients.md says of another library, where that can be shown here. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { validateAuthResponse } from 'oauth4webapi'

test('oauth4webapi takes a denial without state for an error', () => {
  const answer = new URLSearchParams({ error: 'access_denied' })
  const platform = { issuer: 'https://platform.example' }
  assert.throws(
    () => validateAuthResponse(platform, { client_id: 'app' }, answer, 'the-state'),
    /response parameter "state" missing/,
  )
})

test('every test that the comparison names is there', () => {
  const page = new URL('../../../docs/reference/clients.md', import.meta.url)
  const named = [...readFileSync(page, 'utf8').matchAll(/\]\((\.\.[^)]+)\)/g)].map(
    ([, to = '']) => to,
  )
  assert.ok(named.length > 8)
  for (const path of named) {
    assert.ok(existsSync(fileURLToPath(new URL(path, page))), path)
  }
})
