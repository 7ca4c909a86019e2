/** The playground walked as a developer does, and tried as somebody who wants what another one has in it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findAccount } from '../../src/accounts/account.ts'
import { foundVendor } from '../../src/developer/member.ts'
import { takeApart } from '../../src/playground/callback.ts'
import { closePocket, openPocket } from '../../src/playground/pocket.ts'
import { quoted } from '../../src/playground/requests.ts'
import { masked } from '../../src/playground/transcript.ts'
import type { FormBrowser, Page } from '../form-browser.ts'
import { makeApp, makeUser, me, type Setup, setup, signIn, type TestApp } from '../setup.ts'

const path = '/developer/authorizations/playground'

interface Walk {
  readonly fixture: Setup
  readonly app: TestApp
  readonly vendorId: number
  readonly developer: FormBrowser
  readonly send: (form: Record<string, string>) => Promise<Page>
}

async function begin(about: { isPublic?: boolean } = {}): Promise<Walk> {
  const fixture = await setup()
  const { platform, user, clock } = fixture
  const account = await findAccount(platform.store, user.id)
  assert.ok(account)
  const vendorId = await foundVendor(platform.store, account, clock.now())
  const app = await makeApp(platform, { ...about, vendor: vendorId, name: 'Brightline Caller' })
  const developer = fixture.browser()
  await signIn(developer, user.email)
  const page = await developer.get(`${path}?app=${app.clientId}`)
  const { csrf = '' } = page.hidden()
  const send = (form: Record<string, string>) =>
    developer.post(path, { csrf, app: app.clientId, ...form })
  return { fixture, app, vendorId, developer, send }
}

/** Opens the link as its user would, and answers where the browser ends up. */
async function follow(developer: FormBrowser, page: Page): Promise<string> {
  const [, link = ''] = /class="play-link" href="([^"]+)"/.exec(page.html) ?? []
  const url = new URL(link.replaceAll('&amp;', '&'))
  const consent = await developer.get(url.pathname + url.search)
  const answer = await consent.submit({ decision: 'authorize' })
  return answer.location ?? ''
}

/** Nothing that opens something stands on the page. */
function nothingSecret(page: Page, app: TestApp): void {
  assert.doesNotMatch(page.html, /lk_(?:ac|at|rt)_[\w-]/)
  if (app.secret) assert.ok(!page.html.includes(app.secret))
  assert.doesNotMatch(page.html, /Basic (?!\*\*\*)/)
}

for (const door of ['standard', 'article']) {
  for (const isPublic of [false, true]) {
    test(`the whole walk, by the ${door} link, for a ${isPublic ? 'public' : 'confidential'} app`, async () => {
      const { fixture, app, developer, send } = await begin({ isPublic })
      const secret = app.secret ?? ''
      const linked = await send({ action: 'link', door })
      const back = await follow(developer, linked)
      const called = await send({ action: 'callback', came: back })
      assert.match(called.html, /The authorization code/)
      if (door === 'standard') assert.match(called.html, /The same that the link had/)
      const exchanged = await send({ action: 'exchange', secret })
      assert.match(exchanged.html, /HTTP\/1\.1 200 OK/)
      assert.match(exchanged.html, /lk_at_…[\w-]{4}&quot;/)
      if (!isPublic) assert.match(exchanged.html, /Authorization: Basic \*\*\*/)
      const { html: profile } = await send({ action: 'me' })
      assert.match(profile, /GET \/v1\.0\/me HTTP\/1\.1/)
      assert.match(profile, /Authorization: Bearer lk_at_…/)
      assert.match(profile, /dana@example\.com&quot;/)
      const refreshed = await send({ action: 'refresh', secret })
      assert.match(refreshed.html, /grant_type=refresh_token&amp;refresh_token=lk_rt_…/)
      const over = await send({ action: 'disconnect', secret })
      assert.match(over.html, /<strong>Disconnected\.<\/strong>/)
      for (const page of [linked, called, exchanged, refreshed, over]) nothingSecret(page, app)
      assert.equal(developer.cookies.has('latchkey_playground'), false)
      const [row] = await fixture.platform.store.read<{ revoked_because: string }>(
        'select revoked_because from connection',
      )
      assert.equal(row?.revoked_because, 'vendor')
      await fixture.platform.close()
    })
  }
}

describe('the playground', () => {
  test('a wrong secret is refused by the real endpoint, explained in Activity, and the walk goes on', async () => {
    const { app, developer, send } = await begin()
    const back = await follow(developer, await send({ action: 'link' }))
    await send({ action: 'callback', came: back })
    const wrong = await send({ action: 'exchange', secret: 'not-the-secret-at-all' })
    assert.match(wrong.html, /HTTP\/1\.1 401 Unauthorized/)
    assert.ok(!wrong.html.includes('not-the-secret-at-all'))
    const activity = await developer.get(
      `/developer/authorizations/activity?app=${app.clientId}&show=failed`,
    )
    assert.match(activity.html, /What was sent as client_secret is none of this platform’s/)
    const right = await send({ action: 'exchange', secret: app.secret ?? '' })
    assert.match(right.html, /HTTP\/1\.1 200 OK/)
  })

  test('its requests are counted and limited as any other', async () => {
    const fixture = await setup({ limitAppAuth: { points: 2, seconds: 60 } })
    const account = await findAccount(fixture.platform.store, fixture.user.id)
    assert.ok(account)
    const vendor = await foundVendor(fixture.platform.store, account, fixture.clock.now())
    const app = await makeApp(fixture.platform, { vendor, name: 'Limited' })
    const developer = fixture.browser()
    await signIn(developer, fixture.user.email)
    const { csrf = '' } = (await developer.get(`${path}?app=${app.clientId}`)).hidden()
    const send = (form: Record<string, string>) =>
      developer.post(path, { csrf, app: app.clientId, ...form })
    const back = await follow(developer, await send({ action: 'link' }))
    await send({ action: 'callback', came: back })
    const wrong = () => send({ action: 'exchange', secret: 'wrong' })
    await wrong()
    await wrong()
    assert.match((await wrong()).html, /HTTP\/1\.1 429 Too Many Requests/)
  })

  test('what it holds opens for its session and app alone, and for ten minutes', async () => {
    const { fixture, app, vendorId, developer, send } = await begin()
    const back = await follow(developer, await send({ action: 'link' }))
    await send({ action: 'callback', came: back })
    await send({ action: 'exchange', secret: app.secret ?? '' })
    const name = 'latchkey_playground'
    const stolen = developer.cookies.get(name) ?? ''
    assert.ok(!stolen.includes('lk_') && !Buffer.from(stolen, 'base64url').includes('lk_'))

    const colleague = await makeUser(fixture.platform, 'cole@example.com', fixture.clock.now())
    await fixture.platform.store.write(tx =>
      tx.run(
        `insert into vendor_member (account_id, vendor_id, role, created_at) values ($1, $2, 'member', 0)`,
        colleague.id,
        vendorId,
      ),
    )
    const cole = fixture.browser()
    await signIn(cole, 'cole@example.com')
    cole.cookies.set(name, stolen)
    const { csrf = '' } = (await cole.get(`${path}?app=${app.clientId}`)).hidden()
    cole.cookies.set(name, stolen)
    const tried = await cole.post(path, { csrf, app: app.clientId, action: 'me' })
    assert.match(tried.html, /over or has expired/)
    assert.doesNotMatch(tried.html, /HTTP\/1\.1/)

    const other = await makeApp(fixture.platform, { vendor: vendorId, name: 'Another' })
    const elsewhere = await send({ app: other.clientId, action: 'me' })
    assert.match(elsewhere.html, /over or has expired/)

    developer.cookies.set(name, stolen)
    assert.match((await send({ action: 'me' })).html, /HTTP\/1\.1 200 OK/)
    developer.cookies.set(name, `${stolen.slice(0, -2)}AA`)
    assert.match((await send({ action: 'me' })).html, /over or has expired/)
    developer.cookies.set(name, stolen)
    fixture.clock.forward(600)
    const late = await send({ action: 'me' })
    assert.match(late.html, /over or has expired/)
    assert.match(late.html, /the connection is still there/)
  })

  test('a cookie that is no pocket is none', async () => {
    const { fixture } = await begin()
    const { keys } = fixture.platform
    const owner = { csrf: 'c', accountId: 1, clientId: 'a' }
    const pocket = { door: 'article', redirectUri: 'r', state: null, verifier: null } as const
    const now = fixture.clock.now()
    const text = closePocket(keys, pocket, owner, now)
    assert.deepEqual(openPocket(keys, text, owner, now), pocket)
    for (const wrong of [
      { ...owner, csrf: 'd' },
      { ...owner, accountId: 2 },
      { ...owner, clientId: 'b' },
    ]) {
      assert.equal(openPocket(keys, text, wrong, now), null)
    }
    const [id, , nonce, sealed] = text.split('.')
    for (const forged of [
      null,
      '',
      'x',
      `${id}.${now + 1}.${nonce}.${sealed}`,
      `7.${now}.${nonce}.${sealed}`,
      `${id}.${now}.${nonce}.${'A'.repeat(22)}`,
    ]) {
      assert.equal(openPocket(keys, forged, owner, now), null)
    }
    assert.notEqual(closePocket(keys, pocket, owner, now), text)
  })

  test('a step whose turn it is not leads nowhere', async () => {
    const { fixture, send } = await begin()
    for (const action of ['exchange', 'me', 'refresh', 'disconnect', 'callback', 'nonsense']) {
      const page = await send({ action, secret: 'x', came: 'x' })
      assert.equal(page.status, 200)
      assert.doesNotMatch(page.html, /HTTP\/1\.1/, action)
    }
    await send({ action: 'link' })
    for (const action of ['exchange', 'me', 'refresh', 'disconnect', 'nonsense']) {
      assert.doesNotMatch((await send({ action, secret: 'x' })).html, /HTTP\/1\.1/, action)
    }
    assert.deepEqual(await fixture.platform.store.read('select * from connection'), [])
  })

  test('no redirect URL is registered for it', async () => {
    const { fixture, app, send } = await begin()
    const read = () =>
      fixture.platform.store.read('select redirect_uris from app where id = $1', app.id)
    const before = await read()
    await send({ action: 'link' })
    assert.deepEqual(await read(), before)
    assert.equal((await me(fixture.platform, 'x')).status, 401)
  })
})

const issuer = 'https://platform.example'
const redirectUri = 'https://vendor.example/cb?tenant=7'
const state = 'the-state'
const good = `${redirectUri}&code=c&state=${state}&iss=${encodeURIComponent(issuer)}`

describe('a callback is taken apart', () => {
  const cases: readonly [string, string, string | null, RegExp | null][] = [
    ['as it should be', good, 'c', null],
    ['another state', good.replace(state, 'x'), null, /somebody else’s answer/],
    ['no state', good.replace(`&state=${state}`, ''), null, /has to come back/],
    ['another issuer', good.replace('platform', 'evil'), null, /another server/],
    ['no issuer', good.replace(/&iss=.*/, ''), null, /another server/],
    ['no code', good.replace('&code=c', ''), null, /nothing to exchange/],
    ['two codes', `${good}&code=d`, null, /stands here twice/],
    ['a denial', good.replace('code=c', 'error=access_denied'), null, /chose Deny/],
    ['another address', good.replace('vendor', 'evil'), null, /Not the redirect URL/],
    ['a longer address', good.replace('tenant=7', 'tenant=71'), null, /Not the redirect URL/],
    ['nothing', '', null, /Not the redirect URL/],
    ['something more', `${good}&utm=1`, 'c', /Not from this platform/],
  ]
  for (const [name, pasted, code, says] of cases) {
    test(name, () => {
      const taken = takeApart(pasted, { redirectUri, state }, issuer)
      assert.equal(taken.code, code)
      const words = taken.findings.map(finding => finding.words).join('\n')
      if (says) assert.match(words, says)
      else assert.ok(taken.findings.every(({ verdict }) => verdict !== 'wrong'))
    })
  }
})

test('handles and secrets are masked wherever they stand', () => {
  const token = `lk_at_${'x'.repeat(79)}abcd`
  assert.equal(masked(`a ${token}, b`), 'a lk_at_…abcd, b')
  assert.equal(masked(`code=${token}&x=s3cret`, ['s3cret', '']), 'code=lk_at_…abcd&x=***')
  assert.equal(quoted(`it's`), `'it'\\''s'`)
})
