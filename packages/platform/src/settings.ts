/**
 * The settings of CONTRACT §2: one table gives every name, default, check and explanation. A setting
 * comes from the environment (`LATCHKEY_PORT`) or a flag of the same name (`--port`), which wins.
 */
import { listOf } from './limits/client-address.ts'
import { type OidcSettings, readOidc } from './oidc-settings.ts'

export interface Limit {
  readonly points: number
  readonly seconds: number
}

export interface Settings {
  /** A SQLite path, `:memory:`, or `postgres://…`. */
  readonly database: string
  /** Path of the key file; `null` for keys that live as long as the process. */
  readonly keys: string | null
  readonly port: number
  readonly host: string
  /** The public base URL and OAuth issuer, without a trailing slash. */
  readonly url: string
  /** Seconds. */
  readonly codeTtl: number
  /** Seconds. */
  readonly accessTtl: number
  /** Seconds. */
  readonly refreshTtl: number
  readonly limitSignIn: Limit | null
  readonly limitAppAuth: Limit | null
  /** API calls per minute and app. */
  readonly limitApi: { readonly development: number; readonly production: number } | null
  readonly log: string
  /** `smtp://…` of the mail server; `null` writes mails to the log. */
  readonly smtp: string | null
  readonly mailFrom: string
  /** Whether users get a mail when an app is connected. */
  readonly mailOnConnect: boolean
  /** The provider people sign in through; `null` for none. */
  readonly oidc: OidcSettings | null
  /** Whether people sign in with passwords and may sign up; `null`: only where nothing else is set. */
  readonly passwords: boolean | null
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[]
  /** Path of the file with the permissions and routes of the API; `null` for none. */
  readonly api: string | null
  /** Processes that serve. */
  readonly workers: number
  /** Days that audit events are kept. */
  readonly auditDays: number
  /** Lets webhooks go to this machine, also by plain http: for development. */
  readonly webhooksLoopback: boolean
}

export interface Setting {
  readonly variable: string
  readonly flag: string
  readonly default: string
  readonly meaning: string
}

const named = (flag: string, fallback: string, meaning: string): Setting => ({
  variable: `LATCHKEY_${flag.replaceAll('-', '_').toUpperCase()}`,
  flag,
  default: fallback,
  meaning,
})

/** Every setting, in the order in which the documentation and `--help` list them. */
export const settingsTable: readonly Setting[] = [
  named('database', './data/latchkey.db', 'a SQLite file, :memory:, or postgres://…'),
  named('keys', 'keys.json beside the SQLite file', 'signing keys, made on first start'),
  named('port', '4400', 'where it listens'),
  named('host', '127.0.0.1', 'where it listens'),
  named('url', 'http://localhost:PORT', 'the public base URL and OAuth issuer'),
  named('code-ttl', '300', 'seconds an authorization code lives, at most 600'),
  named('access-ttl', '3600', 'seconds an access token lives'),
  named('refresh-ttl', '15552000', 'seconds a refresh token lives: 180 days'),
  named('limit-sign-in', '10/900', 'failed sign-ins per account and address in so many seconds'),
  named('limit-app-auth', '20/60', 'failed authentications per app and address in so many seconds'),
  named('limit-api', '100,500', 'API calls per app and minute in development, in production'),
  named('log', 'info', 'log level: fatal, error, warn, info, debug, trace or silent'),
  named('smtp', '', 'smtp://user:password@host:port; without it mails are written to the log'),
  named('mail-from', 'Latchkey <latchkey@localhost>', 'the sender of mails'),
  named('mail-on-connect', 'on', 'a mail to the user when an app is connected: on or off'),
  named('oidc-issuer', '', 'an OpenID Connect provider to sign in through'),
  named('oidc-client-id', '', 'our Client ID at that provider'),
  named('oidc-client-secret', '', 'our Client Secret there; a flag can be seen by other users'),
  named('oidc-client-secret-file', '', 'a file that holds it instead'),
  named('oidc-name', 'the issuer’s host', 'what people call the provider: Sign in with …'),
  named('oidc-email', 'verified', 'emails the provider has verified, or any'),
  named('passwords', 'off with an oidc-issuer, else on', 'passwords and sign-up of our own'),
  named('trust-proxy', '', 'proxies whose X-Forwarded-For is believed: 10.0.0.0/8,loopback'),
  named('api', '', 'a JSON file with the permissions and routes of the API behind the gate'),
  named('workers', '1', 'processes that serve, on one port'),
  named('audit-days', '400', 'days that audit events are kept'),
  named('webhooks-loopback', 'off', 'on: webhooks may go to this machine, for development'),
]

/** Thrown for a setting that cannot be used; the message names the setting and what it takes. */
export class SettingError extends Error {}

/**
 * Reads and checks all settings. `flags` win over `environment`; an empty one is as good as none, for an
 * unset variable of a shell is one.
 * Throws `SettingError` for the first one that is wrong.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const text = (flag: string): string => {
    const setting = settingsTable.find(candidate => candidate.flag === flag) as Setting
    return flags[flag] || environment[setting.variable] || setting.default
  }
  const given = (flag: string) =>
    flags[flag] || environment[`LATCHKEY_${flag.replaceAll('-', '_').toUpperCase()}`] || null
  const database = text('database')
  const port = whole('port', text('port'), 0, 65_535)
  return {
    database,
    keys: keyPath(database, given('keys')),
    port,
    host: text('host'),
    url: issuer(given('url') ?? `http://localhost:${port}`),
    codeTtl: whole('code-ttl', text('code-ttl'), 1, 600),
    accessTtl: whole('access-ttl', text('access-ttl'), 1, 31_536_000),
    refreshTtl: whole('refresh-ttl', text('refresh-ttl'), 1, 315_360_000),
    limitSignIn: limit('limit-sign-in', text('limit-sign-in')),
    limitAppAuth: limit('limit-app-auth', text('limit-app-auth')),
    limitApi: apiLimit(text('limit-api')),
    log: oneOf('log', text('log'), logLevels),
    smtp: given('smtp'),
    mailFrom: text('mail-from'),
    mailOnConnect: oneOf('mail-on-connect', text('mail-on-connect'), ['on', 'off']) === 'on',
    oidc: readOidc(given, fail),
    passwords: onOff('passwords', given('passwords')),
    trustProxy: proxies(text('trust-proxy')),
    api: given('api'),
    workers: whole('workers', text('workers'), 1, 64),
    auditDays: whole('audit-days', text('audit-days'), 1, 36_500),
    webhooksLoopback: onOff('webhooks-loopback', text('webhooks-loopback')) === true,
  }
}

/**
 * The given settings over the defaults, checked as those from the environment are; nothing is taken
 * from the environment here. Throws `SettingError`.
 */
export function settingsFrom(given: Partial<Settings>): Settings {
  const { limitSignIn, limitAppAuth, limitApi, passwords, trustProxy, oidc, keys, ...rest } = given
  const { webhooksLoopback, mailOnConnect, ...plain } = rest
  const count = (limit: Limit | null) => limit && `${limit.points}/${limit.seconds}`
  const texts: Record<string, string | null | undefined> = {
    'limit-sign-in': limitSignIn === undefined ? undefined : (count(limitSignIn) ?? 'off'),
    'limit-app-auth': limitAppAuth === undefined ? undefined : (count(limitAppAuth) ?? 'off'),
    'limit-api':
      limitApi === null ? 'off' : limitApi && `${limitApi.development},${limitApi.production}`,
    passwords: passwords === undefined || passwords === null ? undefined : passwords ? 'on' : 'off',
    'mail-on-connect': mailOnConnect === undefined ? undefined : mailOnConnect ? 'on' : 'off',
    'trust-proxy': trustProxy?.join(','),
    'webhooks-loopback': webhooksLoopback ? 'on' : undefined,
    keys: keys ?? undefined,
  }
  for (const [key, value] of Object.entries(plain)) {
    const flag = key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    if (value !== undefined && value !== null) texts[flag] = String(value)
  }
  const flags = Object.fromEntries(
    settingsTable.flatMap(({ flag }) => (texts[flag] ? [[flag, texts[flag]]] : [])),
  )
  const settings = readSettings({}, flags)
  return { ...settings, ...(oidc !== undefined && { oidc }) }
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

function fail(flag: string, value: string, takes: string): never {
  const variable = `LATCHKEY_${flag.replaceAll('-', '_').toUpperCase()}`
  throw new SettingError(`${variable} (--${flag}) is '${value}', but takes ${takes}.`)
}

function whole(flag: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  return fail(flag, value, `a whole number from ${least} to ${most}`)
}

function oneOf(flag: string, value: string, choices: readonly string[]): string {
  return choices.includes(value) ? value : fail(flag, value, `one of ${choices.join(', ')}`)
}

function onOff(flag: string, value: string | null): boolean | null {
  return value === null ? null : oneOf(flag, value, ['on', 'off']) === 'on'
}

function limit(flag: string, value: string): Limit | null {
  if (value === 'off') return null
  const [, points, seconds] = /^(\d{1,9})\/(\d{1,9})$/.exec(value) ?? []
  if (!Number(points) || !Number(seconds)) return fail(flag, value, `COUNT/SECONDS, or 'off'`)
  return { points: Number(points), seconds: Number(seconds) }
}

function apiLimit(value: string): Settings['limitApi'] {
  if (value === 'off') return null
  const [, development, production] = /^(\d{1,9}),(\d{1,9})$/.exec(value) ?? []
  if (!Number(development) || !Number(production)) {
    return fail('limit-api', value, `DEVELOPMENT,PRODUCTION calls a minute, or 'off'`)
  }
  return { development: Number(development), production: Number(production) }
}

function proxies(value: string): readonly string[] {
  const entries = value.split(',').flatMap(entry => entry.trim() || [])
  try {
    listOf(entries)
  } catch {
    return fail('trust-proxy', value, `addresses and networks with commas between, or 'loopback'`)
  }
  return entries
}

function keyPath(database: string, given: string | null): string | null {
  if (given) return given
  if (database === ':memory:') return null
  if (/^postgres(ql)?:/.test(database)) {
    throw new SettingError(
      'LATCHKEY_KEYS is required with PostgreSQL: the path of the key file, the same on every node.',
    )
  }
  const folder = database.includes('/') ? database.slice(0, database.lastIndexOf('/') + 1) : ''
  return `${folder}keys.json`
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** RFC 8414 §2: https, no query, no fragment; plain http on loopback only (CONTRACT rule 11). */
function issuer(value: string): string {
  const takes = 'https://host, or http on localhost, 127.0.0.1 or [::1], without query or fragment'
  if (!URL.canParse(value)) return fail('url', value, takes)
  const url = new URL(value)
  const secure =
    url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))
  if (!secure || url.search || url.hash || url.username || url.password) fail('url', value, takes)
  if (url.pathname !== '/') return fail('url', value, `${takes}, and without a path`)
  return url.origin
}
