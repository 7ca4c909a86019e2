/** SQLite with a disk, a file or a neighbour that will not have it. */
import assert from 'node:assert/strict'
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '../../src/store/sqlite.ts'
import { StoreUnavailable } from '../../src/store/store.ts'

const child = fileURLToPath(new URL('./sqlite-child.ts', import.meta.url))
const insert = 'insert into vendor (name, created_at) values ($1, 0)'

/** A folder with a migrated database of one row in it. */
async function prepare(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  t.after(() => {
    chmodSync(folder, 0o755)
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'a.db')
  const store = openSqlite(file)
  await store.migrate()
  await store.write(tx => tx.run(insert, 'first'))
  await store.close()
  return { folder, file }
}

/** Starts the other process; its lines, and the way it ends. */
function start(command: readonly string[], options: SpawnOptions = {}) {
  const [program = '', ...args] = command
  const started = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  started.stdout?.on('data', chunk => {
    text += chunk
  })
  const lines = () => text.split('\n').slice(0, -1)
  let over = false
  const ended = new Promise<void>(done =>
    started.once('close', () => {
      over = true
      done()
    }),
  )
  const said = async (enough: (lines: string[]) => boolean) => {
    while (!over && !enough(lines())) await sleep(5)
  }
  return { process: started, lines, ended, said }
}

test('a process killed while it writes loses nothing it has answered', async t => {
  const { file } = await prepare(t)
  const answered = new Set(['first'])
  for (let round = 0; round < 8; round++) {
    const writer = start([process.execPath, child, 'write', file])
    const enough = 20 + ((round * 37) % 100)
    await writer.said(lines => lines.length >= enough)
    writer.process.kill('SIGKILL')
    await writer.ended
    for (const name of writer.lines()) answered.add(name)
    const database = new DatabaseSync(file)
    const rows = database.prepare('select name from vendor').all()
    const names = new Set(rows.map(row => String(row.name)))
    for (const name of answered) assert(names.has(name), `${name} was answered`)
    const [check] = database.prepare('pragma integrity_check').all()
    assert.equal(check?.integrity_check, 'ok')
    const [events] = database.prepare('select count(*) as n from audit_event').all()
    assert.equal(events?.n, names.size - 1, 'a step is there as a whole, or not at all')
    database.close()
  }
})

test('a full disk is refused; what was answered stays, and reading goes on', async t => {
  const { file } = await prepare(t)
  // Files may grow to 2 MB: half a kilobyte is the unit.
  const limited = 'ulimit -f 4096 && exec "$0" "$@"'
  const filler = start(['sh', '-c', limited, process.execPath, child, 'fill', file])
  await filler.ended
  assert.equal(filler.process.exitCode, 0)
  const rows = filler.lines().filter(line => line.startsWith('row '))
  assert(rows.length > 10)
  assert.deepEqual(filler.lines().slice(rows.length), [
    'refused',
    `reads ${rows.length + 1}`,
    'refused',
  ])
  const store = openSqlite(file)
  const names = await store.read<{ name: string }>('select name from vendor order by id')
  assert.deepEqual(
    names.map(({ name }) => name),
    ['first', ...rows],
  )
  await store.write(tx => tx.run(insert, 'room again'))
  await store.close()
})

test('who loses to a step that the full disk undoes is refused with it', async t => {
  const { file } = await prepare(t)
  const limited = 'ulimit -f 4096 && exec "$0" "$@"'
  const racer = start(['sh', '-c', limited, process.execPath, child, 'race', file])
  await racer.ended
  assert.deepEqual(racer.lines(), ['refused', 'refused', 'refused', 'stands at 0'])
})

test('a step that goes on after the disk was full writes nothing', async t => {
  const { file } = await prepare(t)
  const store = openSqlite(file)
  t.after(store.close)
  const [{ page_count: pages } = { page_count: 0 }] = await store.read<{ page_count: number }>(
    'pragma page_count',
  )
  await store.read(`pragma max_page_count = ${pages + 2}`)
  const note = `insert into audit_event (at, kind, actor, detail) values (0, '', '', $1)`
  const careless = store.write(async tx => {
    await tx.run(note, 'x'.repeat(1_000_000)).catch(() => {})
    await tx.run(insert, 'careless')
  })
  const beside = store.write(tx => tx.run(insert, 'beside'))
  for (const step of [careless, beside]) await assert.rejects(step, StoreUnavailable)
  const names = await store.read<{ name: string }>('select name from vendor')
  assert.deepEqual(
    names.map(({ name }) => name),
    ['first'],
  )
})

for (const [what, folderMode, expected] of [
  ['file', 0o777, ['reads', 'refused']],
  ['file in a read-only folder', 0o555, ['refused']],
] as const) {
  test(`a read-only ${what} is refused, and left as it was`, async t => {
    const { folder, file } = await prepare(t)
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const able = spawnSync(process.execPath, ['-e', `fs.readFileSync('${child}')`], {
      ...user,
      cwd: '/',
    })
    if (able.status !== 0) return t.skip('another user may not run this project')
    const before = readFileSync(file)
    chmodSync(file, 0o444)
    chmodSync(folder, folderMode)
    const other = start([process.execPath, child, 'use', file], { ...user, cwd: '/' })
    await other.ended
    assert.deepEqual(other.lines(), expected)
    assert.deepEqual(readFileSync(file), before)
  })
}

test('a file that is no sound database is refused, and left as it was', async t => {
  const { folder, file } = await prepare(t)
  const sound = readFileSync(file)
  const damaged = {
    'a text': Buffer.from('This is no database. '.repeat(500)),
    'only its header': Buffer.concat([sound.subarray(0, 100), Buffer.alloc(8_000, 7)]),
    'cut off': sound.subarray(0, 6_000),
  }
  for (const [what, bytes] of Object.entries(damaged)) {
    const path = join(folder, `${what}.db`)
    writeFileSync(path, bytes)
    const use = async () => {
      const store = openSqlite(path)
      try {
        await store.migrate()
        await store.read('select name from vendor')
      } finally {
        await store.close()
      }
    }
    await assert.rejects(use, StoreUnavailable, what)
    assert.deepEqual(readFileSync(path), bytes, what)
  }
})

test('a step waits for the lock of another process, and is then answered', async t => {
  const { file } = await prepare(t)
  const other = start([process.execPath, child, 'lock', file])
  await other.said(lines => lines.includes('locked'))
  const store = openSqlite(file)
  let answered = false
  const step = store
    .write(tx => tx.run(insert, 'second'))
    .then(() => {
      answered = true
    })
  for (let i = 0; i < 20; i++) {
    assert.equal((await store.read('select name from vendor')).length, 1)
  }
  assert.equal(answered, false)
  other.process.stdin?.write('enough\n')
  await step
  await other.ended
  assert.equal((await store.read('select name from vendor')).length, 2)
  await store.close()
})

test('a lock that is held for too long is refused, and nothing is written', async t => {
  const { file } = await prepare(t)
  const other = start([process.execPath, child, 'lock', file])
  await other.said(lines => lines.includes('locked'))
  const store = openSqlite(file)
  await assert.rejects(
    store.write(tx => tx.run(insert, 'second')),
    StoreUnavailable,
  )
  other.process.stdin?.write('enough\n')
  await other.ended
  assert.equal((await store.read('select name from vendor')).length, 1)
  await store.write(tx => tx.run(insert, 'third'))
  await store.close()
})
