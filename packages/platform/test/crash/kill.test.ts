import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
const rounds = 8

interface Row {
  readonly generation: number
  readonly revoked_at: number | null
}

/** Runs the worker until the moment given, kills it, and answers the lines it had written. */
async function runAndKill(database: string, milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [worker, database], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const ready = new Promise<void>(resolve => {
    child.stdout.on('data', chunk => {
      said += chunk
      if (said.startsWith('ready')) resolve()
    })
  })
  const closed = new Promise(resolve => child.once('close', resolve))
  await ready
  await sleep(milliseconds)
  child.kill('SIGKILL')
  await closed
  return said.split('\n').slice(1, -1)
}

describe('kill -9 at any time', () => {
  test('loses nothing that was answered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-kill-'))
    const database = join(folder, 'latchkey.db')
    const said: string[] = []
    for (let round = 0; round < rounds; round++) {
      said.push(...(await runAndKill(database, 40 + ((round * 137) % 300))))
      const file = new DatabaseSync(database)
      const check = file.prepare('pragma integrity_check').get()
      assert.equal(check?.integrity_check, 'ok')
      const find = file.prepare('select generation, revoked_at from connection where id = ?')
      for (const line of said) {
        const [what, name = ''] = line.split(' ')
        const row = find.get(Buffer.from(name, 'hex')) as Row | undefined
        assert.ok(row, line)
        if (what === 'exchanged') assert.ok(row.generation >= 1, line)
        if (what === 'rotated') assert.equal(row.generation, 2, line)
        if (what === 'disconnected') assert.notEqual(row.revoked_at, null, line)
      }
      // An event for every step, and no step without its event: both are one transaction.
      const { missing } = file
        .prepare(
          `select count(*) as missing from connection c where generation > 0 and not exists
             (select 1 from audit_event e where e.connection_id = c.id and e.kind = 'connection.exchanged')`,
        )
        .get() as { missing: number }
      assert.equal(missing, 0)
      file.close()
    }
    for (const what of ['authorized', 'exchanged', 'rotated', 'disconnected']) {
      assert.ok(said.filter(line => line.startsWith(what)).length > rounds, what)
    }
    rmSync(folder, { recursive: true })
  })
})
