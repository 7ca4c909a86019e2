import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { decide, exchange } from '../../src/connection/connection.ts'
import { signHandle } from '../../src/connection/handle.ts'
import { newConnectionId } from '../../src/connection/name.ts'
import { findConnection } from '../../src/connection/row.ts'
import { refresh, setup } from '../setup.ts'

const count = 10_000

describe('what a connection costs on disk', () => {
  test('at most 400 bytes for the row and its indexes, 1 kB with its audit events; a refresh nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-cost-'))
    const database = join(folder, 'latchkey.db')
    const fixture = await setup({ database })
    const { store } = fixture.platform
    const empty = sizes(database)
    for (let made = 0; made < count; made += 500) {
      await Promise.all(
        Array.from({ length: 500 }, async () => {
          fixture.clock.forward(0.001)
          const id = newConnectionId(fixture.clock.now())
          const decision = {
            id,
            appId: fixture.app.id,
            accountId: fixture.user.id,
            permissions: 'profile:read',
            redirectUri: 'https://vendor.example/callback',
            redirectUriSent: true,
            codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
            granted: true,
          }
          await decide(store, decision, fixture.clock.now())
          const connection = await findConnection(store, id)
          assert.ok(connection)
          await exchange(store, connection, { hearing: null, now: fixture.clock.now() }, () => true)
        }),
      )
    }
    const full = sizes(database)
    assert.ok(
      (full.connection - empty.connection) / count <= 400,
      `${(full.connection - empty.connection) / count} bytes`,
    )
    assert.ok((full.all - empty.all) / count <= 1000, `${(full.all - empty.all) / count} bytes`)

    const [row] = await store.read<{ id: Uint8Array; refreshed_at: number }>(
      'select id, refreshed_at from connection limit 1',
    )
    assert.ok(row)
    const token = signHandle(fixture.platform.keys, {
      kind: 'refresh',
      connectionId: row.id,
      generation: 1,
      issuedAt: row.refreshed_at,
    })
    const wal = () => statSync(`${database}-wal`).size
    const before = wal()
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => refresh(fixture, token)))
    assert.ok(answers.every(answer => answer.status === 200))
    assert.equal(wal(), before)
    await fixture.platform.close()
    rmSync(folder, { recursive: true })
  })
})

/** Bytes of the connection table with its indexes, and of the whole file, after a checkpoint. */
function sizes(path: string): { connection: number; all: number } {
  const database = new DatabaseSync(path)
  database.exec('pragma wal_checkpoint(truncate)')
  const row = database
    .prepare(
      `select sum(pgsize) as bytes from dbstat where name in ('connection', 'connection_by_account', 'connection_by_app')`,
    )
    .get() as { bytes: number }
  database.close()
  return { connection: row.bytes, all: statSync(path).size }
}
