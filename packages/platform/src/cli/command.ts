/**
 * What a command is, and what every command has in common: flags from one table, `--json`, `--help`,
 * one clear line on stderr when it fails.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { readSettings, type Settings, settingsTable } from '../settings.ts'
import { migrations } from '../store/migrations.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'

type Options = NonNullable<ParseArgsConfig['options']>
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** What a command has done: a document for `--json`, the same in words for people. */
export interface Outcome {
  readonly document: unknown
  readonly words: string
  /** 1 for a command that did its work and found a problem (`doctor`). */
  readonly exitCode?: number
}

export interface Command {
  /** `app add`: the words that call it. */
  readonly name: string
  readonly usage: string
  readonly about: string
  readonly options: Options
  /** Names of the arguments that are no flags; all are needed. */
  readonly positionals: readonly string[]
  /** `null` when it has nothing to say at its end (`serve`). */
  run(input: Input): Promise<Outcome | null>
}

export interface Input {
  readonly values: Values
  readonly positionals: readonly string[]
  readonly settings: Settings
  readonly json: boolean
}

/** Wrong usage: exit 2. */
export class UsageError extends Error {}

/** Something the command was asked to do cannot be done: exit 1. */
export class CommandError extends Error {}

/** Flags for all settings, on every command. */
export const settingFlags: Options = Object.fromEntries(
  settingsTable.map(({ flag }) => [flag, { type: 'string' as const }]),
)

/** Reads a command's arguments. Throws `UsageError` for what it does not take. */
export function readInput(
  command: Command,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Input {
  try {
    const parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: { ...settingFlags, ...command.options, json: { type: 'boolean' } },
    })
    const values: Values = parsed.values
    const { positionals } = parsed
    if (positionals.length !== command.positionals.length) {
      const wanted = command.positionals.join(' ') || 'no further words'
      throw new UsageError(`${command.name} takes ${wanted}.`)
    }
    const flags: Record<string, string> = {}
    for (const { flag } of settingsTable) {
      const value = values[flag]
      if (typeof value === 'string') flags[flag] = value
    }
    return {
      values,
      positionals,
      settings: readSettings(environment, flags),
      json: values.json === true,
    }
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError((error as Error).message.split('. ')[0])
    }
    throw error
  }
}

/** A text flag, or `UsageError` when it is needed and missing or empty. */
export function required(values: Values, flag: string): string {
  const value = values[flag]
  if (typeof value !== 'string' || value.trim() === '')
    throw new UsageError(`--${flag} is missing.`)
  return value
}

export function optional(values: Values, flag: string): string | undefined {
  const value = values[flag]
  return typeof value === 'string' ? value : undefined
}

export function repeated(values: Values, flag: string): readonly string[] {
  const value = values[flag]
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/**
 * Opens the database, runs, and closes it again. A new file gets its schema; one that another version
 * made is left as it is, because that version may be serving from it.
 */
export async function withStore<T>(
  settings: Settings,
  run: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(settings.database)
  try {
    const version = await store.schemaVersion()
    if (version === 0 && store.engine === 'sqlite') await store.migrate()
    else if (version < migrations.length) {
      throw new CommandError(
        'The database schema is older than this program. Run: latchkey migrate',
      )
    } else if (version > migrations.length) {
      throw new CommandError(
        'The database schema is newer than this program. Run a newer version of Latchkey.',
      )
    }
    return await run(store)
  } finally {
    await store.close()
  }
}

/** A table for people: columns padded, nothing for no rows but `none`. */
export function table(rows: readonly (readonly string[])[], none: string): string {
  if (rows.length <= 1) return none
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)))
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
