/** Opens the database that the settings name. */
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/** A SQLite path, `:memory:`, or `postgres://…`. Throws `StoreUnavailable` when it cannot be opened. */
export async function openStore(database: string): Promise<Store> {
  if (/^postgres(ql)?:\/\//.test(database)) {
    throw new Error('PostgreSQL is not available in this version. Set LATCHKEY_DATABASE to a file.')
  }
  return openSqlite(database)
}
