import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createWriter, walSync } from '../../src/store/sqlite-write.ts'
import { StoreUnavailable } from '../../src/store/store.ts'

const database = () => {
  const made = new DatabaseSync(':memory:')
  made.exec('create table t (n integer)')
  return made
}

describe('a step is answered after its sync', () => {
  test('not before, however long the disk takes', async () => {
    let synced = () => {}
    const { write } = createWriter(database(), () => new Promise(resolve => (synced = resolve)))
    let answered = false
    const step = write(tx => tx.run('insert into t values (1)')).then(() => {
      answered = true
    })
    for (let i = 0; i < 50; i++) await turn()
    assert.equal(answered, false)
    synced()
    await step
    assert.equal(answered, true)
  })

  test('and refused when the disk refuses', async () => {
    const refusal = new StoreUnavailable('no')
    const { write } = createWriter(database(), () => Promise.reject(refusal))
    await assert.rejects(
      write(tx => tx.run('insert into t values (1)')),
      refusal,
    )
    let ran = false
    const later = write(async () => {
      ran = true
    })
    await assert.rejects(later, refusal)
    assert.equal(ran, false)
  })

  test('a disk that refused once is not trusted again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-sync-'))
    const sync = walSync(join(folder, 'missing.db'))
    await assert.rejects(sync(), /refused to sync/)
    new DatabaseSync(join(folder, 'missing.db-wal')).close()
    await assert.rejects(sync(), /refused to sync/)
    rmSync(folder, { recursive: true })
  })
})
