import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deactivateAccount, findAccount } from '../../src/accounts/account.ts'
import { findSession, startSession } from '../../src/accounts/session.ts'
import { findApp, resumeApp, suspendApp } from '../../src/developer/app.ts'
import {
  authorize,
  connect,
  exchange,
  freshCode,
  makeApp,
  makeUser,
  me,
  post,
  refresh,
  type Setup,
  setup,
  signIn,
} from '../setup.ts'

async function events(fixture: Setup): Promise<string[]> {
  const rows = await fixture.platform.store.read<{ kind: string; detail: string }>(
    "select kind, detail from audit_event where kind like 'connection.%' order by id",
  )
  return rows.map(({ kind, detail }) => `${kind.slice(11)}${detail && ` ${detail}`}`)
}

async function disconnectInBrowser(fixture: Setup): Promise<void> {
  const person = fixture.browser()
  await signIn(person, fixture.user.email)
  const page = await person.get(`/account/connections/disconnect?app=${fixture.app.clientId}`)
  await page.submit({})
}

describe('rule 1: confidential apps', () => {
  test('every refresh token stays valid for 180 days from its own issue', async () => {
    const fixture = await setup()
    const first = await connect(fixture)
    fixture.clock.forward(15_552_000 - 1)
    const second = await refresh(fixture, first.refresh_token)
    assert.equal(second.status, 200)
    assert.notEqual(second.body.refresh_token, first.refresh_token)
    fixture.clock.forward(1)
    assert.equal((await refresh(fixture, first.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await refresh(fixture, second.body.refresh_token)).status, 200)
  })

  test('twenty refreshes at once all succeed, and write nothing', async () => {
    const fixture = await setup()
    const { refresh_token } = await connect(fixture)
    const rows = 'select * from connection'
    const before = await fixture.platform.store.read(rows)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(fixture, refresh_token)),
    )
    assert.ok(answers.every(answer => answer.status === 200))
    assert.deepEqual(await fixture.platform.store.read(rows), before)
  })
})

describe('rule 3: a code works once', () => {
  test('fifty exchanges at once give exactly one 200', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(fixture, code)))
    assert.equal(answers.filter(answer => answer.status === 200).length, 1)
    assert.ok(
      answers.every(answer => answer.status === 200 || answer.body.error === 'invalid_grant'),
    )
    assert.deepEqual(await events(fixture), ['authorized', 'exchanged', 'disconnected replay'])
  })

  test('a second exchange that is wrong in another way changes nothing', async () => {
    const fixture = await setup()
    const other = await makeApp(fixture.platform, { name: 'Other' })
    const code = await freshCode(fixture)
    const { body } = await exchange(fixture, code)
    const wrongSecret = { Authorization: `Basic ${btoa(`${fixture.app.clientId}:wrong`)}` }
    await exchange({ ...fixture, app: other }, code)
    await exchange({ ...fixture, app: { ...fixture.app, basic: wrongSecret } }, code)
    await exchange(fixture, code, { redirect_uri: 'https://vendor.example/other' })
    await exchange(fixture, code, { code_verifier: 'x'.repeat(43) })
    assert.equal((await me(fixture.platform, body.access_token)).status, 200)
  })

  test('an exchange against a disconnect at once leaves nothing alive', async () => {
    for (let round = 0; round < 20; round++) {
      const fixture = await setup()
      const code = await freshCode(fixture)
      const person = fixture.browser()
      await signIn(person, fixture.user.email)
      const page = await person.get(`/account/connections/disconnect?app=${fixture.app.clientId}`)
      const [answer] = await Promise.all([exchange(fixture, code), page.submit({})])
      if (answer.status === 200) {
        assert.equal((await me(fixture.platform, answer.body.access_token)).status, 401)
        assert.equal((await refresh(fixture, answer.body.refresh_token)).status, 400)
      }
      assert.equal((await exchange(fixture, code)).status, 400)
    }
  })
})

describe('rule 4 and 5: several tokens, several connections', () => {
  test('a refresh does not end the older access tokens', async () => {
    const fixture = await setup()
    const first = await connect(fixture)
    const second = (await refresh(fixture, first.refresh_token)).body
    for (const token of [first.access_token, second.access_token]) {
      assert.equal((await me(fixture.platform, token)).status, 200)
    }
  })

  test('a second authorization is a second connection; revoking one leaves the other', async () => {
    const fixture = await setup()
    const first = await connect(fixture)
    const second = await connect(fixture)
    await post(fixture.platform, '/oauth/revoke', { token: first.refresh_token }, fixture.app.basic)
    assert.equal((await me(fixture.platform, first.access_token)).status, 401)
    assert.equal((await me(fixture.platform, second.access_token)).status, 200)
  })

  test('an app is one entry on the page, and its Disconnect ends all its connections', async () => {
    const fixture = await setup()
    const first = await connect(fixture)
    const second = await connect(fixture)
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get('/account/connections')
    assert.equal(page.html.match(/Acme Dialer<\/bdi><\/h2>/g)?.length, 1)
    await disconnectInBrowser(fixture)
    for (const tokens of [first, second]) {
      assert.equal((await me(fixture.platform, tokens.access_token)).status, 401)
      assert.equal((await refresh(fixture, tokens.refresh_token)).body.error, 'invalid_grant')
    }
    assert.deepEqual(
      (await events(fixture)).filter(event => event.startsWith('disc')),
      ['disconnected user', 'disconnected user'],
    )
  })

  test('a code that is not exchanged yet ends with Disconnect too', async () => {
    const fixture = await setup()
    const code = await freshCode(fixture)
    await disconnectInBrowser(fixture)
    assert.equal((await exchange(fixture, code)).body.error, 'invalid_grant')
  })

  test('a user who disconnects an app ends only their own connections', async () => {
    const fixture = await setup()
    const other = await makeUser(fixture.platform, 'eve@example.com', 0)
    const eve = { ...fixture, user: other }
    const [mine, theirs] = [await connect(fixture), await connect(eve)]
    await disconnectInBrowser(eve)
    assert.equal((await me(fixture.platform, theirs.access_token)).status, 401)
    assert.equal((await me(fixture.platform, mine.access_token)).status, 200)
  })

  test('nobody disconnects another user’s apps', async () => {
    const fixture = await setup()
    const tokens = await connect(fixture)
    const other = await makeUser(fixture.platform, 'eve@example.com', 0)
    const eve = fixture.browser()
    await signIn(eve, other.email)
    const { csrf = '' } = (await eve.get('/account/connections')).hidden('/sign-out')
    const form = { csrf, app: fixture.app.clientId }
    assert.equal((await eve.post('/account/connections/disconnect', form)).status, 200)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
  })
})

describe('rule 6: in force at once', () => {
  test('suspension stops everything, and resuming gives it back', async () => {
    const fixture = await setup()
    const { platform } = fixture
    const tokens = await connect(fixture)
    const code = await freshCode(fixture)
    const app = await findApp(platform.store, fixture.app.clientId)
    assert.ok(app)
    assert.equal(await suspendApp(platform.store, app, 'operator', 0), true)
    assert.equal(await suspendApp(platform.store, app, 'operator', 0), false)
    assert.equal((await me(platform, tokens.access_token)).status, 401)
    assert.equal((await refresh(fixture, tokens.refresh_token)).body.error, 'invalid_client')
    assert.equal((await exchange(fixture, code)).body.error, 'invalid_client')
    const page = await platform.fetch(
      new Request(`http://localhost:4400/page/vendor-auth.html?clientId=${fixture.app.clientId}`),
    )
    assert.equal(page.status, 403)
    assert.equal(page.headers.get('location'), null)
    assert.equal(await resumeApp(platform.store, app, 'operator', 0), true)
    assert.equal((await me(platform, tokens.access_token)).status, 200)
    assert.equal((await exchange(fixture, code)).status, 200)
  })

  test('an app suspended while the consent page is open is not connected', async () => {
    const fixture = await setup()
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    const app = await findApp(fixture.platform.store, fixture.app.clientId)
    assert.ok(app)
    await suspendApp(fixture.platform.store, app, 'operator', 0)
    const answer = await page.submit({ decision: 'authorize' })
    assert.equal(answer.status, 403)
    assert.equal(answer.location, null)
  })

  test('deactivation ends sessions and connections, for good', async () => {
    const fixture = await setup()
    const tokens = await connect(fixture)
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const account = await findAccount(fixture.platform.store, fixture.user.id)
    assert.ok(account)
    const ended = await deactivateAccount(fixture.platform.store, account, 'operator', 0)
    assert.equal(ended?.connections, 1)
    assert.equal(await deactivateAccount(fixture.platform.store, account, 'operator', 0), null)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 401)
    assert.equal((await refresh(fixture, tokens.refresh_token)).body.error, 'invalid_grant')
    assert.match((await person.get('/account/connections')).html, /name="password"/)
    const page = await person.get('/sign-in')
    const { email } = fixture.user
    assert.equal((await page.submit({ email, password: 'correct horse battery' })).status, 401)
    const [row] = await fixture.platform.store.read<{ revoked_because: string }>(
      'select revoked_because from connection',
    )
    assert.equal(row?.revoked_because, 'deactivation')
    const secret = await fixture.platform.store.write(tx =>
      startSession(tx, { accountId: fixture.user.id, agent: undefined }, 0),
    )
    assert.equal(await findSession(fixture.platform.store, secret, 1), null)
  })
})

describe('rule 9: consent', () => {
  const open = async (fixture: Setup, query: Record<string, string> = {}) => {
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const params = new URLSearchParams({ clientId: fixture.app.clientId, ...query })
    return { person, page: await person.get(`/page/vendor-auth.html?${params}`) }
  }

  test('is asked every time', async () => {
    const fixture = await setup()
    await connect(fixture)
    const { page } = await open(fixture)
    assert.match(page.html, /<button[^>]*value="authorize"[^>]*>Authorize<\/button>/)
    assert.match(page.html, /<button[^>]*value="deny"[^>]*>Deny<\/button>/)
  })

  test('names the app, its vendor, the redirect host, the permissions and who is signed in', async () => {
    const fixture = await setup()
    const { page } = await open(fixture)
    for (const word of [
      'Acme Dialer',
      'Acme',
      'vendor.example',
      'See who you are',
      'dana@example.com',
    ]) {
      assert.ok(page.html.includes(word), word)
    }
  })

  test('one page gives one outcome, however often it is sent', async () => {
    const fixture = await setup()
    const { page } = await open(fixture, { state: 's' })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => page.submit({ decision: 'authorize' })),
    )
    assert.equal(new Set(answers.map(answer => answer.location)).size, 1)
    assert.deepEqual(await events(fixture), ['authorized'])
  })

  test('authorize and deny at once give one of the two', async () => {
    for (let round = 0; round < 10; round++) {
      const fixture = await setup()
      const { page } = await open(fixture)
      const decisions = ['authorize', 'deny', 'authorize', 'deny']
      const answers = await Promise.all(decisions.map(decision => page.submit({ decision })))
      assert.equal(new Set(answers.map(answer => answer.location)).size, 1)
    }
  })

  test('the first decision stands', async () => {
    const fixture = await setup()
    const { page } = await open(fixture)
    const denied = await page.submit({ decision: 'deny' })
    const after = await page.submit({ decision: 'authorize' })
    assert.equal(after.location, denied.location)
    assert.match(denied.location ?? '', /error=access_denied/)
  })

  test('sent again after the exchange it does not give the used code away', async () => {
    const fixture = await setup()
    const { page } = await open(fixture)
    const answer = await page.submit({ decision: 'authorize' })
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const tokens = (await exchange(fixture, code)).body
    const again = await page.submit({ decision: 'authorize' })
    assert.equal(again.location, null)
    assert.match(again.html, /already connected/)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
  })

  test('a ticket is good for its own account, its own hour and its own signature', async () => {
    const fixture = await setup()
    const { page } = await open(fixture)
    const { ticket = '' } = page.hidden()
    const other = await makeUser(fixture.platform, 'eve@example.com', 0)
    const eve = fixture.browser()
    await signIn(eve, other.email)
    const evePage = await eve.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    assert.equal((await evePage.submit({ ticket, decision: 'authorize' })).status, 400)
    const [id, payload = '', mac] = ticket.split('.')
    const forged = JSON.parse(Buffer.from(payload, 'base64url').toString())
    forged.redirectUri = 'https://evil.example/'
    const text = Buffer.from(JSON.stringify(forged)).toString('base64url')
    assert.equal(
      (await page.submit({ ticket: `${id}.${text}.${mac}`, decision: 'authorize' })).status,
      400,
    )
    fixture.clock.forward(3600)
    assert.equal((await page.submit({ decision: 'authorize' })).status, 400)
    assert.deepEqual(await events(fixture), [])
  })

  test('without its form token, or from another site, it does nothing', async () => {
    const fixture = await setup()
    const { person, page } = await open(fixture)
    const { ticket = '', csrf = '' } = page.hidden()
    for (const form of [{ ticket }, { ticket, csrf: 'x' }, { ticket, csrf: `${csrf.slice(1)}x` }]) {
      const answer = await person.post('/oauth/consent', { ...form, decision: 'authorize' })
      assert.equal(answer.status, 403)
    }
    const crossSite = { 'Sec-Fetch-Site': 'cross-site' }
    const sent = { ticket, csrf, decision: 'authorize' }
    assert.equal((await person.post('/oauth/consent', sent, crossSite)).status, 403)
    assert.deepEqual(await events(fixture), [])
  })
})

describe('rule 12 and the article’s page', () => {
  test('clientId alone is enough, another scope is ignored', async () => {
    const fixture = await setup()
    const url = await authorize(fixture, { clientId: fixture.app.clientId, scope: 'leads' })
    assert.match(url.searchParams.get('code') ?? '', /^lk_ac_/)
    assert.deepEqual([...url.searchParams.keys()], ['code', 'iss'])
  })

  test('client_id is taken too, and both when they agree', async () => {
    const fixture = await setup()
    const { clientId } = fixture.app
    assert.ok((await authorize(fixture, { client_id: clientId })).searchParams.get('code'))
    assert.ok(
      (await authorize(fixture, { clientId, client_id: clientId })).searchParams.get('code'),
    )
  })

  test('the third address works like the standard one', async () => {
    const fixture = await setup()
    const query = { client_id: fixture.app.clientId, response_type: 'code', state: 's' }
    const url = await authorize(fixture, query, { path: '/api/user-web/oauth/authorize' })
    assert.ok(url.searchParams.get('code'))
  })
})
