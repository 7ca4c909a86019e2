import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { contract } from './contract.ts'

const run = promisify(execFile)
const source = pathToFileURL(join(import.meta.dirname, '../../src/store/sqlite.ts')).href
const folder = () => mkdtempSync(join(tmpdir(), 'latchkey-vendor-'))

contract('the SQLite store', async () => {
  const at = folder()
  const [one, other] = [createSqliteStore(join(at, 'a.db')), createSqliteStore(join(at, 'a.db'))]
  const close = async () => {
    one.close()
    other.close()
    rmSync(at, { recursive: true })
  }
  return { one, other, close }
})

describe('the SQLite file', () => {
  test('is made with its folder, readable by its owner alone, and kept', async () => {
    const at = folder()
    const path = join(at, 'deep', 'a.db')
    const store = createSqliteStore(path)
    const key = { user: 'ada', name: 'default' }
    const row = { revision: 'a', dueAt: 1, sealed: 's' }
    await store.write(key, row, null)
    assert.equal(statSync(path).mode & 0o077, 0)
    store.close()
    const again = createSqliteStore(path)
    assert.deepEqual(await again.read(key), row)
    again.close()
    rmSync(at, { recursive: true })
  })

  test('is made by several processes at once', async () => {
    const at = folder()
    const program = `
      const { createSqliteStore } = await import(${JSON.stringify(source)})
      const store = createSqliteStore(process.argv[1])
      console.log(await store.lock('lock', String(process.pid), 60_000))
      store.close()
    `
    const flags = ['--input-type=module', '-e', program, join(at, 'new', 'folder', 'a.db')]
    const outcomes = Array.from({ length: 6 }, () => run(process.execPath, flags))
    const locked = (await Promise.all(outcomes)).map(({ stdout }) => stdout.trim())
    assert.deepEqual(locked.sort(), ['false', 'false', 'false', 'false', 'false', 'true'])
    rmSync(at, { recursive: true })
  })

  // Node's recursive mkdir never came back from there.
  test('is refused in a place like /proc', { skip: !existsSync('/proc') }, async () => {
    const program = `
      const { createSqliteStore } = await import(${JSON.stringify(source)})
      createSqliteStore('/proc/nowhere/a.db')
    `
    const flags = ['--input-type=module', '-e', program]
    await assert.rejects(run(process.execPath, flags, { timeout: 60_000 }), { code: 1 })
  })

  test('lapsed locks are swept away', async () => {
    const at = folder()
    let time = 1000
    const store = createSqliteStore(join(at, 'a.db'), { now: () => time })
    for (let index = 0; index < 300; index++) {
      await store.lock(`lock-${index}`, 'ada', 1)
      time += 10
    }
    const database = new DatabaseSync(join(at, 'a.db'))
    const left = Number(database.prepare('select count(*) as left from locks').get()?.left)
    assert.ok(left < 100, `${left} locks`)
    database.close()
    store.close()
    rmSync(at, { recursive: true })
  })

  test('a file that is no database is refused, and stays as it was', () => {
    const at = folder()
    const path = join(at, 'a.txt')
    writeFileSync(path, 'something else entirely, of some length')
    assert.throws(() => createSqliteStore(path), /not a database/)
    rmSync(at, { recursive: true })
  })
})
