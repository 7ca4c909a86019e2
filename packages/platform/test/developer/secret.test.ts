/** Two secrets at once, so that a vendor rolls over without a failed request. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listSecrets, newSecret, revokeSecret } from '../../src/developer/secret.ts'
import { createSecretUse } from '../../src/developer/secret-use.ts'
import { purge } from '../../src/store/purge.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { engines } from '../engines.ts'
import { connect, refresh, type Setup, setup } from '../setup.ts'

/** The fixture as an app that uses another secret. */
function withSecret(fixture: Setup, secret: string): Setup {
  const basic = { Authorization: `Basic ${btoa(`${fixture.app.clientId}:${secret}`)}` }
  return { ...fixture, app: { ...fixture.app, secret, basic } }
}

for (const [engine, begin] of Object.entries(engines)) {
  describe(`secrets on ${engine}`, () => {
    test('roll over: the new one works beside the old one, until that is revoked', async t => {
      const fixture = await begin(t)
      const { platform, app, clock } = fixture
      const { refresh_token } = await connect(fixture)
      const second = await newSecret(platform.store, app.id, 'operator', clock.now())
      const rolled = withSecret(fixture, second)
      assert.equal((await refresh(fixture, refresh_token)).status, 200)
      assert.equal((await refresh(rolled, refresh_token)).status, 200)
      const [, first] = await listSecrets(platform.store, app.id, clock.now())
      assert.ok(first && app.secret?.endsWith(first.tail))
      const end = clock.now()
      const about = { appId: app.id, secretId: first.id, end }
      assert.equal(await revokeSecret(platform.store, about, 'operator', end), true)
      assert.equal((await refresh(fixture, refresh_token)).status, 401)
      assert.equal((await refresh(rolled, refresh_token)).status, 200)
      assert.equal(await revokeSecret(platform.store, about, 'operator', end), false)
    })

    test('revoked with an overlap, it works until then, and the end can only be moved forward', async t => {
      const fixture = await begin(t)
      const { platform, app, clock } = fixture
      const { refresh_token } = await connect(fixture)
      const [first] = await listSecrets(platform.store, app.id, clock.now())
      const revoke = (seconds: number) => {
        const now = clock.now()
        const end = now + seconds * 1000
        const about = { appId: app.id, secretId: first?.id ?? 0, end }
        return revokeSecret(platform.store, about, 'operator', now)
      }
      assert.equal(await revoke(3_600), true)
      assert.equal(await revoke(7_200), false)
      clock.forward(1_799)
      assert.equal(await revoke(1), true)
      assert.equal((await refresh(fixture, refresh_token)).status, 200)
      clock.forward(1)
      assert.equal((await refresh(fixture, refresh_token)).status, 401)
      assert.deepEqual(await listSecrets(platform.store, app.id, clock.now()), [])
    })

    test('shows the day it was last used, and which of the two it was', async t => {
      const fixture = await begin(t)
      const { platform, app, clock } = fixture
      const { store } = platform
      await newSecret(store, app.id, 'operator', clock.now())
      const use = createSecretUse(store)
      const marks = async () => {
        await use.flush()
        const secrets = await listSecrets(store, app.id, clock.now())
        return secrets.map(({ last_used_at }) => last_used_at)
      }
      const [found] = await store.read<{ hash: Uint8Array }>(
        'select hash from app_secret where app_id = $1 order by id limit 1',
        app.id,
      )
      const hash = new Uint8Array(found?.hash ?? [])
      assert.deepEqual(await marks(), [null, null])
      const first = clock.now()
      use.touch(app.id, hash, first)
      assert.deepEqual(await marks(), [null, first])
      use.touch(app.id, hash, first + 1_000)
      assert.deepEqual(await marks(), [null, first])
      use.touch(app.id, hash, first + 86_400_000)
      assert.deepEqual(await marks(), [null, first + 86_400_000])
      use.touch(app.id + 1, hash, first + 2 * 86_400_000)
      assert.deepEqual(await marks(), [null, first + 86_400_000])
    })

    test('a third is refused, also when many are asked for at once', async t => {
      const { platform, app, clock } = await begin(t)
      const ask = () => newSecret(platform.store, app.id, 'operator', clock.now())
      const settled = await Promise.allSettled(Array.from({ length: 12 }, ask))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.equal((await listSecrets(platform.store, app.id, clock.now())).length, 2)
      await assert.rejects(ask, /Two secrets are live already/)
    })

    test('another app’s secret cannot be revoked, and a revoked one is purged a day later', async t => {
      const fixture = await begin(t)
      const { platform, app, clock } = fixture
      const [secret] = await listSecrets(platform.store, app.id, clock.now())
      const about = { appId: app.id + 1, secretId: secret?.id ?? 0, end: clock.now() }
      assert.equal(await revokeSecret(platform.store, about, 'operator', clock.now()), false)
      const own = { ...about, appId: app.id }
      assert.equal(await revokeSecret(platform.store, own, 'operator', clock.now()), true)
      clock.forward(86_399)
      assert.equal((await purge(platform.store, { now: clock.now(), auditDays: 9 })).secrets, 0)
      clock.forward(2)
      assert.equal((await purge(platform.store, { now: clock.now(), auditDays: 9 })).secrets, 1)
    })
  })
}

test('a secret is marked as used by what proves it, and by nothing else', async () => {
  const attempts: [string, number, (fixture: Setup) => Promise<unknown>][] = [
    ['an exchange', 1, connect],
    ['a wrong secret', 0, fixture => refresh(withSecret(fixture, 'lk_sk_wrong'), 'lk_rt_x')],
    ['a token of nobody', 1, fixture => refresh(fixture, 'lk_rt_x')],
  ]
  for (const [name, marks, attempt] of attempts) {
    const store = openSqlite(':memory:')
    const fixture = await setup({ store: { ...store, close: async () => {} } })
    await attempt(fixture)
    await fixture.platform.close()
    const secrets = await listSecrets(store, fixture.app.id, fixture.clock.now())
    assert.equal(secrets.filter(({ last_used_at }) => last_used_at !== null).length, marks, name)
    await store.close()
  }
})
