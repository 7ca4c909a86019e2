/**
 * What SQLite's steps are answered with has reached the disk. The store runs as it is, on a real file;
 * Node's `fdatasync` is watched and held back, so that it is known how much of the WAL was synced. A
 * power cut leaves that much and no more: such a disk is made at many an answer, and must hold them all.
 */
import assert from 'node:assert/strict'
import fs, {
  copyFileSync,
  fstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { randomFrom, seedOf } from '../seed.ts'

const steps = 1_500
const clients = 24
/** So many answers share one look at the disk, on average. */
const looksEvery = 10

/** Bytes of the WAL that are on the disk for certain. */
let synced = 0
let syncs = 0
let random = () => 0
const { fdatasync } = fs
const held = (descriptor: number, done: fs.NoParamCallback) => {
  const { size } = fstatSync(descriptor)
  const hold = async () => {
    for (let turns = Math.floor(random() * 12); turns > 0; turns--) await turn()
    fdatasync(descriptor, error => {
      if (!error) synced = Math.max(synced, size)
      syncs += 1
      done(error)
    })
  }
  hold()
}
fs.fdatasync = Object.assign(held, { __promisify__: fdatasync.__promisify__ })
syncBuiltinESMExports()
// Only now: the store takes what `node:fs` holds when it is loaded.
const { openSqlite } = await import('../../src/store/sqlite.ts')

const folder = mkdtempSync(join(tmpdir(), 'latchkey-synced-'))
after(() => rmSync(folder, { recursive: true }))

/** The names of all rows on the disk that a power cut would leave now. */
function afterPowerCut(file: string): Set<string> {
  const copy = join(folder, 'after.db')
  for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true })
  copyFileSync(file, copy)
  writeFileSync(`${copy}-wal`, readFileSync(`${file}-wal`).subarray(0, synced))
  const database = new DatabaseSync(copy)
  const rows = database.prepare('select name from vendor').all()
  database.close()
  return new Set(rows.map(({ name }) => String(name)))
}

test('a power cut at any answer finds everything answered on the disk', async t => {
  random = randomFrom(seedOf(t))
  const file = join(folder, 'a.db')
  // A schema in the database file itself, and a WAL that begins anew.
  const before = openSqlite(file)
  await before.migrate()
  await before.close()
  synced = 0
  syncs = 0
  const store = openSqlite(file)
  const answered: string[] = []
  let looks = 0
  let next = 0
  const work = async () => {
    while (next < steps) {
      const name = `row ${next++}`
      await store.write(tx => tx.run('insert into vendor (name, created_at) values ($1, 0)', name))
      answered.push(name)
      if (random() * looksEvery >= 1) continue
      looks += 1
      const found = afterPowerCut(file)
      for (const one of answered) assert.ok(found.has(one), `${one} was answered, and is lost`)
    }
  }
  await Promise.all(Array.from({ length: clients }, work))
  await store.close()
  assert.equal(answered.length, steps)
  assert.ok(looks > 20, `looked ${looks} times`)
  // The disk was slower than the commits: answers waited, and shared their syncs.
  assert.ok(syncs > 10 && syncs < steps, `synced ${syncs} times`)
})
