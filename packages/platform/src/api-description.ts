/**
 * What the operator says about the API behind the gate: the catalogue of permissions and the table of
 * routes, in a JSON file (`LATCHKEY_API`) or as options of `createPlatform`. Read once, at the start, and
 * checked field by field: a mistake here would open or close the API to everybody.
 */
import { readFileSync } from 'node:fs'
import { type ApiRoutes, plainPath } from './api-routes.ts'
import { type Catalogue, defaultCatalogue } from './permissions.ts'
import { SettingError } from './settings.ts'

export interface ApiDescription {
  readonly permissions: Catalogue
  /** `null` without a table: then the gate asks for a live connection and no permission. */
  readonly routes: ApiRoutes | null
}

interface Given {
  /** Path of the file; `null` for none. */
  readonly api: string | null
  /** In the place of what the file says. */
  readonly permissions?: Catalogue | undefined
  readonly routes?: ApiRoutes | undefined
}

/** The file's description, with the options over it. Throws `SettingError` naming the field. */
export function describeApi({ api, permissions, routes }: Given): ApiDescription {
  const file = api === null ? {} : readFile(api)
  const place = api === null ? '' : `LATCHKEY_API (--api) ${api}: `
  const catalogue =
    readCatalogue(permissions === undefined ? place : '', permissions ?? file.permissions) ??
    defaultCatalogue
  const routesPlace = routes === undefined ? place : ''
  return {
    permissions: catalogue,
    routes: readRoutes(routesPlace, { routes: routes ?? file.routes, catalogue }),
  }
}

function readFile(path: string): { permissions?: unknown; routes?: unknown } {
  const place = `LATCHKEY_API (--api) ${path}: `
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingError(`${place}it cannot be read (${(error as { code?: string }).code}).`)
  }
  try {
    return fieldsOf(place, 'the document', JSON.parse(text), ['permissions', 'routes'])
  } catch (error) {
    if (error instanceof SettingError) throw error
    throw new SettingError(`${place}line ${lineOfMistake(text)} is not JSON.`)
  }
}

/** The first line up to which the text is no longer the beginning of a document. */
function lineOfMistake(text: string): number {
  const lines = text.trimEnd().split('\n')
  const at = lines.findIndex((_, i) => !mayGoOn(lines.slice(0, i + 1).join('\n')))
  return at < 0 ? lines.length : at + 1
}

function mayGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const { message } = error as Error
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? -1)
    // A text may not go on in the next line.
    if (message.startsWith('Unterminated string')) return false
    return message.startsWith('Unexpected end') || position >= beginning.length
  }
}

const permissionName = /^[A-Za-z][\w.-]*(?::[\w.-]+)*$/

function readCatalogue(place: string, given: unknown): Catalogue | null {
  if (given === undefined) return null
  const catalogue = listOf(place, 'permissions', given).map((entry, i) => {
    const field = `permissions[${i}]`
    const fields = fieldsOf(place, field, entry, ['name', 'title', 'description'])
    const name = textOf(place, `${field}.name`, fields.name)
    if (!permissionName.test(name) || name.length > 64) {
      throw wrong(place, `${field}.name`, `is '${name}', but takes a name like leads:read`)
    }
    const description =
      fields.description === undefined || fields.description === ''
        ? ''
        : textOf(place, `${field}.description`, fields.description)
    return { name, title: textOf(place, `${field}.title`, fields.title), description }
  })
  for (const [i, { name }] of catalogue.entries()) {
    if (catalogue.findIndex(other => other.name === name) < i) {
      throw wrong(place, `permissions[${i}].name`, `is '${name}', which an earlier one has already`)
    }
  }
  return catalogue
}

function readRoutes(
  place: string,
  { routes: given, catalogue }: { routes: unknown; catalogue: Catalogue },
): ApiRoutes | null {
  if (given === undefined) return null
  const routes = listOf(place, 'routes', given).map((entry, i) => {
    const field = `routes[${i}]`
    const fields = fieldsOf(place, field, entry, ['method', 'path', 'permission'])
    const method = textOf(place, `${field}.method`, fields.method)
    if (!/^(?:[A-Z-]+|\*)$/.test(method) || method === 'HEAD') {
      const takes = "a method in capitals, or '*' for every one; HEAD goes with GET"
      throw wrong(place, `${field}.method`, `is '${method}', but takes ${takes}`)
    }
    const path = textOf(place, `${field}.path`, fields.path)
    const problem = pathProblem(path)
    if (problem) throw wrong(place, `${field}.path`, `is '${path}', but ${problem}`)
    const permission = textOf(place, `${field}.permission`, fields.permission)
    if (permission !== '*' && !catalogue.some(({ name }) => name === permission)) {
      const known = catalogue.map(({ name }) => name).join(', ') || 'none'
      const takes = `one of the permissions (${known}), or '*' for any live connection`
      throw wrong(place, `${field}.permission`, `is '${permission}', but takes ${takes}`)
    }
    return { method, path, permission }
  })
  for (const [i, { method, path }] of routes.entries()) {
    if (routes.findIndex(other => other.method === method && other.path === path) < i) {
      throw wrong(place, `routes[${i}]`, `is ${method} ${path}, which an earlier route has already`)
    }
  }
  return routes
}

/** Why a path would never fit, or not what was meant; `null` when it is fine. */
function pathProblem(path: string): string | null {
  if (!path.startsWith('/')) return 'begins with /'
  if (/[?#]/.test(path)) return 'is a path only, without query or fragment'
  const stars = path.split('/').slice(0, -1)
  if (stars.some(segment => segment.includes('*')) || /[^/]\*$/.test(path)) {
    return 'takes * as its last segment only'
  }
  if (plainPath(path) === path) return null
  return 'takes it decoded, and without dots, empty segments, percent signs and backslashes'
}

function listOf(place: string, field: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(place, field, 'takes a list')
}

/** The fields of an object; a name that is not known is a typing mistake. */
function fieldsOf(
  place: string,
  field: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(place, field, `takes an object with ${known.join(', ')}`)
  }
  const stranger = Object.keys(value).find(name => !known.includes(name))
  if (stranger === undefined) return value as Record<string, unknown>
  throw wrong(place, field, `has '${stranger}', but takes ${known.join(', ')}`)
}

function textOf(place: string, field: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw wrong(place, field, value === undefined ? 'is missing' : 'takes a text')
}

function wrong(place: string, field: string, words: string): SettingError {
  return new SettingError(`${place}${field} ${words}.`)
}
