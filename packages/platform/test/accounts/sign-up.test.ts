import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeEmailCode, useEmailCode } from '../../src/accounts/email-code.ts'
import { makeUser, password, type Setup, setup, signIn } from '../setup.ts'

const person = {
  firstName: 'Noor',
  lastName: 'Haddad',
  email: 'noor@example.com',
  password: 'a long enough one',
}

const digitsIn = (fixture: Setup) =>
  /\b\d{6}\b/.exec(fixture.mails.at(-1)?.text ?? '')?.[0] ?? 'none'

async function ask(fixture: Setup, form: Record<string, string> = person) {
  const browser = fixture.browser()
  const page = await (await browser.get('/sign-up?continue=%2Fdocs%2Findex.html')).submit(form)
  return { browser, page }
}

describe('signing up', () => {
  test('a code by email, an account, a session, and on to where one was going', async () => {
    const fixture = await setup()
    const { browser, page } = await ask(fixture)
    assert.equal(fixture.mails[0]?.to, person.email)
    assert.match(page.html, /noor@example.com/)
    const done = await page.submit({ code: digitsIn(fixture) }, '/sign-up/code')
    assert.equal(done.path, '/docs/index.html')
    assert.match((await browser.get('/account/connections')).html, /Noor Haddad/)
    await signIn(fixture.browser(), person.email)
  })

  test('a developer is asked for company and phone, a user is not', async () => {
    const fixture = await setup()
    const developer = { ...person, organization: 'Brightline', phone: '+1 555 010 0199' }
    for (const path of [
      '/sign-up?for=developer',
      '/sign-up?continue=%2Fdeveloper%2Fauthorizations',
    ]) {
      const form = await fixture.browser().get(path)
      assert.match(form.html, /<label for="organization">Company<\/label>/)
      const missing = await form.submit(person)
      assert.equal(missing.status, 400)
      assert.match(missing.html, /Enter the company you work for/)
      assert.match(missing.html, /Enter a phone number/)
    }
    const browser = fixture.browser()
    const page = await (await browser.get('/sign-up?for=developer')).submit(developer)
    const done = await page.submit({ code: digitsIn(fixture) }, '/sign-up/code')
    assert.equal(done.path, '/developer')
    // What is known already is filled in.
    assert.equal(done.hidden('/developer').name, 'Brightline')
    assert.equal(done.hidden('/developer').contactPhone, '+1 555 010 0199')
    for (const path of [
      '/sign-up',
      '/sign-up?continue=%2Fdevelopers',
      '/sign-up?continue=https%3A%2F%2Fx.example%2Fdeveloper',
    ]) {
      assert.doesNotMatch((await fixture.browser().get(path)).html, /organization/, path)
    }
  })

  test('the database keeps neither the digits nor the password', async () => {
    const fixture = await setup()
    await ask(fixture)
    const [row] = await fixture.platform.store.read<Record<string, unknown>>(
      'select * from email_code',
    )
    const text = JSON.stringify(row)
    assert.doesNotMatch(text, new RegExp(digitsIn(fixture)))
    assert.doesNotMatch(text, /a long enough one/)
  })

  test('five attempts and no more, however many come at once', async () => {
    const fixture = await setup()
    const { page } = await ask(fixture)
    const right = digitsIn(fixture)
    const wrong = right === '000000' ? '111111' : '000000'
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => page.submit({ code: wrong }, '/sign-up/code')),
    )
    assert.equal(answers.filter(answer => /not the code/.test(answer.html)).length, 5)
    const late = await page.submit({ code: right }, '/sign-up/code')
    assert.match(late.html, /no longer valid/)
  })

  test('ten minutes and no longer', async () => {
    const fixture = await setup()
    const { page } = await ask(fixture)
    fixture.clock.forward(600)
    const late = await page.submit({ code: digitsIn(fixture) }, '/sign-up/code')
    assert.equal(late.status, 400)
    assert.match(late.html, /no longer valid/)
  })

  test('a code works in the browser that asked for it, and nowhere else', async () => {
    const fixture = await setup()
    await ask(fixture)
    const thief = await ask(fixture, { ...person, email: 'thief@example.com' })
    const victimDigits = /\b\d{6}\b/.exec(fixture.mails[0]?.text ?? '')?.[0] ?? ''
    const answer = await thief.page.submit({ code: victimDigits }, '/sign-up/code')
    if (victimDigits !== digitsIn(fixture)) assert.match(answer.html, /not the code/)
  })

  test('a new code replaces nothing that was tried, and works', async () => {
    const fixture = await setup()
    const { page } = await ask(fixture)
    const again = await page.submit({}, '/sign-up/resend')
    assert.equal(fixture.mails.length, 2)
    const done = await again.submit({ code: digitsIn(fixture) }, '/sign-up/code')
    assert.equal(done.path, '/docs/index.html')
  })

  test('an address with an account sees the same page and gets another mail', async () => {
    const fixture = await setup()
    const { page } = await ask(fixture, { ...person, email: fixture.user.email.toUpperCase() })
    assert.match(page.html, /DANA@EXAMPLE.COM/)
    assert.match(fixture.mails[0]?.subject ?? '', /already have an account/)
    assert.equal(digitsIn(fixture), 'none')
  })

  test('two browsers with one address make one account', async () => {
    const fixture = await setup()
    const one = await ask(fixture)
    const firstDigits = digitsIn(fixture)
    const two = await ask(fixture)
    const secondDigits = digitsIn(fixture)
    await Promise.all([
      one.page.submit({ code: firstDigits }, '/sign-up/code'),
      two.page.submit({ code: secondDigits }, '/sign-up/code'),
    ])
    const rows = await fixture.platform.store.read(
      "select id from account where email_key = 'noor@example.com'",
    )
    assert.equal(rows.length, 1)
  })

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['no name', { firstName: ' ' }, /Enter your first name/],
    ['no address', { email: 'noor' }, /Enter an email address/],
    [
      'an address with a line break',
      { email: 'a@b.example\r\nBcc: x@y.example' },
      /control character|email address/,
    ],
    ['a short password', { password: 'short' }, /at least 10/],
    ['the address as password', { password: 'noor@example.com' }, /Do not use your email/],
    ['one letter over and over', { password: 'aaaaaaaaaaaa' }, /more than one character/],
  ]
  for (const [what, change, words] of wrong) {
    test(`${what}: says so, keeps the rest, sends nothing`, async () => {
      const fixture = await setup()
      const { page } = await ask(fixture, { ...person, ...change })
      assert.equal(page.status, 400)
      assert.match(page.html, words)
      assert.doesNotMatch(page.html, /a long enough one/)
      assert.equal(fixture.mails.length, 0)
    })
  }

  test('mails are limited', async () => {
    const fixture = await setup({ limitSignIn: { points: 10, seconds: 900 } })
    for (let i = 0; i < 8; i++) await ask(fixture)
    assert.equal(fixture.mails.length, 5)
  })

  test('a mail that cannot be sent is said, not hidden', async () => {
    const fixture = await setup({ mailer: () => Promise.reject(new Error('no route')) })
    const { page } = await ask(fixture)
    assert.equal(page.status, 503)
    assert.match(page.html, /could not be sent/)
  })
})

describe('a forgotten password', () => {
  test('a code by email, a new password, every other session ended', async () => {
    const fixture = await setup()
    const elsewhere = fixture.browser()
    await signIn(elsewhere, fixture.user.email)
    const browser = fixture.browser()
    const page = await (await browser.get('/forgot-password')).submit({ email: fixture.user.email })
    const done = await page.submit({ code: digitsIn(fixture), password: 'another long one' })
    assert.equal(done.path, '/account/connections')
    assert.match((await elsewhere.get('/account/connections')).html, /name="password"/)
    const old = await (await fixture.browser().get('/sign-in')).submit({
      email: fixture.user.email,
      password,
    })
    assert.equal(old.status, 401)
  })

  test('an address without an account sees the same page', async () => {
    const fixture = await setup()
    const page = await (await fixture.browser().get('/forgot-password')).submit({
      email: 'nobody@example.com',
    })
    assert.equal(page.path, '/forgot-password/code')
    assert.match(fixture.mails[0]?.subject ?? '', /No account/)
  })

  test('a code for one purpose is none for another', async () => {
    const { platform, clock } = await setup()
    const about = { purpose: 'sign-up' as const, email: 'x@example.com', detail: {} }
    const { secret, digits } = await makeEmailCode(platform.store, about, clock.now())
    const use = (purpose: 'sign-up' | 'reset') =>
      useEmailCode(platform.store, { secret, digits, purpose }, async () => 'used', clock.now())
    assert.equal(await use('reset'), 'over')
    assert.equal(await use('sign-up'), 'used')
    assert.equal(await use('sign-up'), 'over')
  })

  test('a sign-up code resets nothing', async () => {
    const fixture = await setup()
    const { browser } = await ask(fixture)
    assert.equal((await browser.get('/forgot-password/code')).path, '/forgot-password')
  })
})

describe('sessions', () => {
  test('are new at every sign-in, and end on the server at sign-out', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const first = browser.cookies.get('latchkey_session') ?? ''
    const page = await browser.get('/account/connections')
    await page.submit({}, '/sign-out')
    assert.equal(browser.cookies.has('latchkey_session'), false)
    browser.cookies.set('latchkey_session', first)
    assert.match((await browser.get('/account/connections')).html, /name="password"/)
    browser.cookies.delete('latchkey_session')
    await signIn(browser, fixture.user.email)
    assert.notEqual(browser.cookies.get('latchkey_session'), first)
  })

  test('signing in again ends the session this browser had', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const before = browser.cookies.get('latchkey_session') ?? ''
    const { csrf = '' } = (await browser.get('/account/connections')).hidden('/sign-out')
    await browser.post('/sign-in', { csrf, email: fixture.user.email, password })
    assert.notEqual(browser.cookies.get('latchkey_session'), before)
    browser.cookies.set('latchkey_session', before)
    assert.match((await browser.get('/account/connections')).html, /name="password"/)
  })

  test('a session that was planted before is not taken over', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    browser.cookies.set('latchkey_session', 'p'.repeat(43))
    await signIn(browser, fixture.user.email)
    assert.notEqual(browser.cookies.get('latchkey_session'), 'p'.repeat(43))
  })

  test('end after fourteen days', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    fixture.clock.forward(14 * 86_400 - 1)
    assert.match((await browser.get('/account/connections')).html, /Connected apps/)
    fixture.clock.forward(1)
    assert.match((await browser.get('/account/connections')).html, /name="password"/)
  })

  test('on https the cookie is __Host- and Secure', async () => {
    const fixture = await setup({ url: 'https://platform.example' })
    const response = await fixture.platform.fetch(new Request('https://platform.example/sign-in'))
    const [cookie = ''] = response.headers.getSetCookie()
    assert.match(
      cookie,
      /^__Host-latchkey_visitor=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    )
  })

  test('switching the account leads back to the page one was on', async () => {
    const fixture = await setup()
    const other = await makeUser(fixture.platform, 'eve@example.com', 0)
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const consent = await browser.get(
      `/page/vendor-auth.html?clientId=${fixture.app.clientId}&state=s`,
    )
    const forms = consent.html.match(/<form[^>]*action="\/sign-out"[\s\S]*?<\/form>/g) ?? []
    const [, next = ''] = /name="continue" value="([^"]*)"/.exec(forms.join('')) ?? []
    const { csrf = '' } = consent.hidden('/sign-out')
    const signedOut = await browser.post('/sign-out', {
      csrf,
      continue: next.replaceAll('&amp;', '&'),
    })
    assert.match(signedOut.html, /Acme Dialer/)
    const back = await signedOut.submit({ email: other.email, password })
    assert.match(back.html, /eve@example.com/)
    assert.match(back.html, /Authorize/)
  })

  test('no form of a signed-in person works without its token', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    for (const path of [
      '/sign-out',
      '/account/connections/disconnect',
      '/sign-in',
      '/sign-up',
      '/forgot-password',
    ]) {
      assert.equal((await browser.post(path, { app: fixture.app.clientId })).status, 403, path)
    }
    assert.match((await browser.get('/account/connections')).html, /No apps are connected/)
  })
})
