/** Opens the database that the settings name. */
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/** A SQLite path, `:memory:`, or `postgres://…`. Throws `StoreUnavailable` when it cannot be opened. */
export async function openStore(database: string): Promise<Store> {
  return /^postgres(ql)?:\/\//.test(database) ? openPostgres(database) : openSqlite(database)
}
