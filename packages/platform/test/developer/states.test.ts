/** `docs/reference/states.md` says what the code does: held against its tables, and walked where it has none. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Account, findAccount } from '../../src/accounts/account.ts'
import { decide, disconnect, exchange } from '../../src/connection/connection.ts'
import { newConnectionId } from '../../src/connection/name.ts'
import { findConnection } from '../../src/connection/row.ts'
import { findApp, resumeApp, suspendApp } from '../../src/developer/app.ts'
import {
  accept,
  invitationLifetime,
  invitationsOf,
  invite,
  transitions as ofInvitations,
  takeBack,
} from '../../src/developer/invitation.ts'
import { foundVendor, membershipOf, removeMember, setRole } from '../../src/developer/member.ts'
import { transitions as ofCompanies } from '../../src/developer/qualification.ts'
import { transitions as ofApps } from '../../src/developer/revision.ts'
import { listSecrets, newSecret, revokeSecret } from '../../src/developer/secret.ts'
import { suspendVendor } from '../../src/developer/vendor.ts'
import { makeApp, makeUser, type Setup, setup } from '../setup.ts'

const page = readFileSync(new URL('../../../../docs/reference/states.md', import.meta.url), 'utf8')

/** `from | action | to` of each line under a heading. */
function documented(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const lines = section.split('\n## ')[0]?.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|/gm) ?? []
  return [...lines]
    .map(([, ...cells]) => cells.join(' | '))
    .filter(line => !/^(from|---)/.test(line))
}

type Table = Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>

function rows(table: Table, name: (from: string, to: string, action: string) => string): string[] {
  return Object.entries(table).flatMap(([action, steps]) =>
    Object.entries(steps).map(
      ([from, to = '']) => `${from} | ${action} | ${name(from, to, action)}`,
    ),
  )
}

describe('the tables in the code are the ones on the page', () => {
  test('companies', () => {
    assert.deepEqual(documented('Company').toSorted(), rows(ofCompanies, (_, to) => to).toSorted())
  })

  test('apps', () => {
    const place = (from: string, to: string, action: string) =>
      `${action === 'approve' ? 'production' : from.split(' ')[0]} ${to}`
    assert.deepEqual(documented('App').toSorted(), rows(ofApps, place).toSorted())
  })

  test('invitations', () => {
    const table = rows(ofInvitations, (_, to) => to)
    assert.deepEqual(documented('Invitation').toSorted(), table.toSorted())
  })
})

/** A thing of its own in some state, what can be done with it, and how it stands. */
interface Walk {
  /** Brings a fresh thing into each state. */
  readonly ways: Readonly<Record<string, readonly string[]>>
  readonly actions: readonly string[]
  begin(
    fixture: Setup,
  ): Promise<{ act(action: string): Promise<unknown>; state(): Promise<string> }>
}

const walks: Readonly<Record<string, Walk>> = {
  Secret: {
    ways: {
      none: [],
      live: ['make'],
      ending: ['make', 'revoke later'],
      ended: ['make', 'revoke at once'],
    },
    actions: ['make', 'revoke later', 'revoke at once', 'its time comes'],
    begin: async ({ platform, clock }) => {
      const { store } = platform
      const app = await makeApp(platform, { isPublic: true })
      let id = 0
      const revoke = (end: number) =>
        revokeSecret(store, { appId: app.id, secretId: id, end }, 'operator', clock.now())
      const ids = () =>
        store.read<{ id: number }>('select id from app_secret where app_id = $1', app.id)
      return {
        act: async action => {
          if (action === 'make' && id === 0) {
            await newSecret(store, app.id, 'operator', clock.now())
            id = (await ids())[0]?.id ?? 0
          }
          if (action === 'revoke later') await revoke(clock.now() + 3_600_000)
          if (action === 'revoke at once') await revoke(clock.now())
          if (action === 'its time comes') clock.forward(3_600)
        },
        state: async () => {
          if (id === 0) return 'none'
          const secret = (await listSecrets(store, app.id, clock.now())).find(one => one.id === id)
          if (!secret) return 'ended'
          return secret.revoked_at === null ? 'live' : 'ending'
        },
      }
    },
  },
  Connection: {
    ways: {
      none: [],
      code: ['authorize'],
      live: ['authorize', 'exchange'],
      ended: ['authorize', 'disconnect'],
    },
    actions: ['authorize', 'deny', 'exchange', 'disconnect'],
    begin: async ({ platform, app, user, clock }) => {
      const { store } = platform
      clock.forward(1)
      const now = clock.now()
      const id = newConnectionId(now)
      const about = { id, appId: app.id, accountId: user.id, permissions: '' }
      const more = { redirectUri: 'https://a.example', redirectUriSent: false, codeChallenge: null }
      const row = async () => findConnection(store, id)
      return {
        act: async action => {
          const connection = await row()
          if (action === 'authorize') await decide(store, { ...about, ...more, granted: true }, now)
          if (action === 'deny') await decide(store, { ...about, ...more, granted: false }, now)
          if (!connection) return
          const because = { because: 'user', actor: 'operator' } as const
          if (action === 'exchange')
            await exchange(store, connection, { hearing: null, now }, () => true)
          if (action === 'disconnect') await disconnect(store, connection, because, now)
        },
        state: async () => {
          const connection = await row()
          if (!connection) return 'none'
          if (connection.ended_at !== null) return 'ended'
          return connection.generation === 0 ? 'code' : 'live'
        },
      }
    },
  },
  'In force or suspended': {
    ways: { 'in force': [], suspended: ['suspend'] },
    actions: ['suspend', 'resume'],
    begin: async ({ platform }) => {
      const made = await makeApp(platform, { vendor: `Vendor ${Math.random()}` })
      const app = await findApp(platform.store, made.clientId)
      if (!app) throw new Error('no app')
      const about = { vendorId: app.vendor_id, actor: 'operator' } as const
      return {
        // The app and its company take each step together, so that one that differed would be seen.
        act: async action => {
          const change = action === 'suspend' ? suspendApp : resumeApp
          const suspended = action === 'suspend'
          const one = await change(platform.store, app, 'operator', 1)
          assert.equal(await suspendVendor(platform.store, { ...about, suspended }, 1), one)
        },
        state: async () =>
          (await findApp(platform.store, made.clientId))?.stopped_at === null
            ? 'in force'
            : 'suspended',
      }
    },
  },
  Invitation: {
    ways: { none: [], pending: ['invite'], over: ['invite', 'wait seven days'] },
    actions: ['invite', 'take back', 'accept', 'wait seven days'],
    begin: async fixture => {
      const { platform, clock } = fixture
      const { owner, vendorId, other } = await people(fixture)
      let secret = ''
      const about = { vendorId, email: other.email, by: owner.id }
      return {
        act: async action => {
          const now = clock.now()
          if (action === 'invite') {
            const made = await invite(platform.store, { ...about, role: 'member' }, now)
            secret = typeof made === 'string' ? secret : made.secret
          }
          if (action === 'take back') await takeBack(platform.store, about, now)
          if (action === 'accept') await accept(platform.store, { secret, account: other }, now)
          if (action === 'wait seven days') clock.forward(invitationLifetime / 1000)
        },
        state: async () => {
          const [invitation] = await invitationsOf(platform.store, vendorId)
          if (!invitation) return 'none'
          return invitation.expires_at > clock.now() ? 'pending' : 'over'
        },
      }
    },
  },
  Colleague: {
    ways: { none: [], member: ['join'], owner: ['join as owner'] },
    actions: ['join', 'join as owner', 'make owner', 'make member', 'remove'],
    begin: async fixture => {
      const { platform, clock } = fixture
      const { store } = platform
      const { owner, vendorId, other } = await people(fixture)
      const about = { vendorId, accountId: other.id, by: owner.id }
      return {
        act: async action => {
          const now = clock.now()
          if (action.startsWith('join')) {
            const role = action === 'join' ? 'member' : 'owner'
            const by = { vendorId, email: other.email, by: owner.id }
            const made = await invite(store, { ...by, role }, now)
            if (typeof made !== 'string') {
              await accept(store, { secret: made.secret, account: other }, now)
            }
          }
          if (action === 'make owner') await setRole(store, { ...about, role: 'owner' }, now)
          if (action === 'make member') await setRole(store, { ...about, role: 'member' }, now)
          if (action === 'remove') await removeMember(store, about, now)
        },
        state: async () => (await membershipOf(store, other.id))?.role ?? 'none',
      }
    },
  },
}

let number = 0

async function people({ platform, clock }: Setup) {
  const make = async (name: string) => {
    const { id } = await makeUser(platform, `${name}${++number}@example.com`, clock.now())
    return (await findAccount(platform.store, id)) as Account
  }
  const [owner, other] = [await make('owner'), await make('other')]
  return { owner, other, vendorId: await foundVendor(platform.store, owner, clock.now()) }
}

describe('every action from every state leads where the page says, or nowhere', () => {
  for (const [heading, { ways, actions, begin }] of Object.entries(walks)) {
    test(heading, async () => {
      const fixture = await setup()
      const lines = documented(heading)
      assert.ok(lines.length > 0)
      const walked = new Set<string>()
      for (const [from, way] of Object.entries(ways)) {
        for (const action of actions) {
          const thing = await begin(fixture)
          for (const earlier of way) await thing.act(earlier)
          assert.equal(await thing.state(), from)
          await thing.act(action)
          const to = await thing.state()
          const line = lines.find(known => known.startsWith(`${from} | ${action} | `))
          assert.equal(to, line?.split(' | ')[2] ?? from, `${action} from ${from}`)
          if (line) walked.add(line)
        }
      }
      // A refresh leaves everything as it is, and is walked by the tests of the token endpoint.
      assert.deepEqual(
        lines.filter(line => !walked.has(line) && !/\| refresh \|/.test(line)),
        [],
      )
    })
  }
})
