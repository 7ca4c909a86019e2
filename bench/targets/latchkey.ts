// Latchkey as `latchkey serve` runs it, with two limits off: the API's calls a minute and failed app
// authentications. The database is a file beside the bench, not in a temporary folder that may be
// memory; it is removed at the end.

import { createPlatform, serve } from '@latchkey/platform'
import { openStore } from '@latchkey/platform/admin'
import { setMemoryFlags } from '../../packages/platform/src/cli/memory.ts'
import { createKeyRing, newKey } from '../../packages/platform/src/connection/keys.ts'
import { dataFolder, ownDatabase } from '../database.ts'
import { furnish } from '../furniture.ts'
import { announce } from '../target.ts'

setMemoryFlags()
const folder = dataFolder()
const database = (await ownDatabase()) ?? `${folder}/latchkey.db`
const opened = await openStore(database)
await opened.migrate()
await opened.close()
const platform = await createPlatform({
  database,
  keyRing: createKeyRing([newKey(0)]),
  keys: `${folder}/keys.json`,
  codeTtl: 600,
  limitApi: null,
  limitAppAuth: null,
  log: 'warn',
})
const rows = Number(process.env.LATCHKEY_BENCH_ROWS ?? 0)
const { steps, mint } = await furnish(platform.store, platform.keys, rows)
const { port } = await serve(platform, { port: 0, host: '127.0.0.1' })
const engine = platform.store.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
const beside = rows > 0 ? `, ${rows.toLocaleString('en')} connections` : ''
announce(
  { port, state: `${engine} on disk, every change synced before its answer${beside}`, steps },
  mint,
)
