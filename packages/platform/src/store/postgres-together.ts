/**
 * One statement in the place of many of the same text, which change rows by their keys or add one row
 * each. The values travel as arrays, one for each parameter, and as one where all have the same text.
 *
 *   update t set a = $2 where id = $1     update t set a = o.v2 from unnest($1, $2) … as o where id = o.v1
 *   insert into t (a, b) values ($1, $2)  insert into t (a, b) select o.v1, o.v2 from unnest($1, $2) … as o
 *
 * A demanding one, `with changed as (update …) select 1 / …`, then demands that every row was changed.
 */
import { demand, type Parameter, place, prepared, type Statement } from './postgres-statement.ts'
import type { Value } from './store.ts'

export interface Together {
  readonly statement: Statement
  readonly values: readonly Parameter[]
}

/** `null` for a statement of another shape: each is to be run by itself. */
export function together(sql: string, rows: readonly (readonly Value[])[]): Together | null {
  const rewrite = rewriting(sql)
  if (!rewrite) return null
  const parameters = (rows[0] ?? []).map((_, i) =>
    parameterOf(
      rows.map(row => row[i] ?? null),
      i === 0,
    ),
  )
  const values = parameters.flatMap(({ value }) => (value === null ? [] : [value]))
  return { statement: statementFor(sql, rewrite, parameters), values }
}

interface TogetherParameter {
  /** `null` when it is null in all rows: it stands in the statement as that. */
  readonly value: Parameter
  readonly type: string
}

/** Alike ones are one text, but for the first: its array says how many rows there are. */
function parameterOf(values: readonly Value[], isFirst: boolean): TogetherParameter {
  const value = values.find(value => value !== null) ?? null
  if (isFirst) return { value: values, type: `${typeOf(value)}[]` }
  if (value === null) return { value, type: '' }
  if (typeof value === 'string' && values.every(other => other === value)) {
    return { value, type: 'text' }
  }
  return { value: values, type: `${typeOf(value)}[]` }
}

function typeOf(value: Value): string {
  if (value === null || typeof value === 'string') return 'text'
  return typeof value === 'number' ? 'bigint' : 'bytea'
}

/** A statement that fails unless it changes a row. */
export function demanding(sql: string): string {
  let text = demands.get(sql)
  if (!text) {
    text = failingUnless(`${sql} returning 1`, 'count(*) > 0')
    demands.set(sql, text)
    rewrites.set(text, demandingEach(sql))
  }
  return text
}

const demands = new Map<string, string>()

/** PostgreSQL has no way to say it, but to divide by zero. */
function failingUnless(update: string, condition: string): string {
  return `${demand}${update}) select 1 / (${condition})::int from changed`
}

function demandingEach(sql: string): Rewrite | null {
  const rewrite = read(sql)
  const each = `count(distinct "${place}") = {count}`
  return rewrite && (source => failingUnless(rewrite(source), each))
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

function statementFor(
  sql: string,
  rewrite: Rewrite,
  parameters: readonly TogetherParameter[],
): Statement {
  const key = `${parameters.map(({ type }) => type)} ${sql}`
  let statement = statements.get(key)
  if (!statement) {
    const arrays: string[] = []
    const names: string[] = []
    let sent = 0
    const replacements = parameters.map(({ value, type }, i) => {
      if (value === null) return 'null'
      const parameter = `$${++sent}::${type}`
      if (!Array.isArray(value)) return parameter
      arrays.push(parameter)
      names.push(`v${i + 1}`)
      return `o.v${i + 1}`
    })
    const source = `from unnest(${arrays}) with ordinality as o (${names}, "${place}")`
    const text = rewrite('{source}')
      .replaceAll(/\$(\d+)/g, (_, n) => replacements[n - 1] ?? 'null')
      .replace('{source}', () => source)
      .replace('{count}', () => `cardinality(${arrays[0]})`)
    statement = prepared(text)
    statements.set(key, statement)
  }
  return statement
}
