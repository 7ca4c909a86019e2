/** Who works for a vendor: invited, let in, given a role, removed; on both engines, and all at once. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type Account, findAccount } from '../../src/accounts/account.ts'
import {
  accept,
  findInvitation,
  invitationLifetime,
  invitationsAtMost,
  invitationsOf,
  invite,
  takeBack,
} from '../../src/developer/invitation.ts'
import {
  foundVendor,
  membershipOf,
  membersOf,
  type Role,
  removeMember,
  setRole,
} from '../../src/developer/member.ts'
import { pageOf } from '../../src/page.ts'
import { purge } from '../../src/store/purge.ts'
import { engines } from '../engines.ts'
import { makeUser, type Setup, setup, signIn } from '../setup.ts'

const qualification = {
  name: 'Brightline',
  website: 'https://brightline.example',
  privacyUrl: 'https://brightline.example/privacy',
  contactName: 'Dana Reyes',
  contactTitle: 'Head of Product',
  contactEmail: 'dana@brightline.example',
  contactPhone: '+1 555 010 0199',
}

async function person(fixture: Setup, email: string): Promise<Account> {
  const { id } = await makeUser(fixture.platform, email, fixture.clock.now())
  return (await findAccount(fixture.platform.store, id)) as Account
}

async function company(begin: (t: TestContext) => Promise<Setup>, t: TestContext) {
  const fixture = await begin(t)
  const { store } = fixture.platform
  const now = fixture.clock.now()
  const owner = await person(fixture, 'olga@example.com')
  const vendorId = await foundVendor(store, owner, now)
  const join = async (email: string, role: Role) => {
    const account = await person(fixture, email)
    const made = await invite(store, { vendorId, email, role, by: owner.id }, now)
    if (typeof made === 'string') throw new Error(made)
    assert.equal(await accept(store, { secret: made.secret, account }, now), 'done')
    return account
  }
  const owners = async () => {
    const { items } = await membersOf(store, vendorId, pageOf('1'))
    return items.filter(({ role }) => role === 'owner').map(({ id }) => id)
  }
  return { fixture, store, now, owner, vendorId, join, owners }
}

for (const [engine, begin] of Object.entries(engines)) {
  describe(`colleagues on ${engine}`, () => {
    test('an invitation works once, for its own address, for seven days', async t => {
      const { fixture, store, now, owner, vendorId } = await company(begin, t)
      const email = 'Mia@Example.com'
      const made = await invite(store, { vendorId, email, role: 'member', by: owner.id }, now)
      assert.ok(typeof made !== 'string')
      const { secret } = made
      const [row] = await store.read<{ id: Uint8Array }>('select id from vendor_invitation')
      assert.ok(
        !Buffer.from(row?.id ?? [])
          .toString('base64url')
          .includes(secret.slice(0, 20)),
      )
      const stranger = await person(fixture, 'else@example.com')
      assert.equal(await accept(store, { secret, account: stranger }, now), 'not yours')
      assert.equal(await accept(store, { secret: `${secret}x`, account: stranger }, now), 'gone')
      const mia = await person(fixture, 'mia@example.com')
      const late = now + invitationLifetime
      assert.equal(await findInvitation(store, secret, late), null)
      assert.equal(await accept(store, { secret, account: mia }, late), 'gone')
      assert.equal(await accept(store, { secret, account: mia }, late - 1), 'done')
      assert.equal(await accept(store, { secret, account: mia }, now), 'gone')
      assert.deepEqual(
        { ...(await membershipOf(store, mia.id)) },
        { vendor_id: vendorId, role: 'member' },
      )
      assert.deepEqual(await invitationsOf(store, vendorId), [])
    })

    test('of an acceptance in two tabs and a taking back, one happens', async t => {
      const { store, now, owner, vendorId, fixture } = await company(begin, t)
      const mia = await person(fixture, 'mia@example.com')
      for (let round = 0; round < 5; round++) {
        const about = { vendorId, email: mia.email, by: owner.id }
        const made = await invite(store, { ...about, role: 'member' }, now)
        assert.ok(typeof made !== 'string')
        const use = () => accept(store, { secret: made.secret, account: mia }, now)
        const [one, back, two] = await Promise.all([use(), takeBack(store, about, now), use()])
        const joined = [one, two].filter(outcome => outcome === 'done').length
        assert.equal(joined + (back ? 1 : 0), 1, `${one} ${two} ${back}`)
        assert.equal((await membershipOf(store, mia.id)) !== null, joined === 1)
        if (joined) await removeMember(store, { vendorId, accountId: mia.id, by: owner.id }, now)
      }
    })

    test('a person belongs to one vendor, whoever invites first', async t => {
      const { fixture, store, now, owner, vendorId } = await company(begin, t)
      const other = await person(fixture, 'other@example.com')
      const elsewhere = await foundVendor(store, other, now)
      const mia = await person(fixture, 'mia@example.com')
      const secrets = []
      for (const [id, by] of [
        [vendorId, owner.id],
        [elsewhere, other.id],
      ] as const) {
        const about = { vendorId: id, email: mia.email, role: 'member' as const, by }
        const made = await invite(store, about, now)
        assert.ok(typeof made !== 'string')
        secrets.push(made.secret)
      }
      const outcomes = await Promise.all(
        secrets.map(secret => accept(store, { secret, account: mia }, now)),
      )
      assert.deepEqual(outcomes.toSorted(), ['done', 'elsewhere'])
      // The invitation that was not accepted is as it was.
      const left = [
        ...(await invitationsOf(store, vendorId)),
        ...(await invitationsOf(store, elsewhere)),
      ]
      assert.equal(left.length, 1)
    })

    test('two owners who demote or remove each other leave one owner', async t => {
      const { store, now, owner, vendorId, join, owners } = await company(begin, t)
      const second = await join('second@example.com', 'owner')
      const demote = (accountId: number, by: number) =>
        setRole(store, { vendorId, accountId, by, role: 'member' }, now)
      const outcomes = await Promise.all([
        demote(owner.id, second.id),
        demote(second.id, owner.id),
        demote(owner.id, owner.id),
        demote(second.id, second.id),
      ])
      assert.equal((await owners()).length, 1, String(outcomes))
      assert.equal(outcomes.filter(outcome => outcome === 'done').length, 1)

      const [last = 0] = await owners()
      const rest = last === owner.id ? second : owner
      await setRole(store, { vendorId, accountId: rest.id, by: last, role: 'owner' }, now)
      const leave = (id: number) => removeMember(store, { vendorId, accountId: id, by: id }, now)
      const ends = await Promise.all([leave(owner.id), leave(second.id)])
      assert.deepEqual(ends.toSorted(), ['done', 'last owner'])
      assert.equal((await owners()).length, 1)
    })

    test('an owner who cannot sign in any more does not count', async t => {
      const { store, now, owner, vendorId, join } = await company(begin, t)
      const second = await join('second@example.com', 'owner')
      await store.write(tx =>
        tx.run('update account set deactivated_at = $2 where id = $1', second.id, now),
      )
      const leave = { vendorId, accountId: owner.id, by: owner.id }
      assert.equal(await removeMember(store, leave, now), 'last owner')
      const remove = { vendorId, accountId: second.id, by: owner.id }
      assert.equal(await removeMember(store, remove, now), 'done')
    })

    test('only an owner invites, takes back, gives roles and removes', async t => {
      const { store, now, owner, vendorId, join } = await company(begin, t)
      const mia = await join('mia@example.com', 'member')
      const by = mia.id
      const email = 'new@example.com'
      assert.equal(
        await invite(store, { vendorId, email, role: 'owner', by }, now),
        'changed meanwhile',
      )
      await invite(store, { vendorId, email, role: 'member', by: owner.id }, now)
      assert.equal(await takeBack(store, { vendorId, email, by }, now), false)
      const about = { vendorId, accountId: mia.id, by }
      assert.equal(await setRole(store, { ...about, role: 'owner' }, now), 'changed meanwhile')
      const owners = { vendorId, accountId: owner.id, by }
      assert.equal(await removeMember(store, owners, now), 'changed meanwhile')
    })

    test('at most 25 wait, also when many are sent at once; old ones are purged', async t => {
      const { store, now, owner, vendorId } = await company(begin, t)
      const many = await Promise.all(
        Array.from({ length: invitationsAtMost + 5 }, (_, i) =>
          invite(
            store,
            { vendorId, email: `p${i}@example.com`, role: 'member', by: owner.id },
            now,
          ),
        ),
      )
      assert.equal(many.filter(made => made === 'full').length, 5)
      const again = { vendorId, email: 'p0@example.com', role: 'owner' as const, by: owner.id }
      const outcome = await invite(store, again, now)
      assert.ok(outcome === 'full' || typeof outcome === 'object')
      const later = { now: now + 2 * invitationLifetime + 1, auditDays: 90 }
      assert.equal((await purge(store, later)).invitations, invitationsAtMost)
    })
  })
}

describe('colleagues on the pages', () => {
  test('invited by mail, signed in, joined; a role, and leaving', async () => {
    const fixture = await setup()
    await makeUser(fixture.platform, 'mia@example.com', fixture.clock.now())
    const owner = fixture.browser()
    await signIn(owner, 'dana@example.com')
    assert.match((await owner.get('/developer/colleagues')).html, /no company here yet/)
    await (await owner.get('/developer')).submit(qualification, '/developer')
    const people = await owner.get('/developer/colleagues')
    const wrong = await people.submit({ email: 'mia', action: 'invite' }, '/developer/colleagues')
    assert.equal(wrong.status, 400)
    const sent = await people.submit(
      { email: 'mia@example.com', action: 'invite' },
      '/developer/colleagues',
    )
    assert.match(sent.html, /Pending/)
    const mail = fixture.mails.at(-1)
    assert.equal(mail?.to, 'mia@example.com')
    assert.match(mail?.subject ?? '', /Join Brightline/)
    const [path = ''] = /\/developer\/invitation\?token=[\w-]{43}/.exec(mail?.text ?? '') ?? []

    const other = await owner.get(path)
    assert.match(other.html, /You work here already/)
    const mia = fixture.browser()
    assert.match((await mia.get(path)).path, /^\/sign-in\?continue=/)
    await signIn(mia, 'mia@example.com')
    const asked = await mia.get(path)
    assert.match(asked.html, /Join <bdi>Brightline<\/bdi>\?/)
    const joined = await asked.submit({}, '/developer/invitation')
    assert.equal(joined.path, '/developer/authorizations')
    assert.equal((await mia.get(path)).status, 410)

    const list = await mia.get('/developer/colleagues')
    assert.match(list.html, /Only an owner can invite/)
    const [own = ''] = /name="account" value="(\d+)"/.exec(list.html)?.slice(1) ?? []
    const page = await owner.get(`/developer/colleagues/member?account=${own}`)
    assert.match(page.html, /no connection ends/)
    await page.submit({ action: 'role', role: 'owner' })
    assert.match((await mia.get('/developer/colleagues')).html, /Invite a colleague/)
    const leaving = await owner.get('/developer/colleagues')
    const [self = ''] = /name="account" value="(\d+)"/.exec(leaving.html)?.slice(1) ?? []
    await (await owner.get(`/developer/colleagues/member?account=${self}`)).submit({
      action: 'remove',
    })
    assert.match((await owner.get('/developer/colleagues')).html, /no company here yet/)
    const alone = await mia.get(`/developer/colleagues/member?account=${own}`)
    const refused = await alone.submit({ action: 'remove' })
    assert.equal(refused.status, 409)
    assert.match(refused.html, /only owner/)
  })

  test('another account, or a person of another company, is told so', async () => {
    const fixture = await setup()
    await makeUser(fixture.platform, 'mia@example.com', fixture.clock.now())
    const owner = fixture.browser()
    await signIn(owner, 'dana@example.com')
    await (await owner.get('/developer')).submit(qualification, '/developer')
    await (await owner.get('/developer/colleagues')).submit(
      { email: 'noor@example.com', action: 'invite' },
      '/developer/colleagues',
    )
    const [path = ''] =
      /\/developer\/invitation\?token=[\w-]{43}/.exec(fixture.mails.at(-1)?.text ?? '') ?? []
    const mia = fixture.browser()
    await signIn(mia, 'mia@example.com')
    const refused = await mia.get(path)
    assert.equal(refused.status, 403)
    assert.match(refused.html, /has invited noor@example.com, and you are signed in as mia@example/)
    await (await mia.get('/developer')).submit({ ...qualification, name: 'Other' }, '/developer')
    assert.match((await mia.get(path)).html, /belongs to Other, and a person belongs to one/)
  })

  test('a mail that cannot be sent leaves no invitation', async () => {
    let broken = false
    const fixture = await setup({
      mailer: async () => {
        if (broken) throw new Error('no route')
      },
    })
    const owner = fixture.browser()
    await signIn(owner, 'dana@example.com')
    await (await owner.get('/developer')).submit(qualification, '/developer')
    broken = true
    const form = await owner.get('/developer/colleagues')
    const answer = await form.submit(
      { email: 'mia@example.com', action: 'invite' },
      '/developer/colleagues',
    )
    assert.equal(answer.status, 503)
    assert.doesNotMatch((await owner.get('/developer/colleagues')).html, /mia@example.com/)
  })
})
