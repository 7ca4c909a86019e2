/** From a first visit to a live app, with a reviewer beside; then a change, and the end of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FormBrowser, Page } from '../form-browser.ts'
import { authorize, exchange, makeUser, me, type Setup, setup, signIn } from '../setup.ts'

const qualification = {
  name: 'Brightline',
  website: 'https://brightline.example',
  privacyUrl: 'https://brightline.example/privacy',
  contactName: 'Dana Reyes',
  contactTitle: 'Head of Product',
  contactEmail: 'dana@brightline.example',
  contactPhone: '+1 555 010 0199',
}

const application = {
  name: 'Brightline Caller',
  description: 'Calls people back.',
  website: 'https://brightline.example/caller',
  redirectUri1: 'https://brightline.example/callback',
  kind: 'confidential',
}

const catalogue = [
  { name: 'profile:read', title: 'See who you are', description: 'Name and email.' },
  { name: 'leads:read', title: 'See your leads', description: 'Names and numbers.' },
]

async function people() {
  const fixture = await setup({ permissions: catalogue })
  const { platform, clock } = fixture
  await makeUser(platform, 'rita@example.com', clock.now(), true)
  await makeUser(platform, 'uma@example.com', clock.now())
  const enter = async (email: string) => {
    const browser = fixture.browser()
    await signIn(browser, email)
    return browser
  }
  return {
    fixture,
    developer: await enter('dana@example.com'),
    reviewer: await enter('rita@example.com'),
    stranger: await enter('uma@example.com'),
    uma: { ...fixture, user: { id: 0, email: 'uma@example.com' } },
  }
}

async function register(developer: FormBrowser): Promise<{ clientId: string; secret: string }> {
  const form = await developer.get('/developer/authorizations/new')
  const shown = await form.submit(application, '/developer/authorizations/new')
  assert.equal(shown.status, 200, shown.html)
  const [clientId = ''] = /app_[\w-]{22}/.exec(shown.html) ?? []
  const [secret = ''] = /lk_sk_[\w-]{43}/.exec(shown.html) ?? []
  assert.ok(clientId && secret)
  return { clientId, secret }
}

function appOf(fixture: Setup, app: { clientId: string; secret: string }) {
  const basic = { Authorization: `Basic ${btoa(`${app.clientId}:${app.secret}`)}` }
  return { ...fixture, app: { id: 0, ...app, basic } }
}

async function step(browser: FormBrowser, clientId: string, button: string): Promise<Page> {
  const page = await browser.get(`/developer/authorizations/app?app=${clientId}`)
  assert.ok(page.html.includes(`>${button}</button>`), `${button} in ${page.html}`)
  const actions: Record<string, string> = {
    'Submit for review': 'submit',
    Withdraw: 'withdraw',
    Publish: 'publish',
    'Discard the change': 'discard',
  }
  return page.submit({ action: actions[button] ?? '' }, '/developer/authorizations/app')
}

async function approveVendor(developer: FormBrowser, reviewer: FormBrowser): Promise<void> {
  await (await developer.get('/developer')).submit(qualification, '/developer')
  const queue = await reviewer.get('/review')
  const [path = ''] = /\/review\/vendor\?vendor=\d+/.exec(queue.html) ?? []
  const decided = await (await reviewer.get(path)).submit({ action: 'approve' }, '/review/vendor')
  assert.match(decided.html, /Approved/)
}

describe('the Developer Platform', () => {
  test('from a first visit to a user connected in production, then a change, then a suspension', async () => {
    const { fixture, developer, reviewer, stranger, uma } = await people()
    assert.match((await developer.get('/developer')).html, /My Qualification/)
    const app = await register(developer)
    const vendorSide = appOf(fixture, app)

    // In development it works for its own people, and for nobody else.
    const own = await authorize(vendorSide, { clientId: app.clientId })
    assert.equal((await exchange(vendorSide, own.searchParams.get('code') ?? '')).status, 200)
    const closed = await stranger.get(`/page/vendor-auth.html?clientId=${app.clientId}`)
    assert.equal(closed.status, 403)
    assert.match(closed.html, /still being built/)

    const invite = await developer.get(`/developer/authorizations/app?app=${app.clientId}`)
    await invite.submit({ email: 'UMA@example.com' }, '/developer/authorizations/testers')
    const tried = await authorize(uma, { clientId: app.clientId })
    assert.ok(tried.searchParams.get('code'))

    // Before the company is approved there is nothing to submit to.
    const before = await developer.get(`/developer/authorizations/app?app=${app.clientId}`)
    assert.doesNotMatch(before.html, /Submit for review<\/button>/)
    await approveVendor(developer, reviewer)
    assert.match(fixture.mails.at(-1)?.subject ?? '', /Brightline is approved/)
    await step(developer, app.clientId, 'Submit for review')

    const waiting = await reviewer.get('/review')
    assert.match(waiting.html, /Brightline Caller/)
    const page = await reviewer.get(`/review/app?app=${app.clientId}`)
    const unexplained = await page.submit({ action: 'decline' }, '/review/app')
    assert.equal(unexplained.status, 400)
    await page.submit({ action: 'request_changes', reason: 'Which calls?' }, '/review/app')
    const asked = await developer.get(`/developer/authorizations/app?app=${app.clientId}`)
    assert.match(asked.html, /asks for changes.*Which calls\?/s)

    const edit = await developer.get(`/developer/authorizations/edit?app=${app.clientId}`)
    await edit.submit({ description: 'Calls people back who asked for it.' })
    await step(developer, app.clientId, 'Submit for review')
    const second = await reviewer.get(`/review/app?app=${app.clientId}`)
    assert.match(second.html, /who asked for it/)
    await second.submit({ action: 'approve' }, '/review/app')

    const live = await authorize(uma, { clientId: app.clientId })
    const tokens = await exchange(vendorSide, live.searchParams.get('code') ?? '')
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 200)

    // A change of the live app waits; the app stays as it is.
    const change = await developer.get(`/developer/authorizations/edit?app=${app.clientId}`)
    await change.submit({
      redirectUri1: 'https://brightline.example/v2/callback',
      'permission leads:read': '1',
    })
    const draft = await developer.get(`/developer/authorizations/app?app=${app.clientId}`)
    assert.match(draft.html, /asks for more than before/)
    await step(developer, app.clientId, 'Submit for review')
    const still = await authorize(uma, { clientId: app.clientId })
    assert.ok(still.href.startsWith('https://brightline.example/callback?'))
    const difference = await reviewer.get(`/review/app?app=${app.clientId}`)
    assert.match(difference.html, /<del><bdi>https:\/\/brightline\.example\/callback<\/bdi><\/del>/)
    assert.match(difference.html, /<ins><bdi>leads:read<\/bdi><\/ins>/)
    await difference.submit({ action: 'approve' }, '/review/app')
    assert.ok((await authorize(uma, { clientId: app.clientId })).href.includes('/callback?'))
    await step(developer, app.clientId, 'Publish')
    const moved = await authorize(uma, { clientId: app.clientId })
    assert.ok(moved.href.startsWith('https://brightline.example/v2/callback?'))
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 200)

    // The kill switch, for the app and for the company.
    for (const [path, form] of [
      [`/review/app/step?app=${app.clientId}&action=suspend`, '/review/app/step'],
      [`/review/app/step?app=${app.clientId}&action=resume`, '/review/app/step'],
    ] as const) {
      await (await reviewer.get(path)).submit({}, form)
      const expected = path.includes('suspend') ? 401 : 200
      assert.equal((await me(fixture.platform, tokens.body.access_token)).status, expected)
    }
    const found = await reviewer.get('/review/search?q=brightline')
    const [vendorPath = ''] = /\/review\/vendor\?vendor=\d+/.exec(found.html) ?? []
    const stepPath = vendorPath.replace('vendor?', 'vendor/step?')
    const stopping = await reviewer.get(`${stepPath}&action=suspend`)
    assert.match(stopping.html, /<strong>1 app<\/strong> and <strong>2 connections<\/strong>/)
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 200)
    await stopping.submit({}, '/review/vendor/step')
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 401)
    await (await reviewer.get(`${stepPath}&action=resume`)).submit({}, '/review/vendor/step')
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 200)
    const all = await reviewer.get(`/review/app/step?app=${app.clientId}&action=disconnect`)
    await all.submit({}, '/review/app/step')
    assert.equal((await me(fixture.platform, tokens.body.access_token)).status, 401)

    const log = await reviewer.get(`/review/audit?app=${app.clientId}&kind=app.`)
    for (const kind of [
      'registered',
      'submitted',
      'changes_requested',
      'approved',
      'published',
      'suspended',
    ]) {
      assert.match(log.html, new RegExp(`app\\.${kind}`))
    }
    assert.match((await reviewer.get('/review/audit.csv?kind=vendor.')).html, /vendor\.approved/)
  })
})
