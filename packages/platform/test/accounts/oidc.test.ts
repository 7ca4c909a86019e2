import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { deactivateAccount, findByEmail } from '../../src/accounts/account.ts'
import { makeUser, password, signIn } from '../setup.ts'
import {
  atProvider,
  know,
  noor,
  type Operator,
  operator,
  signInThere,
  toProvider,
  traveller,
} from './operator.ts'

let fixture: Operator
beforeEach(async () => {
  fixture = await operator()
})
afterEach(() => fixture.provider.stop())

const states: [string, string][] = [
  ['of 4,096 characters', randomBytes(3_072).toString('base64url')],
  [
    'of 4,096 bytes that all have to be encoded',
    randomBytes(8_192)
      .toString('latin1')
      .replaceAll(/[^\x80-\xff]/g, '')
      .slice(0, 2_048),
  ],
]
const rows = (sql: string) => fixture.platform.store.read<Record<string, unknown>>(sql)

describe('signing in through the operator’s provider', () => {
  test('the first time makes an account, and leads to where one was going', async () => {
    const page = await signInThere(traveller(fixture))
    assert.equal(page.path, '/docs/index.html')
    assert.match(page.html, /Noor Haddad/)
    assert.match(page.html, new RegExp(noor.email))
    const [account] = await rows("select * from account where email_key = 'noor@example.com'")
    assert.equal(account?.password_hash, null)
    const [identity] = await rows('select * from account_identity')
    const { issuer, subject, account_id } = identity ?? {}
    assert.deepEqual(
      { issuer, subject, account_id },
      { issuer: fixture.provider.issuer, subject: 'person-1', account_id: account?.id },
    )
    const events = await rows('select kind, actor, detail from audit_event order by id')
    const actor = `account:${account?.id}`
    assert.deepEqual(
      events.slice(-3).map(event => ({ ...event })),
      [
        { kind: 'account.created', actor, detail: '' },
        { kind: 'account.linked', actor, detail: issuer },
        { kind: 'session.started', actor, detail: issuer },
      ],
    )
  })

  test('the second time finds it, in another browser and under another email', async () => {
    await signInThere(traveller(fixture))
    know(fixture, 'person-1', { ...noor, email: 'noor@new.example', family_name: 'Haddad-Silva' })
    const page = await signInThere(traveller(fixture), { email: 'noor@new.example' })
    assert.match(page.html, /Noor Haddad-Silva/)
    assert.match(page.html, /noor@new\.example/)
    assert.equal((await rows('select id from account')).length, 2)
  })

  test('an email that somebody else has here is not taken over from the provider', async () => {
    await signInThere(traveller(fixture))
    know(fixture, 'person-1', { ...noor, email: fixture.user.email })
    const page = await signInThere(traveller(fixture), { email: fixture.user.email })
    assert.match(page.html, /noor@example\.com/)
    assert.equal((await findByEmail(fixture.platform.store, fixture.user.email))?.id, 1)
  })

  test('the same email under another subject is another person', async () => {
    await signInThere(traveller(fixture))
    fixture.people.delete('person-1')
    know(fixture, 'person-2', noor)
    const page = await signInThere(traveller(fixture))
    assert.equal(page.status, 409)
    assert.match(page.html, /You have an account already/)
    // Only the first person's own.
    assert.equal((await rows('select id from session')).length, 1)
  })

  test('no claim makes a reviewer', async () => {
    const claims = { is_reviewer: 1, isReviewer: true, reviewer: true, roles: ['reviewer'] }
    know(fixture, 'person-1', { ...noor, ...claims })
    await signInThere(traveller(fixture))
    assert.deepEqual(await rows('select id from account where is_reviewer <> 0'), [])
  })

  test('two at once make one account', async () => {
    const people = [traveller(fixture), traveller(fixture), traveller(fixture)]
    const backs = await Promise.all(
      people.map(async ({ here, there }) => atProvider(there, await toProvider(here))),
    )
    const pages = await Promise.all(
      people.map(({ here }, i) => here.get(`${backs[i]?.pathname}${backs[i]?.search}`)),
    )
    assert.deepEqual(
      pages.map(page => page.path),
      Array(3).fill('/docs/index.html'),
    )
    assert.equal((await rows('select id from account')).length, 2)
    assert.equal((await rows('select issuer from account_identity')).length, 1)
    assert.equal((await rows('select id from session')).length, 3)
  })

  test('from a vendor’s link, by way of the provider, to the page that asks, and on', async () => {
    const person = traveller(fixture)
    const consent = await person.here.get(
      `/page/vendor-auth.html?clientId=${fixture.app.clientId}&state=a%3Bb%2Cc`,
    )
    assert.match(consent.html, /to connect <strong><bdi>Acme Dialer/)
    const [, link = ''] = /href="(\/sign-in\/provider[^"]*)"/.exec(consent.html) ?? []
    const left = await person.here.get(link)
    const back = await atProvider(person.there, new URL(left.location ?? 'missing:'))
    const asked = await person.here.get(back.pathname + back.search)
    assert.match(asked.html, /Signed in as.*Noor Haddad/s)
    const done = new URL(
      (await asked.submit({ decision: 'authorize' }, '/oauth/consent')).location ?? 'missing:',
    )
    assert.match(done.searchParams.get('code') ?? '', /^lk_ac_/)
    assert.equal(done.searchParams.get('state'), 'a;b,c')
  })

  test('leads to no other host afterwards', async () => {
    for (const continueTo of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const page = await signInThere(traveller(fixture), { continueTo })
      assert.equal(page.path, '/', continueTo)
    }
  })

  for (const [what, state] of states) {
    test(`an app's state ${what} comes through, and the cookies fit`, async () => {
      const person = traveller(fixture)
      const query = new URLSearchParams({ clientId: fixture.app.clientId, state })
      const url = await toProvider(person.here, `/page/vendor-auth.html?${query}`)
      const kept = [...person.here.cookies].filter(([name]) => name.includes('provider'))
      assert.ok(kept.length > 1)
      for (const [name, value] of kept) assert.ok(name.length + value.length < 4_000)
      const back = await atProvider(person.there, url)
      const consent = await person.here.get(back.pathname + back.search)
      const answer = await consent.submit({ decision: 'authorize' })
      assert.equal(new URL(answer.location ?? 'missing:').searchParams.get('state'), state)
      assert.deepEqual(
        [...person.here.cookies.keys()].filter(name => name.includes('provider')),
        [],
      )
    })
  }

  test('a shorter way after a longer one leaves nothing of it', async () => {
    const person = traveller(fixture)
    await toProvider(person.here, `/docs/index.html?${randomBytes(4_000).toString('base64url')}`)
    assert.equal((await signInThere(person)).path, '/docs/index.html')
  })

  test('a link too long to be kept is said at once', async () => {
    const page = await fixture
      .browser()
      .get(`/sign-in/provider?continue=%2Fdocs%3F${randomBytes(9_000).toString('base64url')}`)
    assert.equal(page.status, 400)
    assert.match(page.html, /link is too long/)
  })

  test('a session that was planted before is not taken over, and the one before ends', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    const first = person.here.cookies.get('latchkey_session') ?? ''
    const back = await atProvider(person.there, await beginSignedIn(person.here, first))
    await person.here.get(back.pathname + back.search)
    const second = person.here.cookies.get('latchkey_session') ?? ''
    assert.notEqual(second, first)
    person.here.cookies.set('latchkey_session', first)
    assert.match((await person.here.get('/account/connections')).html, /Sign in with/)
  })

  /** A browser that begins signed out and comes back with a session. */
  async function beginSignedIn(here: { cookies: Map<string, string> }, session: string) {
    here.cookies.delete('latchkey_session')
    const url = await toProvider(here as ReturnType<Operator['browser']>)
    here.cookies.set('latchkey_session', session)
    return url
  }

  test('an account that is deactivated stays out, with its session', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    const { store } = fixture.platform
    const account = await findByEmail(store, noor.email)
    assert.ok(account)
    await deactivateAccount(store, account, 'operator', fixture.clock.now())
    assert.match((await person.here.get('/account/connections')).html, /Sign in with/)
    const page = await signInThere(person)
    assert.equal(page.status, 403)
    assert.match(page.html, /Your account is deactivated/)
    assert.equal((await rows('select id from session')).length, 0)
  })

  test('on https the cookie of a sign-in under way is __Host-, Secure, and short-lived', async () => {
    await fixture.provider.stop()
    fixture = await operator({ url: 'https://platform.example' })
    const response = await fixture.platform.fetch(
      new Request('https://platform.example/sign-in/provider'),
    )
    const cookie = response.headers.getSetCookie().find(text => text.includes('provider')) ?? ''
    assert.match(
      cookie,
      /^__Host-latchkey_provider=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
    const location = new URL(response.headers.get('location') ?? 'missing:')
    const { searchParams: sent } = location
    assert.equal(sent.get('redirect_uri'), 'https://platform.example/sign-in/callback')
    assert.equal(sent.get('code_challenge_method'), 'S256')
    assert.equal(sent.get('response_type'), 'code')
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.match(sent.get(name) ?? '', /^[\w-]{43}$/, name)
    }
    const secrets = ['state', 'nonce', 'code_challenge'].map(name => sent.get(name) ?? '')
    assert.equal(new Set(secrets).size, 3)
  })

  test('a person who goes back at the provider reads so', async () => {
    const { here, there } = traveller(fixture)
    const back = await atProvider(there, await toProvider(here), { cancel: 'yes' })
    const page = await here.get(back.pathname + back.search)
    assert.equal(page.status, 403)
    assert.match(page.html, /Acme did not sign you in/)
  })
})

describe('an email that has an account here', () => {
  beforeEach(async () => {
    await fixture.provider.stop()
    fixture = await operator({ passwords: true })
    know(fixture, 'person-7', { ...noor, email: fixture.user.email })
  })

  const arrive = (person = traveller(fixture)) =>
    signInThere(person, { email: fixture.user.email, continueTo: '/docs/index.html' })

  test('is not enough: nobody is signed in, nothing is linked', async () => {
    const person = traveller(fixture)
    const page = await arrive(person)
    assert.equal(page.status, 409)
    assert.equal(page.path, '/sign-in/link')
    assert.match(page.html, /dana@example\.com/)
    assert.equal(person.here.cookies.has('latchkey_session'), false)
    assert.deepEqual(await rows('select issuer from account_identity'), [])
  })

  test('is linked after signing in with the password, and a yes', async () => {
    const person = traveller(fixture)
    const page = await arrive(person)
    const [, href = ''] = /href="(\/sign-in\?[^"]*)"/.exec(page.html) ?? []
    const form = await person.here.get(href)
    const confirm = await form.submit({ email: fixture.user.email, password })
    assert.match(confirm.html, /Link <bdi>Acme<\/bdi> to your account\?/)
    assert.deepEqual(await rows('select issuer from account_identity'), [])
    const done = await confirm.submit({}, '/sign-in/link')
    assert.equal(done.path, '/docs/index.html')
    assert.equal(person.here.cookies.has('latchkey_link'), false)
    const [identity] = await rows('select subject, account_id, is_origin from account_identity')
    assert.deepEqual(
      { ...identity },
      { subject: 'person-7', account_id: fixture.user.id, is_origin: 0 },
    )
    const again = await arrive()
    assert.equal(again.path, '/docs/index.html')
    assert.match(again.html, /Dana Reyes/, 'the name here is kept')
  })

  for (const [what, state] of states) {
    test(`is linked on the way to an app with a state ${what}`, async () => {
      const person = traveller(fixture)
      const query = new URLSearchParams({ clientId: fixture.app.clientId, state })
      const continueTo = `/page/vendor-auth.html?${query}`
      await signInThere(person, { email: fixture.user.email, continueTo })
      await signIn(person.here, fixture.user.email)
      const asked = await person.here.get('/sign-in/link')
      const consent = await asked.submit({}, '/sign-in/link')
      const answer = await consent.submit({ decision: 'authorize' })
      assert.equal(new URL(answer.location ?? 'missing:').searchParams.get('state'), state)
      const left = [...person.here.cookies.keys()].filter(name => /provider|link/.test(name))
      assert.deepEqual(left, [])
    })
  }

  test('is not linked by a form of another site, or without a session', async () => {
    const person = traveller(fixture)
    await arrive(person)
    assert.equal((await person.here.post('/sign-in/link', {})).status, 403)
    const { csrf = '' } = (await person.here.get('/sign-in')).hidden('/sign-in')
    assert.equal((await person.here.post('/sign-in/link', { csrf })).status, 400)
    await signIn(person.here, fixture.user.email)
    assert.equal((await person.here.post('/sign-in/link', {})).status, 403)
    assert.deepEqual(await rows('select issuer from account_identity'), [])
  })

  test('is not linked ten minutes later, or with a cookie of another purpose', async () => {
    const person = traveller(fixture)
    await arrive(person)
    await signIn(person.here, fixture.user.email)
    const page = await person.here.get('/sign-in/link')
    fixture.clock.forward(600)
    assert.match((await page.submit({}, '/sign-in/link')).html, /This sign-in is over/)
    const other = fixture.browser()
    await toProvider(other)
    person.here.cookies.set('latchkey_link', other.cookies.get('latchkey_provider') ?? '')
    assert.match((await page.submit({}, '/sign-in/link')).html, /This sign-in is over/)
    assert.deepEqual(await rows('select issuer from account_identity'), [])
  })

  test('an identity that has an account meanwhile is not moved to another', async () => {
    const eve = await makeUser(fixture.platform, 'eve@example.com', 0)
    const linkFor = async (email: string) => {
      const person = traveller(fixture)
      await arrive(person)
      await signIn(person.here, email)
      return person.here.get('/sign-in/link')
    }
    const [mine, hers] = [await linkFor(fixture.user.email), await linkFor(eve.email)]
    await mine.submit({}, '/sign-in/link')
    const refused = await hers.submit({}, '/sign-in/link')
    assert.equal(refused.status, 409)
    assert.match(refused.html, /linked to another account/)
    assert.equal((await mine.submit({}, '/sign-in/link')).status, 400, 'its cookie is gone')
    const linked = await rows('select account_id from account_identity')
    assert.deepEqual(
      linked.map(row => row.account_id),
      [fixture.user.id],
    )
  })
})

describe('passwords beside a provider', () => {
  test('are not there unless asked for', async () => {
    const browser = fixture.browser()
    const page = await browser.get('/sign-in')
    assert.match(page.html, /Sign in with <bdi>Acme/)
    assert.doesNotMatch(page.html, /type="password"|\/sign-up|\/forgot-password/)
    assert.doesNotMatch((await browser.get('/')).html, /\/sign-up/)
    for (const path of ['/sign-up', '/sign-up/code', '/forgot-password', '/forgot-password/code']) {
      assert.equal((await browser.get(path)).status, 404, path)
    }
    const form = { email: fixture.user.email, password }
    assert.equal((await browser.post('/sign-in', form)).status, 405)
  })

  test('and then the collision page offers no password', async () => {
    know(fixture, 'person-7', { ...noor, email: fixture.user.email })
    const page = await signInThere(traveller(fixture), { email: fixture.user.email })
    assert.equal(page.status, 409)
    assert.doesNotMatch(page.html, /with your password/)
  })

  test('are there with LATCHKEY_PASSWORDS=on', async () => {
    await fixture.provider.stop()
    fixture = await operator({ passwords: true })
    const browser = fixture.browser()
    assert.match((await browser.get('/sign-in')).html, /Sign in with <bdi>Acme/)
    await signIn(browser, fixture.user.email)
    assert.match((await browser.get('/account/connections')).html, /Dana Reyes/)
    assert.equal((await browser.get('/forgot-password')).status, 200)
  })
})

describe('signing out', () => {
  test('ends our session, says that there is another one, and leads to its end', async () => {
    const { here, there } = traveller(fixture)
    await signInThere({ here, there })
    const out = await (await here.get('/account/connections')).submit({}, '/sign-out')
    assert.equal(out.path, '/signed-out')
    assert.match(out.html, /still be signed in at <bdi>Acme/)
    assert.equal((await rows('select id from session')).length, 0)
    const left = new URL((await here.get('/sign-out/provider')).location ?? 'missing:')
    assert.equal(left.origin, fixture.provider.issuer)
    const asked = await there.get(left.pathname + left.search)
    const ended = await asked.submit({ logout: 'yes' })
    assert.equal(ended.location, 'http://localhost:4400/signed-out')
    const again = await there.get(pathOf(await toProvider(here)))
    assert.match(again.html, /Sign in to Example accounts/, 'it asks for credentials again')
  })

  test('to switch accounts, the provider has to ask again', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    const consent = await person.here.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    const { csrf = '' } = consent.hidden('/sign-out')
    const back = `/page/vendor-auth.html?clientId=${fixture.app.clientId}`
    const page = await person.here.post('/sign-out', { csrf, continue: back })
    const [, href = ''] = /href="(\/sign-in\/provider[^"]*)"/.exec(page.html) ?? []
    const left = new URL(
      (await person.here.get(href.replaceAll('&amp;', '&'))).location ?? 'missing:',
    )
    assert.equal(left.searchParams.get('prompt'), 'login')
    const form = { email: noor.email, password: 'the password at the provider' }
    const asked = await person.there.get(pathOf(left))
    assert.match(asked.html, /Sign in to Example accounts/)
    const answer = new URL((await person.there.post(asked.path, form)).location ?? 'missing:')
    const done = await person.here.get(pathOf(answer))
    assert.match(done.html, /Signed in as.*Noor Haddad/s)
    assert.match(done.html, /Authorize/)
  })
})

const pathOf = ({ pathname, search }: URL) => pathname + search
