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

/** Builds the ring. Throws when it is empty, holds an id twice, or a secret is not 32 bytes. */
export function createKeyRing(stored: readonly StoredKey[]): KeyRing {
  const all = stored.map(load).sort((a, b) => a.from - b.from)
  const ids = new Map(all.map(key => [key.id, key]))
  const first = all[0]
  if (!first) throw new Error('The key file holds no key.')
  if (ids.size !== all.length) throw new Error('The key file holds two keys with one id.')
  return {
    all,
    at: time => all.findLast(key => key.from <= time) ?? first,
    byId: id => ids.get(id) ?? null,
  }
}

function load(stored: StoredKey): Key {
  const secret = Buffer.from(stored.secret, 'base64url')
  if (secret.length !== 32) throw new Error(`Key ${stored.id} is not 32 bytes long.`)
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
