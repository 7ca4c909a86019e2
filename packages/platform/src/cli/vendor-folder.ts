/**
 * What `latchkey vendor` keeps for a developer: the app's credentials and a key in `vendor.json`, the
 * tokens, sealed with that key, in `tokens.db`. Both are the developer's alone (mode 0600).
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createVendor, lofty, type Vendor } from '@latchkey/vendor'
import { createSqliteStore } from '@latchkey/vendor/sqlite'
import { makeFolder } from '../folder.ts'
import { CommandError, optional, type Values } from './command.ts'

export interface Kept {
  /** An issuer, or `lofty`. */
  readonly platform: string
  readonly clientId: string
  readonly clientSecret: string | null
  readonly redirectUri: string
  readonly key: string
}

/** The one user there is. */
export const developer = 'developer'

export const folderOption = { folder: { type: 'string' } } as const

export function folderOf(values: Values): string {
  const given = optional(values, 'folder') ?? process.env.LATCHKEY_VENDOR_FOLDER
  return given ?? join(homedir(), '.latchkey', 'vendor')
}

export function keep(folder: string, kept: Kept): void {
  makeFolder(folder, 0o700)
  const file = join(folder, 'vendor.json')
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

export function findKept(folder: string): Kept | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'vendor.json'), 'utf8')) as Kept
  } catch {
    return null
  }
}

export function demandKept(folder: string): Kept {
  const kept = findKept(folder)
  if (kept) return kept
  throw new CommandError(`Nothing is kept in ${folder}. Begin with: latchkey vendor connect`)
}

/** Works with the vendor's half, and closes its store. */
export async function withVendor<T>(
  folder: string,
  kept: Kept,
  work: (vendor: Vendor) => Promise<T>,
): Promise<T> {
  makeFolder(folder, 0o700)
  const file = join(folder, 'tokens.db')
  const store = createSqliteStore(file)
  const vendor = createVendor({
    clientId: kept.clientId,
    clientSecret: kept.clientSecret,
    redirectUri: kept.redirectUri,
    platform: kept.platform === 'lofty' ? lofty : kept.platform,
    keys: kept.key,
    store,
    // One person, one connect at a time, in one process: there is nobody to be mixed up with.
    missingState: 'accept',
  })
  try {
    const result = await work(vendor)
    chmodSync(file, 0o600)
    return result
  } finally {
    await store.close()
  }
}
