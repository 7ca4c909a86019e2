import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { type Listening, listening } from '../listening.ts'
import { makeApp, signIn } from '../setup.ts'

/** What a person does between the two halves: follow the link, sign in, press the button. */
async function decide(fixture: Listening, url: URL, decision = 'authorize'): Promise<URL> {
  const person = fixture.browser()
  await signIn(person, fixture.user.email)
  const page = await person.get(url.pathname + url.search)
  return new URL((await page.submit({ decision })).location ?? 'missing:')
}

const redirectUri = 'https://vendor.example/callback'

describe('openid-client', () => {
  let fixture: Listening
  before(async () => {
    fixture = await listening()
  })
  after(() => fixture.serving.stop())

  for (const [name, auth] of [
    ['client_secret_basic', (secret: string) => client.ClientSecretBasic(secret)],
    ['client_secret_post', (secret: string) => client.ClientSecretPost(secret)],
  ] as const) {
    test(`discovers, authorizes with PKCE, exchanges, calls, introspects, refreshes and revokes: ${name}`, async () => {
      const { app } = fixture
      const config = await client.discovery(
        new URL(fixture.url),
        app.clientId,
        app.secret ?? '',
        auth(app.secret ?? ''),
        { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
      )
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const expectedState = client.randomState()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openApi',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
      })
      const callback = await decide(fixture, url)
      const tokens = await client.authorizationCodeGrant(config, callback, {
        pkceCodeVerifier,
        expectedState,
      })
      assert.equal(tokens.scope, 'openApi')
      const me = await client.fetchProtectedResource(
        config,
        tokens.access_token,
        new URL(`${fixture.url}/v1.0/me`),
        'GET',
      )
      assert.equal(((await me.json()) as { email: string }).email, fixture.user.email)
      const known = await client.tokenIntrospection(config, tokens.access_token)
      assert.equal(known.active, true)
      const fresh = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
      await client.tokenRevocation(config, fresh.refresh_token ?? '')
      assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false)
      await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token ?? ''), {
        error: 'invalid_grant',
      })
    })
  }

  test('understands a denial', async () => {
    const config = await client.discovery(
      new URL(fixture.url),
      fixture.app.clientId,
      fixture.app.secret ?? '',
      undefined,
      { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
    )
    const url = client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, state: 's' })
    const callback = await decide(fixture, url, 'deny')
    await assert.rejects(client.authorizationCodeGrant(config, callback, { expectedState: 's' }), {
      error: 'access_denied',
    })
  })
})

describe('oauth4webapi', () => {
  let fixture: Listening
  before(async () => {
    fixture = await listening()
  })
  after(() => fixture.serving.stop())
  const insecure = { [oauth.allowInsecureRequests]: true }

  test('a public app: discovery, PKCE, iss and state checked, rotation, revocation', async () => {
    const app = await makeApp(fixture.platform, {
      name: 'Native',
      isPublic: true,
      redirectUris: ['http://127.0.0.1/cb'],
    })
    const issuer = new URL(fixture.url)
    const as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    const self: oauth.Client = { client_id: app.clientId }
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = String(
      new URLSearchParams({
        client_id: app.clientId,
        response_type: 'code',
        redirect_uri: 'http://127.0.0.1:51763/cb',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
    )
    const callback = await decide(fixture, url)
    assert.equal(callback.port, '51763')
    const params = oauth.validateAuthResponse(as, self, callback, state)
    const auth = oauth.None()
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      self,
      await oauth.authorizationCodeGrantRequest(
        as,
        self,
        auth,
        params,
        'http://127.0.0.1:51763/cb',
        verifier,
        insecure,
      ),
    )
    const second = await oauth.processRefreshTokenResponse(
      as,
      self,
      await oauth.refreshTokenGrantRequest(as, self, auth, tokens.refresh_token ?? '', insecure),
    )
    assert.notEqual(second.refresh_token, tokens.refresh_token)
    const answer = await oauth.protectedResourceRequest(
      second.access_token,
      'GET',
      new URL('/v1.0/me', issuer),
      undefined,
      undefined,
      insecure,
    )
    assert.equal(answer.status, 200)
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, self, auth, second.access_token, insecure),
    )
    const ended = await oauth.refreshTokenGrantRequest(
      as,
      self,
      auth,
      second.refresh_token ?? '',
      insecure,
    )
    await assert.rejects(oauth.processRefreshTokenResponse(as, self, ended), {
      error: 'invalid_grant',
    })
  })
})
