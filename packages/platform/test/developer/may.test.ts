/** Who may do what: every page and form of the Developer Platform and of review, for everybody. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { findAccount } from '../../src/accounts/account.ts'
import { addApp } from '../../src/developer/app.ts'
import { may, standingsOf } from '../../src/developer/may.ts'
import { foundVendor } from '../../src/developer/member.ts'
import type { FormBrowser } from '../form-browser.ts'
import { makeUser, type Setup, setup, signIn } from '../setup.ts'

type Who =
  | 'nobody'
  | 'a user'
  | 'an owner'
  | 'an owner elsewhere'
  | 'a reviewer'
  | 'their own reviewer'

let fixture: Setup
let clientId = ''
let vendorId = 0
let ownerId = 0
let memberId = 0
const people = new Map<Who, FormBrowser>()

before(async () => {
  fixture = await setup()
  const { platform, clock } = fixture
  const enter = async (who: Who, email: string, reviewer = false) => {
    const { id } = await makeUser(platform, email, clock.now(), reviewer)
    const browser = fixture.browser()
    await signIn(browser, email)
    people.set(who, browser)
    const account = await findAccount(platform.store, id)
    if (!account) throw new Error(email)
    return account
  }
  people.set('nobody', fixture.browser())
  await enter('a user', 'user@example.com')
  const owner = await enter('an owner', 'owner@example.com')
  const other = await enter('an owner elsewhere', 'other@example.com')
  await enter('a reviewer', 'reviewer@example.com', true)
  const both = await enter('their own reviewer', 'both@example.com', true)
  ownerId = owner.id
  memberId = both.id
  vendorId = await foundVendor(platform.store, owner, clock.now())
  await foundVendor(platform.store, other, clock.now())
  await platform.store.write(tx =>
    tx.run(
      `insert into vendor_member (account_id, vendor_id, role, created_at) values ($1, $2, 'member', 0)`,
      both.id,
      vendorId,
    ),
  )
  const { app } = await addApp(
    platform.store,
    {
      vendor: vendorId,
      name: 'Theirs',
      redirectUris: ['https://theirs.example/cb'],
      permissions: ['profile:read'],
      isPublic: false,
      rotates: false,
      mode: 'development',
      audience: 'testers',
    },
    'operator',
    clock.now(),
  )
  clientId = app.client_id
})

const owners: readonly Who[] = ['an owner', 'an owner elsewhere']
const developers: readonly Who[] = ['an owner', 'their own reviewer']
const everybody: readonly Who[] = [
  'a user',
  'an owner',
  'an owner elsewhere',
  'a reviewer',
  'their own reviewer',
]
const reviewers: readonly Who[] = ['a reviewer', 'their own reviewer']

/** A page, and who sees it; `decides` are those of its forms that only some may send. */
const pages: readonly [string, readonly Who[]][] = [
  ['/developer/colleagues', everybody],
  // A member sees their own page, where one leaves, and no other.
  ['/developer/colleagues/member?account=OWNER', ['an owner']],
  ['/developer/colleagues/member?account=MEMBER', developers],
  ['/review/search?q=theirs', reviewers],
  ['/review/vendor/step?vendor=VENDOR&action=suspend', ['a reviewer']],
  ['/developer', everybody],
  ['/developer/authorizations', everybody],
  ['/developer/authorizations/new', everybody],
  ['/developer/authorizations/app?app=APP', developers],
  ['/developer/authorizations/edit?app=APP', developers],
  ['/developer/authorizations/webhooks?app=APP', developers],
  ['/developer/authorizations/webhooks/step?app=APP&action=remove', developers],
  ['/developer/authorizations/activity?app=APP', [...developers, 'a reviewer']],
  ['/developer/authorizations/playground?app=APP', developers],
  ['/review', reviewers],
  ['/review/audit', reviewers],
  ['/review/audit.csv', reviewers],
  // A reviewer who works for the vendor is no reviewer of it.
  ['/review/app?app=APP', ['a reviewer']],
  ['/review/app/step?app=APP&action=suspend', ['a reviewer']],
  ['/review/vendor?vendor=VENDOR', ['a reviewer']],
]

const forms: readonly [string, Record<string, string>, readonly Who[]][] = [
  // An owner elsewhere does it for their own company.
  ['/developer/colleagues', { action: 'take back', email: 'x@example.com' }, owners],
  ['/developer/colleagues', { action: 'invite', email: 'x' }, owners],
  [
    '/developer/colleagues/member',
    { account: 'OWNER', action: 'role', role: 'owner' },
    ['an owner'],
  ],
  ['/developer/colleagues/member', { account: 'MEMBER', action: 'role' }, ['an owner']],
  ['/developer/colleagues/member', { account: 'OWNER', action: 'remove' }, ['an owner']],
  ['/review/vendor/step', { vendor: 'VENDOR', action: 'none' }, ['a reviewer']],
  ['/developer/authorizations/app', { app: 'APP', version: '0', action: 'withdraw' }, developers],
  ['/developer/authorizations/edit', { app: 'APP', version: '0', name: '' }, developers],
  ['/developer/authorizations/revoke', { app: 'APP', secret: '0' }, developers],
  ['/developer/authorizations/testers', { app: 'APP', email: 'x' }, developers],
  ['/developer/authorizations/webhooks', { app: 'APP', url: 'http://x.example' }, developers],
  ['/developer/authorizations/webhooks/step', { app: 'APP', action: 'test' }, developers],
  ['/developer/authorizations/playground', { app: 'APP', action: 'link' }, developers],
  ['/review/app', { app: 'APP', version: '0', action: 'approve' }, ['a reviewer']],
  ['/review/app/step', { app: 'APP', action: 'none' }, ['a reviewer']],
  ['/review/vendor', { vendor: 'VENDOR', action: 'none' }, ['a reviewer']],
]

const filled = (text: string) =>
  text
    .replace('APP', clientId)
    .replace('VENDOR', String(vendorId))
    .replace('OWNER', String(ownerId))
    .replace('MEMBER', String(memberId))

describe('who may see what', () => {
  for (const [path, allowed] of pages) {
    test(path, async () => {
      for (const [who, browser] of people) {
        const page = await browser.get(filled(path))
        if (who === 'nobody') assert.match(page.path, /^\/sign-in/, who)
        else assert.equal(page.status, allowed.includes(who) ? 200 : 404, `${who}: ${page.status}`)
        if (!allowed.includes(who))
          assert.doesNotMatch(page.html, /Theirs|owner@example\.com<\/bdi><\/p>/)
      }
    })
  }
})

describe('who may do what', () => {
  for (const [path, form, allowed] of forms) {
    test(`POST ${path}`, async () => {
      for (const [who, browser] of people) {
        const csrf = (await browser.get('/')).html.match(/name="csrf" value="([^"]+)"/)?.[1] ?? ''
        const sent = Object.fromEntries(
          Object.entries(form).map(([name, value]) => [name, filled(value)]),
        )
        const answer = await browser.post(path, { ...sent, csrf })
        if (who === 'nobody') assert.equal(answer.status, 403)
        else if (allowed.includes(who)) assert.notEqual(answer.status, 404, who)
        else assert.equal(answer.status, 404, `${who}: ${answer.status}`)
      }
    })
  }

  test('no form is taken from elsewhere', async () => {
    for (const [path, form] of forms) {
      const answer = await people.get('an owner')?.post(path, { ...form, csrf: 'x'.repeat(43) })
      assert.equal(answer?.status, 403, path)
    }
  })
})

test('the table names every standing that is needed', () => {
  const account = { is_reviewer: 1 } as Parameters<typeof standingsOf>[0]
  assert.deepEqual(standingsOf(account, { vendor_id: 1, role: 'owner' }, 1), ['owner'])
  assert.deepEqual(standingsOf(account, { vendor_id: 2, role: 'owner' }, 1), ['reviewer'])
  assert.deepEqual(standingsOf({ ...account, is_reviewer: 0 }, null, 1), [])
  for (const allowed of Object.values(may)) assert.ok(allowed.length > 0)
})
