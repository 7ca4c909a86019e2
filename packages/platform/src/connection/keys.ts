/**
 * The key ring: the platform's signing keys, newest last. New handles are signed with the key in
 * force at their issue time; every key in the ring still verifies. The ring is the crown jewel: it
 * lives in a file beside the database, never in it.
 *
 * A rotated key comes into force a little after it is written, so that every process has read it
 * before the first handle carries its id.
 */
import { hkdfSync, randomBytes, randomInt } from 'node:crypto'
import { createMac } from './mac.ts'

export interface Key {
  readonly id: number
  /** Milliseconds since the epoch from which this key signs. */
  readonly from: number
  /** MAC of a handle's text: 43 base64url characters. */
  readonly mac: (text: string) => string
  /** MAC of a consent ticket's text; a key of its own, so that no ticket is ever a handle. */
  readonly seal: (text: string) => string
  /** An AES-256 key for what the database keeps and the platform has to read again. */
  readonly encryption: Uint8Array
}

export interface KeyRing {
  /** The key that signs what is issued at `time` (milliseconds). */
  at(time: number): Key
  /** The key with this id, or `null`: a handle that names it was not signed here. */
  byId(id: number): Key | null
  readonly all: readonly Key[]
}

/** A key as the key file holds it: `secret` is 32 bytes in base64url. */
export interface StoredKey {
  readonly id: number
  readonly secret: string
  readonly from: number
}

/** Makes a key that comes into force at `from` (milliseconds). */
export function newKey(from: number): StoredKey {
  return { id: randomInt(1, 2 ** 32 - 1), secret: randomBytes(32).toString('base64url'), from }
}

/** Throws when there is no key, two have one id, or a secret is not 32 bytes. */
export function checkKeys(stored: readonly StoredKey[]): void {
  if (stored.length === 0) throw new Error('The key file holds no key.')
  const ids = new Set(stored.map(({ id }) => id))
  if (ids.size !== stored.length) throw new Error('The key file holds two keys with one id.')
  for (const key of stored) secretOf(key)
}

/** Builds the ring. Throws as `checkKeys` does. */
export function createKeyRing(stored: readonly StoredKey[]): KeyRing {
  checkKeys(stored)
  const all = stored.map(load).sort((a, b) => a.from - b.from)
  const ids = new Map(all.map(key => [key.id, key]))
  const first = all[0] as Key
  return {
    all,
    at: time => all.findLast(key => key.from <= time) ?? first,
    byId: id => ids.get(id) ?? null,
  }
}

function secretOf({ id, secret }: StoredKey): Buffer {
  const bytes = Buffer.from(secret, 'base64url')
  if (bytes.length !== 32) throw new Error(`Key ${id} is not 32 bytes long.`)
  return bytes
}

/** To derive a key takes a twentieth of a millisecond, and a ring that follows its file has old ones in it. */
const loaded = new WeakMap<StoredKey, Key>()

function load(stored: StoredKey): Key {
  const known = loaded.get(stored)
  if (known) return known
  const key = derived(stored)
  loaded.set(stored, key)
  return key
}

function derived(stored: StoredKey): Key {
  const secret = secretOf(stored)
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${purpose}`, 32))
  return {
    id: stored.id,
    from: stored.from,
    mac: createMac(derive('handle')),
    seal: createMac(derive('consent')),
    encryption: derive('encryption'),
  }
}
