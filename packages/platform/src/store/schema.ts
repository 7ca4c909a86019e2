/** Whether a database has the schema that this program was written for. */
import { migrations } from './migrations.ts'
import type { Store } from './store.ts'

/**
 * Brings a SQLite schema up to date; a server's is the operator's to migrate. Throws, and closes the
 * store, when it is another than this program's.
 */
export async function requireSchema(store: Store): Promise<void> {
  if (store.engine === 'sqlite') await store.migrate()
  const version = await store.schemaVersion()
  if (version === migrations.length) return
  await store.close()
  throw new Error(
    version < migrations.length
      ? 'The database schema is older than this program. Run: latchkey migrate'
      : 'The database schema is newer than this program. Run a newer version of Latchkey.',
  )
}
