/**
 * JSON whose integers stay exact: ids here are 64 bits wide, and a JavaScript number holds 53. An integer
 * that a number cannot hold becomes a `bigint`; every other value is what `JSON.parse` makes of it.
 */

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** Parses; throws a `SyntaxError` like `JSON.parse`. */
export function parseJson(text: string): unknown {
  return parse(text, (_key, value, context) => {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
    const source = context?.source
    if (source === undefined) throw new SyntaxError('This runtime cannot read large integers.')
    return /^-?\d+$/.test(source) ? BigInt(source) : value
  })
}

/** `null` for an empty text, `undefined` for what is not JSON. */
export function readJson(text: string): unknown {
  if (text === '') return null
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The other way: a `bigint` is written as the integer it is. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === 'bigint' ? rawJSON(String(item)) : item,
  )
}
