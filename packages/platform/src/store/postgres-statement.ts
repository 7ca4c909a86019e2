/** A statement as PostgreSQL gets it: its name, its values on the wire, its columns back. */
import { hash } from 'node:crypto'
import { types } from 'pg'
import type { Value } from './store.ts'

export interface Statement {
  readonly name: string
  readonly text: string
  /** True when it gives no rows, so that nobody has to wait for them. */
  readonly silent: boolean
  /** True when it fails for want of a row to change (`postgres-together.ts`). */
  readonly demanding: boolean
}

/** A parameter's value, or several as an array of PostgreSQL's. */
export type Parameter = Value | readonly Value[]

const statements = new Map<string, Statement>()

/** Each statement is prepared once a connection, under a name made from its text. */
export function prepared(sql: string): Statement {
  let statement = statements.get(sql)
  if (!statement) {
    const silent = /^\s*(insert|update|delete)\b/i.test(sql) && !/\breturning\b/i.test(sql)
    const demanding = sql.startsWith(demand)
    statement = { name: `lk_${hash('sha1', sql).slice(0, 24)}`, text: sql, silent, demanding }
    statements.set(sql, statement)
  }
  return statement
}

/** How a statement begins that demands a change. */
export const demand = 'with changed as ('

/** First column of a statement for several askers: whose row this is, from 1. */
export const place = ' place'

/** Bytes go as they are, anything else as text. */
export function onTheWire(value: Parameter): Buffer | string | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (value instanceof Uint8Array) return bytes(value)
  return `{${value.map(element).join()}}`
}

function element(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  if (value instanceof Uint8Array) return `\\\\x${bytes(value).toString('hex')}`
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}

function bytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Values come back as SQLite gives them: whole numbers as numbers, booleans as 0 and 1. */
export function parserOf(type: number): (text: string) => Value {
  if (type === types.builtins.INT8 || type === types.builtins.NUMERIC) return wholeNumber
  if (type === types.builtins.BOOL) return text => (text === 't' ? 1 : 0)
  return types.getTypeParser(type)
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new RangeError(`${text} is too large a number.`)
  }
  return number
}
