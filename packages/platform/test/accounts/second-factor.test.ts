/** Second factors in forms: what is asked for, what is taken once, and what leads around none of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { findByEmail } from '../../src/accounts/account.ts'
import { resetFactors } from '../../src/accounts/second-factor/factors.ts'
import type { Page } from '../form-browser.ts'
import { password, setup, signIn } from '../setup.ts'
import { codesOn, digitsOf, firstStep, withAuthenticator } from './factor-person.ts'

const second = '/sign-in/second-factor'
const confirm = '/account/confirm'

async function isSignedIn(browser: { get(path: string): Promise<Page> }): Promise<boolean> {
  return (await browser.get('/account/sessions')).path === '/account/sessions'
}

describe('an authenticator app', () => {
  test('is on only after it has shown its code, and brings ten recovery codes', async () => {
    const fixture = await setup()
    const { clock } = fixture
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const page = await browser.get('/account/security/authenticator')
    const wrong = await page.submit({ code: '000000' }, '/account/security/authenticator')
    assert.equal(wrong.status, 400)
    assert.match((await browser.get('/account/security')).html, />Off</)
    assert.equal(await isSignedIn((await firstStep(fixture)).browser), true)
    const [, secret = ''] = /data-copy="([A-Z2-7]{32})"/.exec(wrong.html) ?? []
    const digits = digitsOf(secret, clock.now())
    const shown = await wrong.submit({ code: digits }, '/account/security/authenticator')
    assert.equal(codesOn(shown).length, 10)
    assert.equal(new Set(codesOn(shown)).size, 10)
    assert.match((await browser.get('/account/security')).html, />On</)
    assert.equal((await firstStep(fixture)).page.path, `${second}?continue=%2Faccount%2Fsessions`)
  })

  test('of two set up at once one counts', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const pages = await Promise.all(
      [1, 2].map(() => browser.get('/account/security/authenticator')),
    )
    const shown = await Promise.all(
      pages.map(page => {
        const [, secret = ''] = /data-copy="([A-Z2-7]{32})"/.exec(page.html) ?? []
        const code = digitsOf(secret, fixture.clock.now())
        return page.submit({ code }, '/account/security/authenticator')
      }),
    )
    assert.deepEqual(shown.map(page => codesOn(page).length).sort(), [0, 10])
  })

  test('a page of another account sets nothing up', async () => {
    const fixture = await setup()
    const { makeUser } = await import('../setup.ts')
    await makeUser(fixture.platform, 'eve@example.com', fixture.clock.now())
    const [dana, eve] = [fixture.browser(), fixture.browser()]
    await signIn(dana, fixture.user.email)
    await signIn(eve, 'eve@example.com')
    const path = '/account/security/authenticator'
    const hers = await eve.get(path)
    const [, secret = ''] = /data-copy="([A-Z2-7]{32})"/.exec(hers.html) ?? []
    const { seal = '' } = hers.hidden(path)
    const code = digitsOf(secret, fixture.clock.now())
    const answer = await (await dana.get(path)).submit({ seal, code }, path)
    assert.equal(answer.status, 400)
    assert.match((await dana.get('/account/security')).html, />Off</)
  })

  test('is asked for after the password; a code works once, and so does every older one', async () => {
    const fixture = await setup()
    const { clock } = fixture
    const { secret } = await withAuthenticator(fixture)
    const earlier = digitsOf(secret, clock.now())
    clock.forward(30)
    const digits = digitsOf(secret, clock.now())
    const { browser, page } = await firstStep(fixture)
    assert.equal(await isSignedIn(browser), false)
    const inside = await page.submit({ code: digits }, second)
    assert.equal(inside.path, '/account/sessions')
    for (const used of [digits, earlier]) {
      const other = await firstStep(fixture)
      const refused = await other.page.submit({ code: used }, second)
      assert.equal(refused.status, 401)
      assert.equal(await isSignedIn(other.browser), false)
    }
  })

  test('its secret is not in the database, and moves to the newest key as it is used', async () => {
    const fixture = await setup()
    const { secret } = await withAuthenticator(fixture)
    const { store } = fixture.platform
    const kept = async () =>
      (await store.read<{ secret: string }>('select secret from authenticator'))[0]?.secret ?? ''
    const before = await kept()
    assert.ok(before.length > 40 && !before.includes(secret))
    const { page } = await firstStep(fixture)
    await page.submit({ code: digitsOf(secret, fixture.clock.now()) }, second)
    assert.notEqual(await kept(), before)
  })
})

describe('recovery codes', () => {
  test('each signs in once, however it is typed; new ones end the earlier', async () => {
    const fixture = await setup()
    const person = await withAuthenticator(fixture)
    const [one = '', two = ''] = person.codes
    const { browser, page } = await firstStep(fixture)
    const typed = one.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l')
    await page.submit({ recovery: typed }, second)
    assert.equal(await isSignedIn(browser), true)
    assert.match((await browser.get('/account/security')).html, /9 left/)
    const again = await firstStep(fixture)
    assert.equal((await again.page.submit({ recovery: one }, second)).status, 401)
    const ask = await browser.get('/account/security/recovery-codes')
    const shown = await ask.submit({}, '/account/security/recovery-codes')
    assert.equal(codesOn(shown).length, 10)
    assert.equal((await again.page.submit({ recovery: two }, second)).status, 401)
    await again.page.submit({ recovery: codesOn(shown)[3] ?? '' }, second)
    assert.equal(await isSignedIn(again.browser), true)
  })

  test('go with the last second factor', async () => {
    const fixture = await setup()
    const { browser } = await withAuthenticator(fixture)
    const path = '/account/security/authenticator/remove'
    const page = await browser.get(path)
    assert.match(page.html, /last second factor/)
    await page.submit({}, path)
    assert.match((await browser.get('/account/security')).html, />Off</)
    const left = await fixture.platform.store.read('select account_id from recovery_code')
    assert.equal(left.length, 0)
    assert.equal(await isSignedIn((await firstStep(fixture)).browser), true)
  })
})

describe('a sign-in that waits for the second factor', () => {
  test('is no session: no page but its own looks at it', async () => {
    const fixture = await setup()
    await withAuthenticator(fixture)
    const { browser } = await firstStep(fixture)
    const pending = browser.cookies.get('latchkey_pending') ?? ''
    assert.ok(pending)
    assert.equal(browser.cookies.has('latchkey_session'), false)
    for (const path of ['/account/connections', '/developer', '/review', '/account/security']) {
      assert.match((await browser.get(path)).path, /^\/sign-in\?/, path)
    }
    browser.cookies.set('latchkey_session', pending)
    assert.equal(await isSignedIn(browser), false)
  })

  test('ends after ten minutes, with the password, with the account, and with the factor', async () => {
    const ends: Readonly<Record<string, (fixture: Awaited<ReturnType<typeof setup>>) => unknown>> =
      {
        time: ({ clock }) => clock.forward(600),
        password: ({ platform }) =>
          platform.store.write(tx => tx.run(`update account set password_hash = 'other'`)),
        account: ({ platform }) =>
          platform.store.write(tx => tx.run('update account set deactivated_at = 1')),
        factor: ({ platform, user }) =>
          resetFactors(platform.store, { accountId: user.id, actor: 'operator' }, 0),
      }
    for (const [what, end] of Object.entries(ends)) {
      const fixture = await setup()
      const { codes } = await withAuthenticator(fixture)
      const { browser, page } = await firstStep(fixture)
      await end(fixture)
      await page.submit({ recovery: codes[0] ?? '' }, second)
      assert.equal(await isSignedIn(browser), false, what)
    }
  })

  test('is sealed: another account, or a seal of another purpose, opens nothing', async () => {
    const fixture = await setup()
    await withAuthenticator(fixture)
    const { browser } = await firstStep(fixture)
    const [id, time, payload, mac] = (browser.cookies.get('latchkey_pending') ?? '').split('.')
    const content = JSON.parse(inflateRawSync(Buffer.from(payload ?? '', 'base64url')).toString())
    const other = deflateRawSync(JSON.stringify({ ...content, accountId: 2 })).toString('base64url')
    for (const cookie of [`${id}.${time}.${other}.${mac}`, `${id}.9${time}.${payload}.${mac}`]) {
      browser.cookies.set('latchkey_pending', cookie)
      assert.match((await browser.get(second)).path, /^\/sign-in\?/)
    }
  })

  test('a new password by email does not lead around it', async () => {
    const fixture = await setup()
    const { codes } = await withAuthenticator(fixture)
    const browser = fixture.browser()
    const form = await browser.get('/forgot-password')
    const page = await form.submit({ email: fixture.user.email })
    const [code = ''] = /\d{6}/.exec(fixture.mails.at(-1)?.subject ?? '') ?? []
    const next = await page.submit({ code, password: 'a whole new password' })
    assert.match(next.path, /^\/sign-in\/second-factor/)
    assert.equal(await isSignedIn(browser), false)
    await next.submit({ recovery: codes[0] ?? '' }, second)
    assert.equal(await isSignedIn(browser), true)
  })

  test('attempts are counted by account and address, and the owner elsewhere is not locked out', async () => {
    const fixture = await setup({
      limitSignIn: { points: 3, seconds: 900 },
    })
    const { secret, codes } = await withAuthenticator(fixture)
    const { page } = await firstStep(fixture)
    for (const status of [401, 401, 401, 429]) {
      assert.equal((await page.submit({ code: '000000' }, second)).status, status)
    }
    assert.equal((await page.submit({ recovery: codes[0] ?? '' }, second)).status, 429)
    // The account's own address is not the stranger's.
    const request = new Request('http://localhost:4400/sign-in')
    const there = await fixture.platform.fetch(request, '203.0.113.9')
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(await there.text()) ?? []
    const visitor = there.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const send = (path: string, form: Record<string, string>, cookie: string) =>
      fixture.platform.fetch(
        new Request(`http://localhost:4400${path}`, {
          method: 'POST',
          headers: { Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
          body: String(new URLSearchParams({ csrf, ...form })),
        }),
        '203.0.113.9',
      )
    const first = await send('/sign-in', { email: fixture.user.email, password }, visitor)
    const pending = first.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const code = digitsOf(secret, fixture.clock.now())
    const inside = await send(second, { code }, `${visitor}; ${pending}`)
    assert.equal(inside.status, 303)
    assert.match(inside.headers.getSetCookie().join(), /latchkey_session=/)
  })

  test('a hundred codes a day, from wherever; recovery codes stay open', async () => {
    const fixture = await setup({ limitSignIn: { points: 1_000, seconds: 900 } })
    const { secret, codes } = await withAuthenticator(fixture)
    const { browser, page } = await firstStep(fixture)
    for (let tried = 0; tried < 100; tried++) await page.submit({ code: '000000' }, second)
    const refused = await page.submit({ code: digitsOf(secret, fixture.clock.now()) }, second)
    assert.equal(refused.status, 429)
    await page.submit({ recovery: codes[0] ?? '' }, second)
    assert.equal(await isSignedIn(browser), true)
  })
})

describe('asked again', () => {
  const drastic = ['/account/security/authenticator/remove', '/account/security/recovery-codes']

  test('within ten minutes of the sign-in nothing is asked, after them everything is', async () => {
    const fixture = await setup()
    const { browser, secret } = await withAuthenticator(fixture)
    fixture.clock.forward(500)
    for (const path of drastic) assert.equal((await browser.get(path)).path, path)
    const page = await browser.get(drastic[1] ?? '')
    fixture.clock.forward(100)
    for (const path of drastic) {
      assert.equal(
        (await browser.get(path)).path,
        `${confirm}?why=security&continue=${encodeURIComponent(path)}`,
      )
    }
    const asked = await page.submit({}, drastic[1])
    assert.match(asked.path, /^\/account\/confirm/)
    assert.equal((await asked.submit({ password }, confirm)).status, 400)
    const code = digitsOf(secret, fixture.clock.now())
    assert.equal((await asked.submit({ code }, confirm)).path, drastic[1])
  })

  test('an account without a second factor gives its password, counted as at sign-in', async () => {
    const fixture = await setup({ limitSignIn: { points: 3, seconds: 900 } })
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    fixture.clock.forward(600)
    const asked = await browser.get('/account/security/authenticator')
    assert.match(asked.path, /^\/account\/confirm/)
    assert.equal((await asked.submit({ password: 'wrong password' }, confirm)).status, 401)
    assert.equal(
      (await asked.submit({ password }, confirm)).path,
      '/account/security/authenticator',
    )
    fixture.clock.forward(600)
    for (const status of [401, 401, 401, 429]) {
      assert.equal((await asked.submit({ password: 'wrong password' }, confirm)).status, status)
    }
  })

  test('what another session proved before there was a second factor is not enough', async () => {
    const fixture = await setup()
    const thief = fixture.browser()
    await signIn(thief, fixture.user.email)
    const { browser } = await withAuthenticator(fixture)
    assert.equal((await browser.get('/account/security/recovery-codes')).path, drastic[1])
    assert.match((await thief.get('/account/security/recovery-codes')).path, /^\/account\/confirm/)
    const asked = await thief.get('/account/security/authenticator/remove')
    assert.equal((await asked.submit({ password }, confirm)).status, 400)
  })

  test('the way on is a path of ours', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    const there = await browser.get(`${confirm}?continue=https%3A%2F%2Fevil.example`)
    assert.equal(there.path, '/')
  })
})

test('the operator resets: sessions end, a password is enough again, and the trail knows', async () => {
  const fixture = await setup()
  const { browser } = await withAuthenticator(fixture)
  const { store } = fixture.platform
  const account = await findByEmail(store, fixture.user.email)
  const about = { accountId: account?.id ?? 0, actor: 'operator' } as const
  const reset = await resetFactors(store, about, fixture.clock.now())
  assert.deepEqual(reset, { app: true, passkeys: 0, sessions: 1 })
  assert.equal(await resetFactors(store, about, fixture.clock.now()), null)
  assert.equal(await isSignedIn(browser), false)
  assert.equal(await isSignedIn((await firstStep(fixture)).browser), true)
  const trail = await store.read<{ kind: string; actor: string }>(
    `select kind, actor from audit_event where kind = 'second_factor.reset'`,
  )
  assert.deepEqual(
    trail.map(event => ({ ...event })),
    [{ kind: 'second_factor.reset', actor: 'operator' }],
  )
})

test('a changed password ends other sessions, and needs the one before', async () => {
  const fixture = await setup()
  const [here, there] = [fixture.browser(), fixture.browser()]
  await signIn(here, fixture.user.email)
  await signIn(there, fixture.user.email)
  const path = '/account/security/password'
  const page = await here.get(path)
  const next = 'an altogether new one'
  assert.equal((await page.submit({ current: 'wrong', password: next }, path)).status, 401)
  assert.equal((await page.submit({ current: password, password: 'short' }, path)).status, 400)
  const changed = await page.submit({ current: password, password: next }, path)
  assert.equal(changed.path, '/account/security?done=password')
  assert.equal(await isSignedIn(here), true)
  assert.equal(await isSignedIn(there), false)
  assert.match(fixture.mails.at(-1)?.subject ?? '', /^Your password was changed/)
})
