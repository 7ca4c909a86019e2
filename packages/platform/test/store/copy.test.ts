/** A platform that outgrows its file: everything moves, and everything goes on working. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { createLog } from '../../src/log.ts'
import { createPlatform } from '../../src/platform.ts'
import { copyDatabase } from '../../src/store/copy.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'
import {
  connect,
  exchange,
  freshCode,
  makeApp,
  makeUser,
  me,
  refresh,
  type Setup,
  setup,
} from '../setup.ts'

async function places(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-copy-'))
  const { url, stop } = await testDatabase()
  t.after(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  return { file: join(folder, 'latchkey.db'), keys: join(folder, 'keys.json'), url }
}

test('from a file to PostgreSQL: handles, sessions, numbers and histories go along', async t => {
  const { file, keys, url } = await places(t)
  const old = await setup({ database: file, keys })
  const tokens = await connect(old)
  const rotating = await makeApp(old.platform, { name: 'Rotating', rotates: true })
  const second = await connect({ ...old, app: rotating })
  const rotated = await refresh({ ...old, app: rotating }, second.refresh_token)
  const code = await freshCode(old)
  await old.platform.close()

  const target = await openStore(url)
  await target.migrate()
  const copied = await copyDatabase(file, target)
  assert.equal(copied.connection, 3)
  assert.equal(copied.account, 1)
  assert.ok((copied.audit_event ?? 0) > 5)

  const moved = await setupOn(target, old, keys)
  assert.equal((await me(moved.platform, tokens.access_token)).status, 200)
  assert.equal((await refresh(moved, tokens.refresh_token)).status, 200)
  const again = await refresh({ ...moved, app: rotating }, rotated.body.refresh_token)
  assert.equal(again.status, 200)
  assert.equal((await exchange(moved, code)).status, 200)
  const user = await makeUser(moved.platform, 'eve@example.com', 0)
  assert.equal(user.id, old.user.id + 1)
  assert.equal((await makeApp(moved.platform, { name: 'New' })).id, rotating.id + 1)
  await moved.platform.close()
})

/** The same people and apps on another store, with the same keys. */
async function setupOn(store: Store, old: Setup, keys: string): Promise<Setup> {
  const platform = await createPlatform({
    store,
    keys,
    url: old.platform.settings.url,
    now: old.clock.now,
    logger: createLog('silent'),
  })
  return { ...old, platform }
}

test('nothing is written over, and nothing is copied between schemas', async t => {
  const { file, keys, url } = await places(t)
  const old = await setup({ database: file, keys })
  await old.platform.close()
  const target = await openStore(url)
  t.after(() => target.close())
  await assert.rejects(copyDatabase(file, target), /schema 0, not/)
  await target.migrate()
  await copyDatabase(file, target)
  await assert.rejects(copyDatabase(file, target), /not empty: there are rows in account/)
  const source = new DatabaseSync(file)
  source.exec('pragma user_version = 0')
  source.close()
  await assert.rejects(copyDatabase(file, target), /The old database has schema 0/)
})

test('a server that still writes is noticed', async t => {
  const { file, keys, url } = await places(t)
  const old = await setup({ database: file, keys })
  const target = await openStore(url)
  await target.migrate()
  t.after(async () => {
    await target.close()
    await old.platform.close()
  })
  let wrote = false
  const slow = {
    ...target,
    write: async <T, A = T>(...asked: Parameters<typeof target.write<T, A>>) => {
      if (!wrote) await makeUser(old.platform, 'late@example.com', 0)
      wrote = true
      return target.write(...asked)
    },
  }
  await assert.rejects(copyDatabase(file, slow), /Somebody wrote to the old database/)
})
