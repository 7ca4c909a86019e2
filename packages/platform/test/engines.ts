/** Both engines, for tests of what happens at once or is said in SQL. */
import type { TestContext } from 'node:test'
import { openPostgres } from '../src/store/postgres.ts'
import { testDatabase } from './postgres.ts'
import { type Setup, setup } from './setup.ts'

async function onPostgres(t: TestContext): Promise<Setup> {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url)
  await store.migrate()
  const fixture = await setup({ store })
  t.after(async () => {
    await fixture.platform.close()
    await stop()
  })
  return fixture
}

/** The fixture on each engine, by its name. */
export const engines: Readonly<Record<string, (t: TestContext) => Promise<Setup>>> = {
  SQLite: () => setup(),
  PostgreSQL: onPostgres,
}
