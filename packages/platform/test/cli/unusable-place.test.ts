/** `latchkey serve` with a database where nothing can be made. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { main } from './serving.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-place-'))
writeFileSync(join(folder, 'file'), 'a file')

// Node's recursive mkdir never came back from the first one.
const places = [
  ...(existsSync('/proc') ? ['/proc/nowhere/latchkey.db', '/proc/latchkey.db'] : []),
  join(folder, 'file', 'latchkey.db'),
  folder,
]
for (const place of places) {
  const shown = place.replace(folder, 'FOLDER')
  test(`serve with a database at ${shown} ends with 1 and a clear line`, () => {
    const before = readdirSync(folder)
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [main, 'serve', '--database', place, '--port', '0'],
      { encoding: 'utf8', env: { PATH: process.env.PATH }, timeout: 60_000 },
    )
    assert.equal(status, 1)
    assert.match(stderr, /^latchkey: The database .* cannot be opened: [^\n]+\n$/)
    assert.equal(stdout, '')
    assert.deepEqual(readdirSync(folder), before)
  })
}

test.after(() => rmSync(folder, { recursive: true, force: true }))
