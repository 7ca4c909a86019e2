import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { authorize, setup } from '../setup.ts'

describe('RFC 8414 and RFC 9207', () => {
  test('RFC 8414 §2 the metadata names what there is', async () => {
    const { platform } = await setup()
    const response = await platform.fetch(
      new Request('http://localhost:4400/.well-known/oauth-authorization-server', {
        headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
      }),
    )
    const metadata = (await response.json()) as Record<string, string | string[]>
    const { url } = platform.settings
    assert.equal(metadata.issuer, url)
    for (const [name, path] of [
      ['authorization_endpoint', '/oauth/authorize'],
      ['token_endpoint', '/oauth/token'],
      ['revocation_endpoint', '/oauth/revoke'],
      ['introspection_endpoint', '/oauth/introspect'],
    ] as const) {
      assert.equal(metadata[name], url + path)
    }
    assert.deepEqual(metadata.response_types_supported, ['code'])
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
    assert.deepEqual(metadata.grant_types_supported, ['authorization_code', 'refresh_token'])
  })

  for (const decision of ['authorize', 'deny']) {
    test(`RFC 9207 §2 iss stands in the answer to ${decision}`, async () => {
      const fixture = await setup()
      const url = await authorize(fixture, { clientId: fixture.app.clientId }, { decision })
      assert.equal(url.searchParams.get('iss'), fixture.platform.settings.url)
    })
  }

  test('RFC 9207 §2 iss stands in a redirected error', async () => {
    const { platform, app } = await setup()
    const query = `client_id=${app.clientId}&response_type=token`
    const response = await platform.fetch(
      new Request(`http://localhost:4400/oauth/authorize?${query}`),
    )
    const url = new URL(response.headers.get('location') ?? '')
    assert.equal(url.searchParams.get('iss'), platform.settings.url)
  })
})
