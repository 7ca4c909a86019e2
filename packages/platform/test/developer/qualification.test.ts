/** A company's qualification: every action from every state, on both engines, and two people at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Account, findAccount } from '../../src/accounts/account.ts'
import { foundVendor } from '../../src/developer/member.ts'
import {
  decideQualification,
  findChange,
  findVendor,
  type QualificationAction,
  type QualificationState,
  submitQualification,
  transitions,
} from '../../src/developer/qualification.ts'
import type { Store } from '../../src/store/store.ts'
import { engines } from '../engines.ts'
import { makeUser, type Setup } from '../setup.ts'

const about = {
  name: 'Brightline',
  website: 'https://brightline.example',
  privacy_url: 'https://brightline.example/privacy',
  contact_name: 'Dana Reyes',
  contact_title: 'Head of Product',
  contact_email: 'dana@brightline.example',
  contact_phone: '+1 555 010 0199',
}

/** How a company gets to each state. */
const ways: Readonly<Record<QualificationState, readonly QualificationAction[]>> = {
  draft: [],
  in_review: ['submit'],
  approved: ['submit', 'approve'],
  change_in_review: ['submit', 'approve', 'submit'],
  declined: ['submit', 'decline'],
}

let made = 0

async function newVendor({ platform, clock }: Setup): Promise<number> {
  const { id } = await makeUser(platform, `owner${++made}@example.com`, clock.now())
  const account = (await findAccount(platform.store, id)) as Account
  return foundVendor(platform.store, account, clock.now())
}

async function act(store: Store, vendorId: number, action: QualificationAction, name: string) {
  const actor = 'operator' as const
  if (action === 'submit') {
    return submitQualification(store, { vendorId, about: { ...about, name }, actor }, made * 1000)
  }
  const seen = (await findVendor(store, vendorId))?.submitted_at ?? 0
  const decision = { vendorId, seen, approve: action === 'approve', reason: 'Because.', actor }
  return decideQualification(store, decision, made * 1000)
}

for (const [engine, begin] of Object.entries(engines)) {
  describe(`qualification on ${engine}`, () => {
    test('what the table allows happens, and nothing else changes anything', async t => {
      const fixture = await begin(t)
      const { store } = fixture.platform
      for (const [state, way] of Object.entries(ways)) {
        for (const action of Object.keys(transitions) as QualificationAction[]) {
          const id = await newVendor(fixture)
          for (const earlier of way)
            assert.equal(await act(store, id, earlier, `First ${id}`), 'done')
          const before = await findVendor(store, id)
          assert.equal(before?.state, state)
          const next = transitions[action][state as QualificationState]
          const outcome = await act(store, id, action, `Second ${id}`)
          assert.equal(outcome, next ? 'done' : 'changed meanwhile', `${action} at ${state}`)
          const after = await findVendor(store, id)
          assert.equal(after?.state, next ?? state)
          if (!next) assert.deepEqual(after, before)
        }
      }
    })

    test('what was approved stays until the change is approved', async t => {
      const fixture = await begin(t)
      const { store } = fixture.platform
      const id = await newVendor(fixture)
      const names = async () => [
        (await findVendor(store, id))?.name,
        (await findChange(store, id))?.name,
      ]
      await act(store, id, 'submit', 'Old')
      await act(store, id, 'approve', '')
      await act(store, id, 'submit', 'Bank of Everything')
      assert.deepEqual(await names(), ['Old', 'Bank of Everything'])
      await act(store, id, 'decline', '')
      assert.deepEqual(await names(), ['Old', undefined])
      assert.equal((await findVendor(store, id))?.reason, 'Because.')
      await act(store, id, 'submit', 'New')
      await act(store, id, 'approve', '')
      assert.deepEqual(await names(), ['New', undefined])
    })

    test('of two reviewers at once one decides; of two companies at once one gets a name', async t => {
      const fixture = await begin(t)
      const { store } = fixture.platform
      const [one, two] = [await newVendor(fixture), await newVendor(fixture)]
      const submitted = await Promise.all([one, two].map(id => act(store, id, 'submit', 'Same')))
      assert.deepEqual(submitted.toSorted(), ['done', 'taken'])
      const id = submitted[0] === 'done' ? one : two
      const decided = await Promise.all([
        act(store, id, 'approve', ''),
        act(store, id, 'decline', ''),
        act(store, id, 'approve', ''),
      ])
      assert.equal(decided.filter(outcome => outcome === 'done').length, 1)
    })

    test('a name that went to another company meanwhile is not approved', async t => {
      const fixture = await begin(t)
      const { store } = fixture.platform
      const [one, two] = [await newVendor(fixture), await newVendor(fixture)]
      for (const action of ['submit', 'approve'] as const) await act(store, one, action, 'One')
      await act(store, one, 'submit', 'Wanted')
      assert.equal(await act(store, two, 'submit', 'Wanted'), 'done')
      assert.equal(await act(store, one, 'approve', ''), 'taken')
      assert.equal((await findVendor(store, one))?.name, 'One')
      assert.equal(await act(store, one, 'decline', ''), 'done')
    })
  })
}
