/**
 * Parameters as RFC 6749 wants them: read by name, sent once, UTF-8, without control characters.
 * Unknown parameters are ignored (§3.1, §3.2); an empty value counts as left out (§3.1).
 *
 * One table per endpoint names its parameters; the documentation is made from the same table.
 */
import { OAuthError, RequestError } from './error.ts'
import type { Call } from './http.ts'

export interface Parameter {
  readonly description: string
  /** `true`, or the words for when it is. */
  readonly required?: true | string
  readonly example?: string
  /** Must not stand in a URL, where logs and browser histories would keep it. */
  readonly secret?: true
  /** Characters at most, where that is not 8,192. */
  readonly longest?: number
}

export type ParameterTable = Readonly<Record<string, Parameter>>
export type Params<T extends ParameterTable> = { readonly [K in keyof T]?: string }

type Collected = Record<string, string>

/** Longest value of one parameter, in characters, unless its table says otherwise. */
const longest = 8_192

/** Of a parameter that carries a whole authorization request, whose `state` may be 4,096 bytes in any spelling. */
export const requestLength = 32_768

/**
 * Parameters of a query string, and beside them what is wrong with the ones that cannot be used: the
 * authorization page decides for itself which error may travel to a redirect URL.
 */
export function fromQuery<T extends ParameterTable>(
  table: T,
  query: string,
): { params: Params<T>; problems: { readonly [K in keyof T]?: string } } {
  const problems: Record<string, string> = {}
  const collected = readForm(table, query, {}, (name, problem) => {
    problems[name] ??= `${name} ${problem}`
  })
  return { params: filled(collected), problems: problems as { [K in keyof T]?: string } }
}

/**
 * Parameters of query and body together, as the article's path takes them: the body is a form or JSON.
 * Throws `OAuthError` `invalid_request` for one sent twice, even across the two, and for a secret in
 * the URL.
 */
export function fromAnywhere<T extends ParameterTable>(
  table: T,
  query: string,
  body: string,
  contentType: string | undefined,
): Params<T> {
  const inQuery = readForm(table, query, {}, refuse)
  for (const name in inQuery) {
    if (!table[name]?.secret || inQuery[name] === '') continue
    throw invalid(`${name} must not be in the URL, where logs keep it. Send it in the body.`)
  }
  if (body === '') return filled(inQuery)
  return filled(
    isJson(contentType) ? readJson(table, body, inQuery) : readForm(table, body, inQuery, refuse),
  )
}

/** Parameters of an OAuth endpoint that takes a form body and nothing else. */
export async function formParams<T extends ParameterTable>(
  table: T,
  call: Call,
): Promise<Params<T>> {
  if (call.query !== '' && Object.keys(readForm(table, call.query, {}, refuse)).length > 0) {
    throw invalid('Send the parameters in the body, not in the URL.')
  }
  return await bodyParams(table, call)
}

/** Parameters of a form body, whatever the query says. */
export async function bodyParams<T extends ParameterTable>(
  table: T,
  call: Call,
): Promise<Params<T>> {
  if (!isForm(call.header('content-type'))) {
    throw invalid('Send the parameters as an application/x-www-form-urlencoded body.')
  }
  return filled(readForm(table, await call.body(), {}, refuse))
}

/** A file that a form brought along. What its sender says of it is not looked at. */
export type Upload = Uint8Array<ArrayBuffer>

/**
 * Parameters of a multipart form, and the file of its field `fileField`; `null` when none was chosen.
 * Read by the platform's own parser, then held to the same rules as every other form.
 */
export async function multipartParams<T extends ParameterTable>(
  table: T,
  { bytes, contentType }: { bytes: Uint8Array<ArrayBuffer>; contentType: string },
  fileField: string,
): Promise<{ params: Params<T>; file: Upload | null }> {
  const answer = new Response(bytes, { headers: { 'Content-Type': contentType } })
  const form = await answer.formData().catch(cause => {
    throw new RequestError(400, `The form cannot be read: ${(cause as Error).message}.`)
  })
  const collected: Collected = {}
  for (const [name, value] of form) {
    if (typeof value !== 'string' || !Object.hasOwn(table, name)) continue
    add(collected, { name, value, most: table[name]?.longest }, refuse)
  }
  const files = form.getAll(fileField)
  if (files.length > 1) refuse(fileField, 'was sent more than once')
  const [file] = files
  const chosen = file instanceof File && file.size > 0
  return {
    params: filled(collected),
    file: chosen ? new Uint8Array(await file.arrayBuffer()) : null,
  }
}

export function isMultipart(contentType: string | undefined): contentType is string {
  return mediaType(contentType) === 'multipart/form-data'
}

/** A row's number as a form or a link names it; 0, which is no row's, for anything else. */
export function wholeNumber(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0
}

export function isForm(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'application/x-www-form-urlencoded'
}

export function isJson(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'application/json'
}

function mediaType(contentType: string | undefined): string {
  if (contentType === 'application/x-www-form-urlencoded') return contentType
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

type Problem = (name: string, problem: string) => void

function refuse(name: string, problem: string): never {
  throw invalid(`${name} ${problem}.`)
}

function readForm(
  table: ParameterTable,
  text: string,
  into: Collected,
  problem: Problem,
): Collected {
  if (text === '') return into
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    if (name === null || !Object.hasOwn(table, name)) continue
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    if (value === null) problem(name, 'is not percent-encoded UTF-8')
    else add(into, { name, value, most: table[name]?.longest }, problem)
  }
  return into
}

function readJson(table: ParameterTable, text: string, into: Collected): Collected {
  const members = jsonObject(text)
  const written = memberNames(text)
  for (const [name, value] of Object.entries(members)) {
    if (!Object.hasOwn(table, name)) continue
    if (written.filter(other => other === name).length > 1) refuse(name, 'was sent more than once')
    if (typeof value !== 'string') refuse(name, 'must be a string')
    else add(into, { name, value, most: table[name]?.longest }, refuse)
  }
  return into
}

function jsonObject(text: string): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalid('The body is not valid JSON.')
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  throw invalid('The JSON body must be an object.')
}

/** The names of a valid JSON object's members as they are written: `JSON.parse` keeps the last of two. */
function memberNames(text: string): string[] {
  const names: string[] = []
  let depth = 0
  for (const [token, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (name !== undefined && colon !== undefined && depth === 1) names.push(JSON.parse(name))
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
  }
  return names
}

function add(
  into: Collected,
  { name, value, most = longest }: { name: string; value: string; most: number | undefined },
  problem: Problem,
): void {
  if (Object.hasOwn(into, name)) problem(name, 'was sent more than once')
  else if (value.length > most) problem(name, `is longer than ${most} characters`)
  else if (hasControl(value)) problem(name, 'holds a control character')
  else into[name] = value
}

/** Percent-decoding of `application/x-www-form-urlencoded`; `null` for what is not UTF-8. */
function decode(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return null
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f]/

/** Nothing that we take holds one, and PostgreSQL takes no NUL. */
export function hasControl(value: string): boolean {
  return control.test(value)
}

function filled<T extends ParameterTable>(collected: Collected): Params<T> {
  for (const name in collected) if (collected[name] === '') delete collected[name]
  return collected as Params<T>
}

export function invalid(message: string): OAuthError {
  return new OAuthError('invalid_request', message)
}
