/**
 * Connections as they are kept: what a row holds, sealed to its user and name. A row's revision names
 * one set of tokens; sealing the same tokens under a newer key leaves it as it is.
 */
import { randomText } from './base64url.ts'
import { toNull } from './error.ts'
import type { KeyRing } from './seal.ts'
import { type ConnectionKey, never, type Row, type Store } from './store/store.ts'
import type { Tokens } from './tokens.ts'
import type { Clock } from './wait.ts'

/** A live connection. Times in milliseconds since the epoch. */
export interface Connected extends Tokens {
  readonly state: 'connected'
  readonly connectedAt: number
  /** When these tokens came. */
  readonly refreshedAt: number
}

/** What is kept of one that ended, so that its end is told once, and its return as a return. */
export interface Disconnected {
  readonly state: 'disconnected'
  readonly connectedAt: number
  readonly disconnectedAt: number
  /** The revision whose refresh token was refused. */
  readonly after: string
}

export interface Entry<Content = Connected | Disconnected> {
  readonly key: ConnectionKey
  readonly revision: string
  readonly dueAt: number
  readonly content: Content
}

export interface Vault {
  /** Throws `usage` for a row that does not open. */
  read(key: ConnectionKey): Promise<Entry | null>
  /** What is there, also when no key opens it: then its `content` is `null`. */
  standing(
    key: ConnectionKey,
  ): Promise<{ readonly revision: string | null; readonly content: Entry['content'] | null }>
  /** Saves where `expected` still stands; answers the new entry, or `null` when somebody was faster. */
  save<Content extends Connected | Disconnected>(
    key: ConnectionKey,
    content: Content,
    expected: string | null,
  ): Promise<Entry<Content> | null>
  /** Seals the row anew under the current key; `false` when it was. */
  reseal(key: ConnectionKey): Promise<boolean>
}

export interface VaultParts {
  readonly store: Store
  readonly ring: KeyRing
  /** Tokens belong to an app: another one cannot use them, nor open them. */
  readonly clientId: string
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds before its end at which a token is due; up to `refreshJitter` more by chance. */
  readonly refreshMargin: number
  readonly refreshJitter: number
}

const saves = 8
const betweenSaves = 500
/** How long a connection waits for its user's yes, in milliseconds. */
export const confirmTime = 600_000

export function createVault(parts: VaultParts): Vault {
  const { store, ring, clientId, clock } = parts
  const purposeOf = ({ user, name }: ConnectionKey) => ['connection', clientId, user, name]

  /** A store that fails for a moment must not cost a connection its only tokens. */
  const outlast = async <T>(work: (tried: number) => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return await work(tried)
      } catch (error) {
        if (tried >= saves) throw error
        await clock.sleep(betweenSaves * tried)
      }
    }
  }
  const write = (key: ConnectionKey, row: Row, expected: string | null) =>
    outlast(async tried => {
      if (await store.write(key, row, expected)) return true
      // After a failure it may be our own earlier attempt that stands.
      return tried > 1 && (await store.read(key))?.revision === row.revision
    })
  const open = (key: ConnectionKey, { sealed }: Row) =>
    ring.open(sealed, purposeOf(key)) as Promise<Connected | Disconnected>

  return {
    read: async key => {
      const row = await store.read(key)
      if (!row) return null
      const { revision, dueAt } = row
      return { key, revision, dueAt, content: await open(key, row) }
    },
    standing: key =>
      outlast(async () => {
        const row = await store.read(key)
        const content = row && (await open(key, row).catch(toNull))
        return { revision: row?.revision ?? null, content }
      }),
    save: async (key, content, expected) => {
      const dueAt = content.state === 'disconnected' ? never : dueAtOf(parts, key, content)
      const sealed = await ring.seal(content, purposeOf(key))
      const revision = randomText()
      const saved = await write(key, { revision, dueAt, sealed }, expected)
      return saved ? { key, revision, dueAt, content } : null
    },
    reseal: async key => {
      for (;;) {
        const row = await store.read(key)
        if (!row || (await ring.isCurrent(row.sealed))) return false
        const content = await open(key, row)
        const sealed = await ring.seal(content, purposeOf(key))
        if (await store.write(key, { ...row, sealed }, row.revision)) return true
      }
    },
  }
}

/** Where a connection waits until its user has confirmed it: a place of its own, which no other takes. */
export function waiting({ user, name }: ConnectionKey): ConnectionKey {
  return { user, name: `?${randomText()}?${name}` }
}

/** What a waiting connection becomes: its name behind the 43 random characters and two marks. */
export function awaited({ user, name }: ConnectionKey): ConnectionKey {
  return { user, name: name.slice(45) }
}

/** False for a connection that waits for confirmation. */
export function isKept({ name }: Pick<ConnectionKey, 'name'>): boolean {
  return !name.startsWith('?')
}

/**
 * Ahead of the end by the margin and some chance; of a short life, no more than half. One that waits for
 * confirmation is due to go.
 */
function dueAtOf(
  { refreshMargin, refreshJitter, random }: VaultParts,
  key: ConnectionKey,
  { connectedAt, expiresAt, refreshedAt, refreshToken }: Connected,
): number {
  if (!isKept(key)) return connectedAt + confirmTime
  if (refreshToken === null) return expiresAt
  const ahead = refreshMargin + random() * refreshJitter
  return Math.round(expiresAt - Math.min(ahead, (expiresAt - refreshedAt) / 2))
}
