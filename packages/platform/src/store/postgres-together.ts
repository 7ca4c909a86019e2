/**
 * One statement in the place of many of the same text, which change rows by their keys or add one row
 * each. The values travel as arrays, one for each parameter.
 *
 *   update t set a = $2 where id = $1     update t set a = o.v2 from unnest($1, $2) … as o where id = o.v1
 *   insert into t (a, b) values ($1, $2)  insert into t (a, b) select o.v1, o.v2 from unnest($1, $2) … as o
 */
import { prepared, type Statement } from './postgres-pool.ts'
import type { Value } from './store.ts'

export interface Together {
  readonly statement: Statement
  /** For each parameter its values, in the order of the rows. */
  readonly values: readonly (readonly Value[])[]
}

/** The column in which a changed row says whose values it met: their place, from 1. */
export const place = ' place'

/** `null` for a statement of another shape: each is to be run by itself. */
export function together(sql: string, rows: readonly (readonly Value[])[]): Together | null {
  const rewrite = rewriting(sql)
  if (!rewrite) return null
  const values = (rows[0] ?? []).map((_, i) => rows.map(row => row[i] ?? null))
  const types = values.map(typeOf)
  return { statement: statementFor(sql, rewrite, types), values }
}

/** Makes the statement, given where its values come from. */
type Rewrite = (source: string) => string

const adding = /^(\s*insert\s+into\s+\w+\s*\([^()]*\))\s*values\s*\(([^()]*)\)\s*$/i
const changing = /^(\s*update\s.+?)\swhere\s(.+?)(?:\sreturning\s(.+))?$/is

const rewrites = new Map<string, Rewrite | null>()

function rewriting(sql: string): Rewrite | null {
  let rewrite = rewrites.get(sql)
  if (rewrite === undefined) {
    rewrite = read(sql)
    rewrites.set(sql, rewrite)
  }
  return rewrite
}

function read(sql: string): Rewrite | null {
  const [, into, added] = adding.exec(sql) ?? []
  if (into && added) return source => `${into} select ${added} ${source} order by o."${place}"`
  const [, update, condition, returning] = changing.exec(sql) ?? []
  if (!update || !condition || /\b(select|from)\b/i.test(update + condition)) return null
  const result = returning ? `, ${returning}` : ''
  return source => `${update} ${source} where ${condition} returning o."${place}"${result}`
}

const statements = new Map<string, Statement>()

/** Values whose parameter is null in all rows have no type: it stands in the statement as `null`. */
function statementFor(sql: string, rewrite: Rewrite, types: readonly (string | null)[]): Statement {
  const key = `${types} ${sql}`
  let statement = statements.get(key)
  if (!statement) {
    const text = rewrite('{source}').replaceAll(/\$(\d+)/g, (_, n) =>
      types[Number(n) - 1] ? `o.v${n}` : 'null',
    )
    const arrays = types.map((type, i) => `$${i + 1}::${type ?? 'text'}[]`)
    const names = types.map((_, i) => `v${i + 1}`)
    const source = `from unnest(${arrays}) with ordinality as o (${names}, "${place}")`
    statement = prepared(text.replace('{source}', () => source))
    statements.set(key, statement)
  }
  return statement
}

function typeOf(values: readonly Value[]): string | null {
  const value = values.find(value => value !== null) ?? null
  if (value === null) return null
  return typeof value === 'number' ? 'bigint' : typeof value === 'string' ? 'text' : 'bytea'
}
