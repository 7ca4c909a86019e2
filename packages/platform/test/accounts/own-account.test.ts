/** The user's own pages: sessions, history, and the mail that says what was connected. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startSession } from '../../src/accounts/session.ts'
import { describeAgent } from '../../src/accounts/user-agent.ts'
import { disconnectApp } from '../../src/connection/connected-apps.ts'
import { disconnectAll } from '../../src/connection/disconnect-all.ts'
import { historyLength, readHistory } from '../../src/connection/history.ts'
import { findApp, resumeApp, suspendApp } from '../../src/developer/app.ts'
import { suspendVendor } from '../../src/developer/vendor.ts'
import { wordsOf } from '../../src/pages/account/history.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Page } from '../form-browser.ts'
import { testDatabase } from '../postgres.ts'
import {
  authorize,
  connect,
  exchange,
  freshCode,
  makeApp,
  makeUser,
  post,
  type Setup,
  setup,
  signIn,
} from '../setup.ts'

describe('sessions', () => {
  const path = '/account/sessions'

  test('each is shown; one that is ended is out at its next request', async () => {
    const fixture = await setup()
    const [here, there] = [fixture.browser(), fixture.browser()]
    await signIn(here, fixture.user.email)
    await signIn(there, fixture.user.email)
    const page = await here.get(path)
    assert.equal(page.html.match(/This browser/g)?.length, 1)
    const [, name = ''] = /name="session" value="([^"]+)"/.exec(page.html) ?? []
    const secret = there.cookies.get('latchkey_session') ?? ''
    assert.ok(name && !page.html.includes(secret))
    const after = await page.submit({ session: name }, path)
    assert.match(after.html, /Signed out\./)
    assert.match((await there.get(path)).path, /^\/sign-in/)
    assert.equal((await here.get(path)).path, path)
  })

  test('sign out everywhere else leaves this one', async () => {
    const fixture = await setup()
    const browsers = [fixture.browser(), fixture.browser(), fixture.browser()]
    for (const browser of browsers) await signIn(browser, fixture.user.email)
    const [here, ...others] = browsers
    const page = await here?.get(path)
    await here?.post(path, { csrf: page?.hidden(path).csrf ?? '', all: 'yes' })
    for (const other of others) assert.match((await other.get(path)).path, /^\/sign-in/)
    assert.equal((await here?.get(path))?.path, path)
  })

  test('stand page by page, and this browser’s heads each', async () => {
    const { platform, user, clock, browser } = await setup()
    const here = browser()
    await signIn(here, user.email)
    const make = () =>
      platform.store.write(tx => startSession(tx, { accountId: user.id, agent: '' }, clock.now()))
    clock.forward(60)
    for (let count = 0; count < 51; count++) await make()
    for (const [page, shown] of [
      [1, 51],
      [2, 2],
      [3, 1],
    ]) {
      const { html } = await here.get(`${path}?page=${page}`)
      assert.equal(html.match(/<li class="entry">/g)?.length, shown)
      assert.equal(html.match(/This browser/g)?.length, 1)
      assert.match(html, /Sign out everywhere else/)
      assert.equal(html.includes(`${path}?page=3`), false)
    }
  })

  test('nobody ends a session of somebody else, and no other site ends any', async () => {
    const fixture = await setup()
    await makeUser(fixture.platform, 'eve@example.com', fixture.clock.now())
    const [dana, also, eve] = [fixture.browser(), fixture.browser(), fixture.browser()]
    await signIn(dana, fixture.user.email)
    await signIn(also, fixture.user.email)
    await signIn(eve, 'eve@example.com')
    const [, name = ''] = /name="session" value="([^"]+)"/.exec((await dana.get(path)).html) ?? []
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await eve.get(path)).html) ?? []
    await eve.post(path, { csrf, session: name })
    assert.equal((await dana.post(path, { csrf, all: 'yes' })).status, 403)
    assert.equal((await also.get(path)).path, path)
  })

  test('inside a product there are none of ours, and no second factor', async () => {
    const fixture = await setup({
      signIn: {
        visitor: () => ({ subject: '1', email: 'noor@example.com', name: 'Noor Haddad' }),
        page: back => `https://product.example/sign-in?back=${encodeURIComponent(back)}`,
      },
    })
    const browser = fixture.browser()
    const apps = await browser.get('/account/connections')
    assert.match(apps.html, /href="\/account\/history"/)
    assert.doesNotMatch(apps.html, /\/account\/(?:sessions|security)/)
    for (const gone of [path, '/account/security', '/account/confirm', '/sign-in/second-factor']) {
      assert.equal((await browser.get(gone)).status, 404, gone)
    }
    assert.equal((await browser.get('/account/history')).status, 200)
  })
})

test('a browser is described as it describes itself, and honestly when it does not', () => {
  const like = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  const said: readonly (readonly [string, string])[] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0',
      'Firefox on Windows',
    ],
    [`Mozilla/5.0 (X11; Linux x86_64) ${like} Chrome/153.0.0.0 Safari/537.36`, 'Chrome on Linux'],
    [
      `Mozilla/5.0 (Windows NT 10.0) ${like} Chrome/153.0 Safari/537.36 Edg/153.0`,
      'Edge on Windows',
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${like} Version/19.0 Mobile Safari/604.1`,
      'Safari on iPhone',
    ],
    [
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${like} Version/19.0 Safari/605.1.15`,
      'Safari on macOS',
    ],
    [
      `Mozilla/5.0 (Linux; Android 16) ${like} SamsungBrowser/29.0 Chrome/140.0 Mobile Safari/537.36`,
      'Samsung Internet on Android',
    ],
    ['curl/8.9.1', 'An unknown browser'],
    ['Something (Windows)', 'A browser on Windows'],
    ['', 'An unknown browser'],
    ['<script>alert(1)</script>', 'An unknown browser'],
  ]
  for (const [agent, words] of said) assert.equal(describeAgent(agent), words)
})

describe('history', () => {
  const entries = (page: Page) =>
    [...page.html.matchAll(/<div><p>(.*?)<\/p><p class="when">/gs)].map(([, text = '']) =>
      text.replaceAll(/<[^>]+>/g, ''),
    )

  async function history(fixture: Setup, path = '/account/history'): Promise<Page> {
    const browser = fixture.browser()
    await signIn(browser, fixture.user.email)
    return browser.get(path)
  }

  /** What happens to a connection, and the newest line of its user's history after it. */
  const happenings: Readonly<Record<string, readonly [(fixture: Setup) => unknown, string]>> = {
    connected: [async () => {}, 'You connected Acme Dialer by Acme.'],
    user: [
      ({ platform, app, user, clock }) =>
        disconnectApp(platform.store, { accountId: user.id, appId: app.id }, clock.now()),
      'You disconnected Acme Dialer.',
    ],
    operator: [
      ({ platform, app, clock }) =>
        disconnectAll(platform.store, { app, actor: 'operator', most: 10 }, clock.now()),
      'The platform disconnected Acme Dialer.',
    ],
    suspended: [
      async ({ platform, app, clock }) => {
        const found = await findApp(platform.store, app.clientId)
        if (found) await suspendApp(platform.store, found, 'operator', clock.now())
      },
      'The platform suspended Acme Dialer. It cannot use your data for as long as that lasts.',
    ],
  }

  for (const [what, [happen, line]] of Object.entries(happenings)) {
    test(`says what happened: ${what}`, async () => {
      const fixture = await setup()
      await connect(fixture)
      fixture.clock.forward(60)
      await happen(fixture)
      const lines = entries(await history(fixture))
      assert.equal(lines[0], line)
      assert.equal(lines.length, what === 'connected' ? 1 : 2)
    })
  }

  test('says that its maker disconnected it, or that a code was used twice', async () => {
    const fixture = await setup()
    const { access_token } = await connect(fixture)
    fixture.clock.forward(60)
    await post(fixture.platform, '/oauth/revoke', { token: access_token }, fixture.app.basic)
    fixture.clock.forward(60)
    const code = await freshCode(fixture)
    await exchange(fixture, code)
    fixture.clock.forward(60)
    assert.equal((await exchange(fixture, code)).status, 400)
    const [replay = '', , vendor = ''] = entries(await history(fixture))
    assert.match(replay, /because a code or token of it was used twice/)
    assert.equal(vendor, 'Acme Dialer was disconnected by its maker, Acme.')
  })

  test('has a sentence for every reason, one for all of an app’s connections, and no stop too many', () => {
    const event = { at: 0, logo: '', app_name: 'A', vendor_name: 'B Inc.', connections: 3 }
    const all = [
      'connected',
      'user',
      'vendor',
      'operator',
      'replay',
      'deactivation',
      'suspended',
      'resumed',
    ]
    for (const kind of all) {
      const text = String(wordsOf({ ...event, kind: kind as 'user' })).replaceAll(/<[^>]+>/g, '')
      assert.match(text, /^(?:You |The platform |A was ).*\.$/, kind)
      assert.doesNotMatch(text, /\.\.|undefined/)
    }
    assert.match(String(wordsOf({ ...event, kind: 'user' })), /All 3 of its connections ended\./)
  })

  test('leaves out denials and codes that nobody exchanged, and other people’s', async () => {
    const fixture = await setup()
    await authorize(fixture, { clientId: fixture.app.clientId }, { decision: 'deny' })
    await freshCode(fixture)
    const eve = await makeUser(fixture.platform, 'eve@example.com', fixture.clock.now())
    await connect({ ...fixture, user: eve })
    assert.deepEqual(entries(await history(fixture)), [])
  })

  test('says when it was suspended and let back in, only for those connected at the time', async () => {
    const fixture = await setup()
    const { platform, clock, user, app } = fixture
    await connect(fixture)
    const found = await findApp(platform.store, app.clientId)
    clock.forward(1)
    if (found) await suspendApp(platform.store, found, 'operator', clock.now())
    clock.forward(1)
    if (found) await resumeApp(platform.store, found, 'operator', clock.now())
    clock.forward(1)
    const lines = [
      'The platform let Acme Dialer back in. It can use your data again, as you agreed.',
      'The platform suspended Acme Dialer. It cannot use your data for as long as that lasts.',
      'You connected Acme Dialer by Acme.',
    ]
    assert.deepEqual(entries(await history(fixture)), lines)
    await disconnectApp(platform.store, { accountId: user.id, appId: app.id }, clock.now())
    clock.forward(1)
    if (found) await suspendApp(platform.store, found, 'operator', clock.now())
    if (found) await resumeApp(platform.store, found, 'operator', clock.now())
    assert.deepEqual(entries(await history(fixture)), ['You disconnected Acme Dialer.', ...lines])
    const late = await makeUser(platform, 'eve@example.com', clock.now())
    clock.forward(1)
    await connect({ ...fixture, user: late })
    assert.equal(entries(await history({ ...fixture, user: late })).length, 1)
  })

  test('a suspension of the vendor counts as the app’s, and two at once as one', async () => {
    const fixture = await setup()
    const { platform, clock, app } = fixture
    await connect(fixture)
    const found = await findApp(platform.store, app.clientId)
    assert.ok(found)
    const vendor = async (suspended: boolean) => {
      clock.forward(1)
      const about = { vendorId: found.vendor_id, suspended, actor: 'operator' as const }
      await suspendVendor(platform.store, about, clock.now())
      return entries(await history(fixture)).length
    }
    assert.equal(await vendor(true), 2)
    clock.forward(1)
    await suspendApp(platform.store, found, 'operator', clock.now())
    assert.equal(await vendor(false), 2)
    clock.forward(1)
    await resumeApp(platform.store, found, 'operator', clock.now())
    const [newest = ''] = entries(await history(fixture))
    assert.match(newest, /back in/)
    await makeApp(platform, { name: 'Other' })
    assert.equal(await vendor(true), 4)
    assert.equal(await vendor(false), 5)
  })

  test('a suspension that is older than the audit trail stands in it while it lasts', async () => {
    const fixture = await setup()
    const { platform, clock, app } = fixture
    await connect(fixture)
    clock.forward(1)
    const found = await findApp(platform.store, app.clientId)
    if (found) await suspendApp(platform.store, found, 'operator', clock.now())
    await platform.store.write(tx => tx.run('delete from audit_event'))
    assert.equal(entries(await history(fixture)).length, 2)
  })

  test('never looks through the audit trail', async () => {
    const { platform } = await setup()
    let text = ''
    const store = {
      ...platform.store,
      read: async (sql: string) => {
        text = sql
        return []
      },
    }
    await readHistory(store, 1, { number: 1, length: historyLength })
    const plan = await platform.store.read<{ detail: string }>(
      `explain query plan ${text}`,
      1,
      26,
      0,
    )
    const searched = plan.filter(({ detail }) =>
      /^SEARCH . USING INDEX audit_event_of_stops/.test(detail),
    )
    assert.equal(searched.length, text.match(/audit_event/g)?.length)
  })

  test('reads the same on PostgreSQL', async t => {
    const { url, stop } = await testDatabase()
    const store = openPostgres(url)
    await store.migrate()
    const fixture = await setup({ store })
    t.after(async () => {
      await fixture.platform.close()
      await stop()
    })
    const { platform, app, user, clock } = fixture
    await connect(fixture)
    await connect(fixture)
    clock.forward(60)
    const found = await findApp(store, app.clientId)
    if (found) await suspendApp(platform.store, found, 'operator', clock.now())
    clock.forward(60)
    await disconnectApp(store, { accountId: user.id, appId: app.id }, clock.now())
    assert.deepEqual(entries(await history(fixture)), [
      'You disconnected Acme Dialer. All 2 of its connections ended.',
      'The platform suspended Acme Dialer. It cannot use your data for as long as that lasts.',
      'You connected Acme Dialer by Acme.',
    ])
  })

  test('goes on page by page, to nothing', async () => {
    const fixture = await setup()
    for (let count = 0; count <= historyLength; count++) {
      await connect(fixture)
      fixture.clock.forward(1)
    }
    const first = await history(fixture)
    assert.equal(entries(first).length, historyLength)
    assert.match(first.html, /page=2/)
    const next = await history(fixture, '/account/history?page=2')
    assert.equal(entries(next).length, 1)
    assert.doesNotMatch(next.html, /page=3/)
    for (const odd of ['0', '-1', '1e9', 'x', '999999']) {
      assert.equal((await history(fixture, `/account/history?page=${odd}`)).status, 200, odd)
    }
  })
})

describe('the mail when an app is connected', () => {
  const settled = async ({ platform }: Setup) => platform.close()

  test('names the app, its vendor, what it may do and where to take it back', async () => {
    const fixture = await setup()
    await freshCode(fixture)
    await settled(fixture)
    const [mail] = fixture.mails
    assert.equal(fixture.mails.length, 1)
    assert.equal(mail?.to, fixture.user.email)
    assert.equal(mail?.subject, 'You connected Acme Dialer to Latchkey')
    for (const words of [
      '“Acme Dialer”',
      '“Acme”',
      'January 5, 2026',
      'http://localhost:4400/account/connections',
      'Was it not you?',
    ]) {
      assert.ok(mail?.text.includes(words), words)
    }
    assert.doesNotMatch(mail?.text ?? '', /lk_|code/)
  })

  test('is sent once for one decision, not for a denial, and not where it is switched off', async () => {
    const fixture = await setup()
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
    await Promise.all([1, 2, 3].map(() => page.submit({ decision: 'authorize' })))
    await authorize(fixture, { clientId: fixture.app.clientId }, { decision: 'deny' })
    await settled(fixture)
    assert.equal(fixture.mails.length, 1)
    const quiet = await setup({ mailOnConnect: false })
    await freshCode(quiet)
    await settled(quiet)
    assert.equal(quiet.mails.length, 0)
  })

  test('that cannot be sent, or never ends, breaks nothing and delays nobody', async () => {
    for (const mailer of [
      async () => {
        throw new Error('no mail server')
      },
      () => new Promise<void>(() => {}),
      () => {
        throw new Error('at once')
      },
    ]) {
      const fixture = await setup({ mailer })
      assert.ok((await connect(fixture)).access_token)
      await settled(fixture)
    }
  })

  test('no name of an app gets into its headers', async () => {
    const fixture = await setup()
    const name = 'Acme\r\nBcc: eve@example.com\u2028\u202eX'
    await fixture.platform.store.write(tx => tx.run('update app set name = $1', name))
    await freshCode(fixture)
    await settled(fixture)
    const { subject = '', text = '' } = fixture.mails[0] ?? {}
    assert.doesNotMatch(subject, /[\p{Cc}\u2028\u202e]/u)
    assert.match(subject, /^You connected Acme Bcc: eve@example\.com X to/)
    assert.doesNotMatch(text, /^Bcc/m)
  })

  test('an account gets so many an hour at most', async () => {
    const fixture = await setup({ limitSignIn: { points: 1_000, seconds: 900 } })
    for (let count = 0; count < 25; count++) await freshCode(fixture)
    await settled(fixture)
    assert.equal(fixture.mails.length, 20)
  })
})
