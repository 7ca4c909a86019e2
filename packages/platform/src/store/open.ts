/** Opens the database that the settings name. */
import { openSqlite } from './sqlite.ts'
import type { Store, Watch } from './store.ts'

/** A SQLite path, `:memory:`, or `postgres://…`. Throws `StoreUnavailable` when it cannot be opened. */
export async function openStore(database: string, watch?: Watch): Promise<Store> {
  if (!/^postgres(ql)?:\/\//.test(database)) return openSqlite(database, watch)
  // A file needs none of what PostgreSQL does.
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(database, {}, watch)
}
