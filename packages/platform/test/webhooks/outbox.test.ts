/** Which changes are told, with what, and that an event exists if and only if its change does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { deactivateAccount, findAccount } from '../../src/accounts/account.ts'
import { disconnectApp } from '../../src/connection/connected-apps.ts'
import { disconnectAll } from '../../src/connection/disconnect-all.ts'
import { type App, findApp, resumeApp, suspendApp } from '../../src/developer/app.ts'
import { takeStep } from '../../src/developer/revision.ts'
import { listSecrets, newSecret, revokeSecret } from '../../src/developer/secret.ts'
import { suspendVendor } from '../../src/developer/vendor.ts'
import { announce } from '../../src/webhooks/outbox.ts'
import { connect, exchange, freshCode, makeApp, post, refresh, setup } from '../setup.ts'
import { listen, setupWithEndpoint } from './receiver.ts'

const hour = 3_600
type Fixture = Awaited<ReturnType<typeof setupWithEndpoint>>

/** What has arrived since the last time: type and data. */
async function told({ platform, receiver }: Fixture) {
  await platform.deliver()
  return receiver.received.splice(0).map(({ type, data }) => ({ type, ...data }))
}

const eventsIn = async ({ platform }: Pick<Fixture, 'platform'>) =>
  (await platform.store.read<{ n: number }>('select count(*) as n from webhook_event'))[0]?.n

async function appOf({ platform, app }: Pick<Fixture, 'platform' | 'app'>): Promise<App> {
  return (await findApp(platform.store, app.clientId)) as App
}

describe('a connection', () => {
  test('is told when the vendor has its tokens, and not before', async () => {
    const fixture = await setupWithEndpoint()
    const code = await freshCode(fixture)
    assert.deepEqual(await told(fixture), [])
    await exchange(fixture, code)
    const [created, ...more] = await told(fixture)
    assert.deepEqual(more, [])
    assert.match(String((created as { connection?: string }).connection), /^con_[\w-]{22}$/)
    assert.deepEqual(
      { ...created, connection: '' },
      {
        type: 'connection.created',
        client_id: fixture.app.clientId,
        connection: '',
        account: fixture.user.id,
        permissions: ['profile:read'],
      },
    )
  })

  const ends: Record<string, (fixture: Fixture, tokens: { refresh_token: string }) => unknown> = {
    user: ({ platform, user, app, clock }) =>
      disconnectApp(platform.store, { accountId: user.id, appId: app.id }, clock.now()),
    vendor: ({ platform, app }, { refresh_token }) =>
      post(platform, '/oauth/revoke', { token: refresh_token }, app.basic),
    reviewer: ({ platform, app, clock }) =>
      disconnectAll(platform.store, { app, actor: 'account:7', most: 100 }, clock.now()),
    operator: ({ platform, app, clock }) =>
      disconnectAll(platform.store, { app, actor: 'operator', most: 100 }, clock.now()),
    deactivation: async ({ platform, user, clock }) => {
      const account = await findAccount(platform.store, user.id)
      if (account) await deactivateAccount(platform.store, account, 'operator', clock.now())
    },
  }
  for (const [by, end] of Object.entries(ends)) {
    test(`that ends is told once, by ${by}`, async () => {
      const fixture = await setupWithEndpoint()
      const tokens = await connect(fixture)
      const [created] = await told(fixture)
      await end(fixture, tokens)
      await end(fixture, tokens)
      const expected = { ...created, type: 'connection.disconnected', by }
      delete (expected as { permissions?: unknown }).permissions
      assert.deepEqual(await told(fixture), [expected])
    })
  }

  test('that a replayed code ends is told, after its beginning', async () => {
    const fixture = await setupWithEndpoint()
    const code = await freshCode(fixture)
    await Promise.all([exchange(fixture, code), exchange(fixture, code)])
    const events = await told(fixture)
    assert.deepEqual(
      events.map(({ type, ...data }) => [type, (data as { by?: string }).by]),
      [
        ['connection.created', undefined],
        ['connection.disconnected', 'replay'],
      ],
    )
  })

  test('that a replayed refresh token ends is told', async () => {
    const fixture = await setupWithEndpoint()
    const app = await makeApp(fixture.platform, { rotates: true, name: 'Rotating' })
    await listen(fixture, app.id, fixture.clock.now())
    const rotating = { ...fixture, app }
    const first = await connect(rotating)
    const second = await refresh(rotating, first.refresh_token)
    await refresh(rotating, second.body.refresh_token)
    fixture.clock.forward(61)
    await refresh(rotating, first.refresh_token)
    const types = (await told(fixture)).map(({ type }) => type)
    assert.deepEqual(types, ['connection.created', 'connection.disconnected'])
  })

  test('whose code nobody exchanged, or that was denied, is never told', async () => {
    const fixture = await setupWithEndpoint()
    await freshCode(fixture)
    const account = await findAccount(fixture.platform.store, fixture.user.id)
    assert.ok(account)
    await deactivateAccount(fixture.platform.store, account, 'operator', fixture.clock.now())
    assert.deepEqual(await told(fixture), [])
  })

  test('beside an earlier one with other permissions is told as a change, with both', async () => {
    const catalogue = ['profile:read', 'leads:read'].map(name => ({
      name,
      title: name,
      description: name,
    }))
    const fixture = await setupWithEndpoint({ permissions: catalogue })
    const { platform, app, clock } = fixture
    await connect(fixture)
    clock.forward(1)
    await connect(fixture)
    clock.forward(1)
    const [first, same, ...none] = await told(fixture)
    assert.deepEqual([first?.type, same?.type], ['connection.created', 'connection.created'])
    assert.deepEqual(none, [])
    await platform.store.write(tx =>
      tx.run('update app set permissions = $2 where id = $1', app.id, 'leads:read profile:read'),
    )
    await connect(fixture)
    const [created, changed] = await told(fixture)
    assert.deepEqual(changed, {
      ...created,
      type: 'connection.permissions_changed',
      permissions: ['leads:read', 'profile:read'],
      previous_connection: (same as unknown as { connection: string }).connection,
      previous_permissions: ['profile:read'],
    })
  })
})

describe('an app', () => {
  test('that a reviewer approves is told, and a change of a live one as such', async () => {
    const fixture = await setupWithEndpoint()
    const { platform, clock } = fixture
    const { clientId, id } = await makeApp(platform, { mode: 'development', name: 'New' })
    await listen(fixture, id, clock.now())
    const step = async (action: 'submit' | 'approve' | 'edit' | 'publish') => {
      const app = (await findApp(platform.store, clientId)) as App
      const settings = { ...app, name: 'Newer' }
      const about = { app, action, actor: 'operator', seen: app.version, settings } as const
      assert.ok(await takeStep(platform.store, about, clock.now()), action)
    }
    await step('submit')
    await step('approve')
    assert.deepEqual(await told(fixture), [
      { type: 'app.approved', client_id: clientId, change: false },
    ])
    for (const action of ['edit', 'submit', 'approve', 'publish'] as const) await step(action)
    assert.deepEqual(await told(fixture), [
      { type: 'app.approved', client_id: clientId, change: true },
    ])
  })

  test('is told when it stops and when it goes on, also with its whole vendor', async () => {
    const fixture = await setupWithEndpoint()
    const { platform, clock } = fixture
    const { store } = platform
    const app = await appOf(fixture)
    const vendor = (suspended: boolean) =>
      suspendVendor(store, { vendorId: app.vendor_id, suspended, actor: 'operator' }, clock.now())
    await suspendApp(store, app, 'operator', clock.now())
    await suspendApp(store, app, 'operator', clock.now())
    // It is stopped already: the vendor's suspension changes nothing for it, nor does its own end.
    await vendor(true)
    await resumeApp(store, app, 'operator', clock.now())
    await vendor(false)
    await vendor(true)
    assert.deepEqual(
      (await told(fixture)).map(({ type, ...data }) => [
        type,
        (data as { because_of?: string }).because_of,
      ]),
      [
        ['app.suspended', 'app'],
        ['app.resumed', undefined],
        ['app.suspended', 'vendor'],
      ],
    )
  })

  test('is told that a secret will end, and reminded an hour before', async () => {
    const fixture = await setupWithEndpoint()
    const { platform, app, clock } = fixture
    const { store } = platform
    await newSecret(store, app.id, 'operator', clock.now())
    const [, old] = await listSecrets(store, app.id, clock.now())
    assert.ok(old)
    const revoke = (seconds: number) => {
      const end = clock.now() + seconds * 1000
      const about = { appId: app.id, secretId: old.id, end }
      return revokeSecret(store, about, 'operator', clock.now())
    }
    await revoke(7 * 24 * hour)
    const [said, ...none] = await told(fixture)
    assert.deepEqual(none, [])
    const ends_at = new Date(clock.now() + 7 * 24 * hour * 1000).toISOString()
    const { clientId: client_id } = app
    assert.deepEqual(said, { type: 'secret.expiring', client_id, last_four: old.tail, ends_at })
    clock.forward(24 * hour)
    // Sooner than was said: the old reminder is taken back, and there is a new one.
    await revoke(24 * hour)
    assert.equal((await told(fixture)).length, 1)
    clock.forward(23 * hour - 1)
    assert.deepEqual(await told(fixture), [])
    clock.forward(1)
    assert.equal((await told(fixture)).length, 1)
    clock.forward(7 * 24 * hour)
    assert.deepEqual(await told(fixture), [])
  })

  test('without an endpoint has no events at all', async () => {
    const fixture = await setup()
    const app = await appOf(fixture)
    const { refresh_token } = await connect(fixture)
    await post(fixture.platform, '/oauth/revoke', { token: refresh_token }, fixture.app.basic)
    await suspendApp(fixture.platform.store, app, 'operator', 1)
    assert.equal(await eventsIn(fixture), 0)
  })
})

test('a step that throws leaves no event, and its change and its event go together', async () => {
  const fixture = await setupWithEndpoint()
  const { store } = fixture.platform
  const step = store.write(async tx => {
    const data = { client_id: 'app', message: '' }
    await announce(tx, { appId: fixture.app.id, type: 'test', data, lane: 'x', at: 0 })
    throw new Error('no')
  })
  await assert.rejects(step, /no/)
  assert.equal(await eventsIn(fixture), 0)
  await connect(fixture)
  await store.write(tx =>
    tx.run(`create trigger broken before insert on audit_event when new.kind = 'account.deactivated'
      begin select raise(abort, 'the step fails at its end'); end`),
  )
  const account = await findAccount(store, fixture.user.id)
  assert.ok(account)
  await assert.rejects(deactivateAccount(store, account, 'operator', 1), /fails at its end/)
  const types = await store.read<{ type: string }>('select type from webhook_event')
  assert.deepEqual(
    types.map(({ type }) => type),
    ['connection.created'],
  )
})

test('what arrives is signed as the standardwebhooks library wants it, and holds no email and no token', async () => {
  const fixture = await setupWithEndpoint({ now: Date.now })
  const tokens = await connect(fixture)
  await fixture.platform.deliver()
  const [received] = fixture.receiver.received
  assert.ok(received)
  const { headers, text } = received
  const body = new Webhook(fixture.secret).verify(text, headers) as { timestamp: string }
  assert.ok(Math.abs(Date.parse(body.timestamp) - Date.now()) < 60_000)
  assert.equal(headers['content-type'], 'application/json')
  const other = new Webhook('whsec_c29tZXRoaW5nIGVsc2U')
  assert.throws(() => other.verify(text, headers), /No matching signature/)
  for (const hidden of [fixture.user.email, tokens.access_token, fixture.secret, 'lk_']) {
    assert.ok(!`${text}${JSON.stringify(headers)}`.includes(hidden), hidden)
  }
})
