/**
 * Moves a whole platform from a SQLite file to another database: every row as it is, numbers and ids
 * included, so that every handle, session and link goes on working. What is read is one snapshot.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { migrations } from './migrations.ts'
import type { Row, Store, Value } from './store.ts'

/** How many rows one step writes. */
const batch = 500

/** How many rows of each table were copied, in the order of the tables. */
export type Copied = Readonly<Record<string, number>>

/**
 * Copies everything from the file at `path` into `target`. Throws, before anything is written, when the
 * two schemas are not this program's or the target is not empty; and at the end, when somebody has
 * written to the file meanwhile: what they wrote is not in the copy.
 */
export async function copyDatabase(path: string, target: Store): Promise<Copied> {
  const source = new DatabaseSync(path, { readOnly: true })
  const other = new DatabaseSync(path, { readOnly: true })
  try {
    const before = dataVersion(other)
    source.exec('begin')
    checkVersions(versionOf(source), await target.schemaVersion())
    const tables = tablesOf(source)
    for (const table of tables) await checkEmpty(target, table)
    const copied: Record<string, number> = {}
    for (const table of tables) copied[table] = await copyTable(source, target, table)
    source.exec('commit')
    if (dataVersion(other) !== before) throw new Error(changed)
    return copied
  } finally {
    source.close()
    other.close()
  }
}

const changed =
  'Somebody wrote to the old database during the copy. Stop the server, empty the new database, and copy again.'

function dataVersion(database: DatabaseSync): unknown {
  return database.prepare('pragma data_version').get()?.data_version
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('pragma user_version').get()?.user_version)
}

function checkVersions(source: number, target: number): void {
  const wanted = migrations.length
  if (source !== wanted) {
    throw new Error(`The old database has schema ${source}, not ${wanted}. Run: latchkey migrate`)
  }
  if (target !== wanted) {
    throw new Error(
      `The new database has schema ${target}, not ${wanted}. Run latchkey migrate on it.`,
    )
  }
}

/** In the order they were made, so that what a row refers to is there before it. */
function tablesOf(source: DatabaseSync): string[] {
  const rows = source
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite%'
      order by rowid`)
    .all()
  return rows.map(({ name }) => String(name))
}

async function checkEmpty(target: Store, table: string): Promise<void> {
  const [row] = await target.read(`select 1 as one from ${table} limit 1`)
  if (row) throw new Error(`The new database is not empty: there are rows in ${table}.`)
}

async function copyTable(source: DatabaseSync, target: Store, table: string): Promise<number> {
  const columns = columnsOf(source, table)
  const places = columns.map((_, i) => `$${i + 1}`).join(', ')
  const insert = `insert into ${table} (${columns.join(', ')}) values (${places})`
  let total = 0
  for (const rows of batches(source.prepare(`select * from ${table}`))) {
    await target.write(async tx => {
      for (const row of rows) await tx.run(insert, ...columns.map(column => row[column] ?? null))
    })
    total += rows.length
  }
  if (target.engine === 'postgres' && columns[0] === 'id') await goOnCounting(target, table)
  return total
}

function columnsOf(source: DatabaseSync, table: string): string[] {
  return source
    .prepare(`pragma table_info(${table})`)
    .all()
    .map(({ name }) => String(name))
}

function* batches(statement: StatementSync): Generator<Row[]> {
  let rows: Row[] = []
  for (const row of statement.iterate()) {
    rows.push(row as Record<string, Value>)
    if (rows.length < batch) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}

/** The next number comes after the last one that was copied. */
async function goOnCounting(target: Store, table: string): Promise<void> {
  const [sequence] = await target.read<{ name: string | null }>(
    `select pg_get_serial_sequence('${table}', 'id') as name`,
  )
  if (!sequence?.name) return
  await target.write(tx =>
    tx.run(`select setval('${sequence.name}', greatest(1, coalesce(max(id), 0)), max(id) is not null)
      from ${table}`),
  )
}
