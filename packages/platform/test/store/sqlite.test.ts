import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../../src/store/sqlite.ts'
import { storeContract } from './contract.ts'

storeContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
  return {
    open: () => openSqlite(join(folder, 'a.db')),
    stop: async () => rmSync(folder, { recursive: true }),
  }
})
