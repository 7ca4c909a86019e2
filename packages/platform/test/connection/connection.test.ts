import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { disconnect, exchange, rotate } from '../../src/connection/connection.ts'
import { openHandle } from '../../src/connection/handle.ts'
import { findConnection } from '../../src/connection/row.ts'
import { connect, freshCode, makeApp, me, refresh, type Setup, setup } from '../setup.ts'

const grant = () => assert.fail('nothing is granted')
const end = { because: 'user', actor: 'platform' } as const

async function rowOf(fixture: Setup, text: string) {
  const handle = openHandle(fixture.platform.keys, text)
  assert.ok(handle)
  const connection = await findConnection(fixture.platform.store, handle.connectionId)
  assert.ok(connection)
  return { handle, connection }
}

describe('a row that has changed since it was read', () => {
  test('a connection that was disconnected in between is not exchanged', async () => {
    const fixture = await setup()
    const { store } = fixture.platform
    const { connection } = await rowOf(fixture, await freshCode(fixture))
    assert.equal(await disconnect(store, connection, end, 1), true)
    assert.equal(await exchange(store, connection, { hearing: null, now: 2 }, grant), null)
    assert.equal((await findConnection(store, connection.id))?.generation, 0)
  })

  test('a connection that was disconnected in between is not rotated', async () => {
    const fixture = await setup()
    const { store } = fixture.platform
    const rotating = { ...fixture, app: await makeApp(fixture.platform, { rotates: true }) }
    const { handle, connection } = await rowOf(fixture, (await connect(rotating)).refresh_token)
    await disconnect(store, connection, end, 1)
    assert.equal(await rotate(store, connection, { presented: handle, now: 2 }, grant), null)
    assert.equal((await findConnection(store, connection.id))?.generation, 1)
  })

  test('the first reason to end stands', async () => {
    const fixture = await setup()
    const { store } = fixture.platform
    const { connection } = await rowOf(fixture, (await connect(fixture)).access_token)
    assert.equal(await disconnect(store, connection, end, 1), true)
    assert.equal(
      await disconnect(store, connection, { because: 'operator', actor: 'operator' }, 2),
      false,
    )
    const [row] = await store.read('select revoked_at, revoked_because from connection')
    assert.deepEqual({ ...row }, { revoked_at: 1, revoked_because: 'user' })
  })
})

describe('a database restored from a backup', () => {
  test('handles newer than the row are refused, and end nothing', async () => {
    const fixture = await setup()
    const { platform } = fixture
    const rotating = { ...fixture, app: await makeApp(platform, { rotates: true }) }
    const first = await connect(rotating)
    const second = (await refresh(rotating, first.refresh_token)).body
    const { connection } = await rowOf(fixture, first.access_token)
    await platform.store.write(tx =>
      tx.run('update connection set generation = 1 where id = $1', connection.id),
    )
    assert.equal((await me(platform, second.access_token)).status, 401)
    assert.equal((await refresh(rotating, second.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await me(platform, first.access_token)).status, 200)
    assert.equal((await refresh(rotating, first.refresh_token)).status, 200)
  })
})
