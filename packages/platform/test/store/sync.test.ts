import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { walSync } from '../../src/store/sqlite-sync.ts'
import { createWriter } from '../../src/store/sqlite-write.ts'
import { StoreUnavailable } from '../../src/store/store.ts'

const database = () => {
  const made = new DatabaseSync(':memory:')
  made.exec('create table t (n integer)')
  return made
}

const writerOn = (sync: () => Promise<void>) =>
  createWriter(database(), { sync, changed: () => {}, watch: () => {} })

describe('a step is answered after its sync', () => {
  test('not before, however long the disk takes', async () => {
    let synced = () => {}
    const { write } = writerOn(
      () =>
        new Promise(resolve => {
          synced = resolve
        }),
    )
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

  test('its answer is made while the disk is busy, and kept until then', async () => {
    let synced = () => {}
    const sync = () =>
      new Promise<void>(resolve => {
        synced = resolve
      })
    const { write } = writerOn(sync)
    const told: string[] = []
    const key = Uint8Array.of(1)
    const step = write(
      async () => 'granted',
      key,
      value => told.push(`made of ${value}`),
    ).then(() => told.push('answered'))
    for (let i = 0; i < 50; i++) await turn()
    assert.deepEqual(told, ['made of granted'])
    synced()
    await step
    assert.deepEqual(told, ['made of granted', 'answered'])
  })

  test('and refused when the disk refuses', async () => {
    const refusal = new StoreUnavailable('no')
    const { write } = writerOn(() => Promise.reject(refusal))
    await assert.rejects(
      write(tx => tx.run('insert into t values (1)')),
      error => error instanceof StoreUnavailable && error.uncertain && error.cause === refusal,
    )
    let ran = false
    const later = write(async () => {
      ran = true
    })
    await assert.rejects(later, refusal)
    assert.equal(ran, false)
  })

  test('a group that was committed while another one is synced waits for its own sync', async () => {
    const syncs: { done: () => void; fail: (error: Error) => void }[] = []
    const sync = () => new Promise<void>((done, fail) => syncs.push({ done, fail }))
    const { write, idle } = writerOn(sync)
    const answered: string[] = []
    const step = (name: string) =>
      write(tx => tx.run('insert into t values (1)')).then(
        () => answered.push(name),
        () => answered.push(`${name} refused`),
      )
    const turns = async () => {
      for (let i = 0; i < 50; i++) await turn()
    }
    step('first')
    await turns()
    step('second')
    await turns()
    assert.deepEqual(answered, [])
    assert.equal(syncs.length, 1)
    syncs[0]?.done()
    await turns()
    assert.deepEqual(answered, ['first'])
    step('third')
    await turns()
    syncs[1]?.fail(new StoreUnavailable('no'))
    await turns()
    syncs[2]?.fail(new StoreUnavailable('no'))
    await idle()
    assert.deepEqual(answered, ['first', 'second refused', 'third refused'])
    await assert.rejects(write(tx => tx.run('insert into t values (1)')))
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
