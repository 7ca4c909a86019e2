/** Opens the database that the settings name. */
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store, Watch } from './store.ts'

/** A SQLite path, `:memory:`, or `postgres://…`. Throws `StoreUnavailable` when it cannot be opened. */
export async function openStore(database: string, watch?: Watch): Promise<Store> {
  return /^postgres(ql)?:\/\//.test(database)
    ? openPostgres(database, {}, watch)
    : openSqlite(database, watch)
}
