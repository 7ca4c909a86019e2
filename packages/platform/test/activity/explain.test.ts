/** Every failure that an app's developer can meet, by the real endpoints, and what its log says of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LogEntry, readEntries } from '../../src/activity/request-log.ts'
import { disconnectApp } from '../../src/connection/connected-apps.ts'
import { findApp, suspendApp } from '../../src/developer/app.ts'
import { listSecrets, newSecret, revokeSecret } from '../../src/developer/secret.ts'
import {
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  post,
  redirectUri,
  refresh,
  type Setup,
  setup,
} from '../setup.ts'

/** The newest entry of the fixture's app. */
async function newest({ platform, app }: Setup): Promise<LogEntry> {
  await platform.activity.flush()
  const { entries } = await readEntries(platform.store, app.id, { show: 'failed' }, 1)
  assert.ok(entries[0], 'nothing was logged')
  return entries[0]
}

const verifier = 'v'.repeat(43)
const challenge = 'Sz5u0DJ3HuoPPHHyZ7JUPiKT9z6lqTKhCMCSzVJg3Wk'

interface Case {
  readonly name: string
  readonly make: (fixture: Setup) => Promise<unknown>
  readonly says: RegExp
  readonly outcome?: 'failed' | 'stranger'
}

const authorizing =
  (sent: string, registered = redirectUri) =>
  async (fixture: Setup) => {
    if (registered !== redirectUri) {
      await fixture.platform.store.write(tx =>
        tx.run('update app set redirect_uris = $1', JSON.stringify([registered])),
      )
    }
    const query = new URLSearchParams({ clientId: fixture.app.clientId, redirect_uri: sent })
    const page = await fixture.browser().get(`/page/vendor-auth.html?${query}`)
    assert.equal(page.status, 400)
  }

const withSecret = (secret: string) => (fixture: Setup) =>
  post(
    fixture.platform,
    '/oauth/token',
    { grant_type: 'refresh_token', refresh_token: 'x' },
    {
      Authorization: `Basic ${Buffer.from(`${fixture.app.clientId}:${secret}`).toString('base64')}`,
    },
  )

const redirects: readonly Case[] = (
  [
    ['a trailing slash', `${redirectUri}/`, /but the registered one is .*: the trailing slash\.$/],
    ['letter case', 'https://vendor.example/Callback', /letter case differs/],
    ['http', 'http://vendor.example/callback', /http instead of https/],
    ['the port', 'https://vendor.example:8443/callback', /the port differs/],
    ['the host', 'https://www.vendor.example/callback', /the host differs/],
    ['the path', 'https://vendor.example/oauth', /the path differs/],
    ['the query', `${redirectUri}?tenant=7`, /the query string differs/],
    ['double encoding', encodeURIComponent(redirectUri), /percent-encoded twice/],
    ['a fragment', `${redirectUri}#x`, /the fragment/],
    ['another address', 'https://other.example/', /two different addresses/],
  ] as const
).map(([name, sent, says]) => ({ name, make: authorizing(sent), says, outcome: 'stranger' }))

const cases: readonly Case[] = [
  ...redirects,
  {
    name: 'a redirect URL of another app of the vendor',
    make: async fixture => {
      const redirectUris = ['https://sister.example/cb']
      await makeApp(fixture.platform, { name: 'Acme Mailer', redirectUris })
      await authorizing('https://sister.example/cb')(fixture)
    },
    says: /belongs to your other app Acme Mailer/,
    outcome: 'stranger',
  },
  {
    name: 'a redirect URL of another vendor',
    make: async fixture => {
      const redirectUris = ['https://rival.example/cb']
      await makeApp(fixture.platform, { vendor: 'Rival', name: 'Rival App', redirectUris })
      await authorizing('https://rival.example/cb')(fixture)
    },
    says: /^(?!.*Rival App).*two different addresses/,
    outcome: 'stranger',
  },
  {
    name: 'an authorization error that is redirected',
    make: fixture =>
      fixture
        .browser()
        .get(`/oauth/authorize?client_id=${fixture.app.clientId}&response_type=token`),
    says: /response_type must be code/,
    outcome: 'stranger',
  },
  {
    name: 'an exchange with another redirect URL',
    make: async fixture =>
      exchange(fixture, await freshCode(fixture, { redirect_uri: redirectUri }), {
        redirect_uri: `${redirectUri}/`,
      }),
    says: /but the code was sent to .*: the trailing slash/,
  },
  {
    name: 'an exchange without the redirect URL',
    make: async fixture =>
      exchange(fixture, await freshCode(fixture, { redirect_uri: redirectUri })),
    says: /redirect_uri is missing/,
  },
  {
    name: 'a code that is too old',
    make: async fixture => {
      const code = await freshCode(fixture)
      fixture.clock.forward(420)
      await exchange(fixture, code)
    },
    says: /^The code was issued 7 minutes ago and lives 5 minutes/,
  },
  {
    name: 'a code that was used before',
    make: async fixture => {
      const code = await freshCode(fixture)
      fixture.clock.forward(62)
      await exchange(fixture, code)
      fixture.clock.forward(60)
      await exchange(fixture, code)
    },
    says: /^The code had been used before on Jan 5 at 09:01 UTC; .* the connection was disconnected on Jan 5 at 09:02 UTC/,
  },
  {
    name: 'a code of another app of the vendor',
    make: async fixture => {
      const app = await makeApp(fixture.platform, { name: 'Acme Mailer' })
      await exchange(fixture, await freshCode({ ...fixture, app }))
    },
    says: /belongs to your other app Acme Mailer/,
  },
  {
    name: 'a code of another vendor',
    make: async fixture => {
      const app = await makeApp(fixture.platform, { vendor: 'Rival', name: 'Rival App' })
      await exchange(fixture, await freshCode({ ...fixture, app }))
    },
    says: /^The code was issued to another app\.$/,
  },
  {
    name: 'half a code',
    make: async fixture => exchange(fixture, (await freshCode(fixture)).slice(0, 60)),
    says: /it has 60 characters instead of 89/,
  },
  {
    name: 'a changed code',
    make: async fixture => exchange(fixture, `${(await freshCode(fixture)).slice(0, -3)}AAA`),
    says: /was changed on its way/,
  },
  {
    name: 'an access token as code',
    make: async fixture => exchange(fixture, (await connect(fixture)).access_token),
    says: /An access token was sent where the code belongs/,
  },
  {
    name: 'something else as code',
    make: fixture => exchange(fixture, 'abc'),
    says: /none of this platform’s: those begin with lk_ac_/,
  },
  {
    name: 'no code',
    make: fixture =>
      post(
        fixture.platform,
        '/oauth/token',
        { grant_type: 'authorization_code' },
        fixture.app.basic,
      ),
    says: /code is missing/,
    outcome: 'stranger',
  },
  {
    name: 'a verifier that does not fit',
    make: async fixture => {
      const asked = { code_challenge: challenge, code_challenge_method: 'S256' }
      await exchange(fixture, await freshCode(fixture, asked), { code_verifier: verifier })
    },
    says: /^The verifier does not fit the challenge/,
  },
  {
    name: 'the challenge as verifier',
    make: async fixture => {
      const asked = { code_challenge: challenge, code_challenge_method: 'S256' }
      await exchange(fixture, await freshCode(fixture, asked), { code_verifier: challenge })
    },
    says: /was the code_challenge itself/,
  },
  {
    name: 'a verifier nobody asked for',
    make: async fixture => exchange(fixture, await freshCode(fixture), { code_verifier: verifier }),
    says: /had no code_challenge/,
  },
  {
    name: 'a revoked secret',
    make: async fixture => {
      const { platform, app, clock } = fixture
      await newSecret(platform.store, app.id, 'operator', clock.now())
      const old = (await listSecrets(platform.store, app.id, clock.now())).at(-1)
      const about = { appId: app.id, secretId: old?.id ?? 0, end: clock.now() }
      await revokeSecret(platform.store, about, 'operator', clock.now())
      clock.forward(3600)
      await withSecret(app.secret ?? '')(fixture)
    },
    says: /^The client secret ends in ….{4}, which was revoked on Jan 5 at 09:00 UTC\.$/,
    outcome: 'stranger',
  },
  {
    name: 'the secret of another app of the vendor',
    make: async fixture => {
      const other = await makeApp(fixture.platform, { name: 'Acme Mailer' })
      await withSecret(other.secret ?? '')(fixture)
    },
    says: /is the one of your other app Acme Mailer/,
    outcome: 'stranger',
  },
  {
    name: 'the secret of another vendor',
    make: async fixture => {
      const other = await makeApp(fixture.platform, { vendor: 'Rival', name: 'Rival App' })
      await withSecret(other.secret ?? '')(fixture)
    },
    says: /^The client secret is none of this app’s/,
    outcome: 'stranger',
  },
  {
    name: 'a secret with a line break',
    make: async fixture => withSecret(`${fixture.app.secret}\n`)(fixture),
    says: /a blank or a line break/,
    outcome: 'stranger',
  },
  {
    name: 'half a secret',
    make: async fixture => withSecret(fixture.app.secret?.slice(0, 30) ?? '')(fixture),
    says: /it has 30 characters instead of 49/,
    outcome: 'stranger',
  },
  {
    name: 'the Client ID as secret',
    make: async fixture => withSecret(fixture.app.clientId)(fixture),
    says: /A Client ID was sent where the client_secret belongs/,
    outcome: 'stranger',
  },
  {
    name: 'no secret',
    make: async fixture => withSecret('')(fixture),
    says: /No client_secret was sent/,
    outcome: 'stranger',
  },
  {
    name: 'a refresh after the user disconnected',
    make: async fixture => {
      const { refresh_token } = await connect(fixture)
      const { platform, app, user, clock } = fixture
      const about = { accountId: user.id, appId: app.id }
      await disconnectApp(platform.store, about, clock.now())
      await refresh(fixture, refresh_token)
    },
    says: /^The user disconnected the app on Jan 5 at 09:00 UTC/,
  },
  {
    name: 'a refresh token that is too old',
    make: async fixture => {
      const { refresh_token } = await connect(fixture)
      fixture.clock.forward(181 * 86_400)
      await refresh(fixture, refresh_token)
    },
    says: /was issued 181 days ago and lives 180 days/,
  },
  {
    name: 'an access token that is too old',
    make: async fixture => {
      const { access_token } = await connect(fixture)
      fixture.clock.forward(4000)
      assert.equal((await me(fixture.platform, access_token)).status, 401)
    },
    says: /^The access token was issued 67 minutes ago and lives 60 minutes/,
  },
  {
    name: 'a refresh token at the API',
    make: async fixture => me(fixture.platform, (await connect(fixture)).refresh_token),
    says: /A refresh token was sent where the access token belongs/,
  },
  {
    name: 'an API call after the app revoked its token',
    make: async fixture => {
      const { access_token } = await connect(fixture)
      await post(fixture.platform, '/oauth/revoke', { token: access_token }, fixture.app.basic)
      await me(fixture.platform, access_token)
    },
    says: /^The app itself disconnected/,
  },
  {
    name: 'an API call without the permission',
    make: async fixture => {
      await fixture.platform.store.write(tx => tx.run(`update app set permissions = ''`))
      await me(fixture.platform, (await connect(fixture)).access_token)
    },
    says: /needs profile:read; the connection has none/,
  },
  {
    name: 'an API call too many',
    make: async fixture => {
      const { access_token } = await connect(fixture)
      for (let i = 0; i < 4; i++) await me(fixture.platform, access_token)
    },
    says: /had used up its 3 calls of this minute/,
  },
  {
    name: 'a suspended app',
    make: async fixture => {
      const { refresh_token } = await connect(fixture)
      const app = await findApp(fixture.platform.store, fixture.app.clientId)
      if (app) await suspendApp(fixture.platform.store, app, 'operator', fixture.clock.now())
      await refresh(fixture, refresh_token)
    },
    says: /suspended/,
  },
  {
    name: 'a secret in the URL',
    make: fixture =>
      fixture.platform.fetch(
        new Request(
          `http://localhost:4400/api/user-web/oauth/token?client_id=${fixture.app.clientId}&client_secret=${fixture.app.secret}`,
          { method: 'POST' },
        ),
      ),
    says: /client_secret must not be in the URL/,
    outcome: 'stranger',
  },
]

describe('the request log explains', () => {
  for (const { name, make, says, outcome = 'failed' } of cases) {
    test(name, async () => {
      const fixture = await setup({ limitApi: { development: 3, production: 3 } })
      await make(fixture)
      const entry = await newest(fixture)
      assert.match(entry.explanation, says)
      assert.equal(entry.outcome, outcome)
      await nothingSecret(fixture)
      await fixture.platform.close()
    })
  }
})

test('a handle or a secret in the wrong place is not written down', async () => {
  const fixture = await setup()
  const { platform, app } = fixture
  const { access_token, refresh_token } = await connect(fixture)
  const code = await freshCode(fixture)
  const secret = app.secret ?? ''
  const page = (query: Record<string, string>) =>
    fixture.browser().get(`/oauth/authorize?${new URLSearchParams(query)}`)
  for (const text of [access_token, refresh_token, code, secret]) {
    await page({ client_id: app.clientId, redirect_uri: `https://vendor.example/${text}` })
    await page({
      client_id: app.clientId,
      redirect_uri: `https://vendor.example/callback?a=${text}`,
    })
    await page({ client_id: app.clientId, redirect_uri: `https://${text}@vendor.example/callback` })
    await page({ client_id: app.clientId, redirect_uri: text })
    await page({ client_id: app.clientId, response_type: text, state: text, scope: text })
    await exchange(fixture, text, { redirect_uri: text, code_verifier: text, scope: text })
    await refresh(fixture, text, { client_id: text })
    await post(platform, '/oauth/token', { grant_type: text, client_secret: text }, app.basic)
    await post(platform, '/oauth/token', { client_id: text, client_secret: text })
    await post(platform, '/oauth/revoke', {
      client_id: app.clientId,
      client_secret: text,
      token: text,
    })
    await me(platform, text)
    await withSecret(text)(fixture)
    await nothingSecret(fixture)
  }
  const { entries } = await readEntries(platform.store, app.id, { show: 'all' }, 100)
  assert.ok(entries.length > 10)
})

/** No row of the log or the figures holds what opens something. */
async function nothingSecret({ platform, app }: Setup): Promise<void> {
  await platform.activity.flush()
  const rows = [
    ...(await platform.store.read('select * from app_request')),
    ...(await platform.store.read('select * from app_hour')),
  ]
  const text = JSON.stringify(rows)
  assert.doesNotMatch(text, /lk_(?:ac|at|rt|sk)_[\w-]/)
  assert.doesNotMatch(text, /Basic|Bearer /)
  assert.ok(!text.includes(app.secret ?? 'x'))
  assert.ok(!text.includes(verifier) && !text.includes(challenge))
}
