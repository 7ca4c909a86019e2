/** Before a secret is made, or an app or vendor suspended: who is asked again, and after how long. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { addApp } from '../../src/developer/app.ts'
import type { FormBrowser } from '../form-browser.ts'
import { makeUser, password, type Setup, setup, signIn } from '../setup.ts'
import { digitsOf } from './factor-person.ts'

let fixture: Setup
const people = new Map<string, FormBrowser>()
let clientId = ''
let vendorId = 0

before(async () => {
  fixture = await setup()
  const { platform, clock, user } = fixture
  await makeUser(platform, 'rita@example.com', clock.now(), true)
  const { app } = await addApp(
    platform.store,
    {
      vendor: 'Theirs',
      name: 'Their app',
      redirectUris: ['https://their.example/cb'],
      permissions: ['profile:read'],
      isPublic: false,
      rotates: false,
      mode: 'production',
    },
    'operator',
    clock.now(),
  )
  clientId = app.client_id
  vendorId = app.vendor_id
  await platform.store.write(tx =>
    tx.run('insert into vendor_member values ($1, $2, $3, 0)', user.id, app.vendor_id, 'owner'),
  )
  for (const [who, email] of [
    ['an owner', user.email],
    ['a reviewer', 'rita@example.com'],
  ] as const) {
    const browser = fixture.browser()
    await signIn(browser, email)
    people.set(who, browser)
  }
})

/** Each deed: by whom, where its form goes, and how to see that it was done. */
const deeds = [
  {
    who: 'an owner',
    path: '/developer/authorizations/secret',
    form: () => ({ app: clientId }),
    back: () => `/developer/authorizations/app?app=${clientId}`,
    count: 'select count(*) as n from app_secret',
  },
  {
    who: 'a reviewer',
    path: '/review/app/step',
    form: () => ({ app: clientId, action: 'suspend' }),
    back: () => `/review/app/step?app=${clientId}&action=suspend`,
    count: 'select count(*) as n from app where suspended_at is not null',
  },
  {
    who: 'a reviewer',
    path: '/review/vendor/step',
    form: () => ({ vendor: String(vendorId), action: 'suspend' }),
    back: () => `/review/vendor/step?vendor=${vendorId}&action=suspend`,
    count: 'select count(*) as n from vendor where suspended_at is not null',
  },
]

async function send(who: string, path: string, form: Record<string, string>) {
  const browser = people.get(who) as FormBrowser
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await browser.get('/')).html) ?? []
  return browser.post(path, { ...form, csrf })
}

const count = async (sql: string) =>
  (await fixture.platform.store.read<{ n: number }>(sql))[0]?.n ?? 0

describe('asked again', () => {
  for (const { who, path, form, back, count: sql } of deeds) {
    test(`before ${path}, by ${who}: once it is ten minutes old, and then it is done`, async () => {
      const before = await count(sql)
      fixture.clock.forward(600)
      const asked = await send(who, path, form())
      assert.equal(await count(sql), before)
      assert.match(asked.path, /^\/account\/confirm\?/)
      assert.equal(new URL(asked.path, 'http://x').searchParams.get('continue'), back())
      const wrong = await asked.submit({ password: 'wrong password' }, '/account/confirm')
      assert.equal(wrong.status, 401)
      const again = await asked.submit({ password }, '/account/confirm')
      assert.equal(again.path, back())
      await send(who, path, form())
      assert.equal(await count(sql), before + 1)
    })
  }

  test('to undo a suspension nothing is asked', async () => {
    fixture.clock.forward(600)
    await send('a reviewer', '/review/app/step', { app: clientId, action: 'resume' })
    assert.equal(await count('select count(*) as n from app where suspended_at is not null'), 0)
  })

  test('an account with a second factor gives that, and its password is not enough', async () => {
    const reviewer = people.get('a reviewer') as FormBrowser
    const path = '/account/security/authenticator'
    const asked = await reviewer.get(path)
    const page = await asked.submit({ password }, '/account/confirm')
    const [, secret = ''] = /data-copy="([A-Z2-7]{32})"/.exec(page.html) ?? []
    await page.submit({ code: digitsOf(secret, fixture.clock.now()) }, path)
    fixture.clock.forward(600)
    const form = { app: clientId, action: 'suspend' }
    const again = await send('a reviewer', '/review/app/step', form)
    assert.equal((await again.submit({ password }, '/account/confirm')).status, 400)
    const code = digitsOf(secret, fixture.clock.now())
    assert.match((await again.submit({ code }, '/account/confirm')).path, /^\/review\/app\/step/)
  })

  test('whoever may not do it learns nothing by asking: 404, and no question', async () => {
    fixture.clock.forward(600)
    const answer = await send('an owner', '/review/app/step', { app: clientId, action: 'suspend' })
    assert.equal(answer.status, 404)
  })
})
