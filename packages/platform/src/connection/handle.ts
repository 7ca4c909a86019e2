/**
 * A handle is a credential that is nothing but a signed view of one connection row.
 *
 * Text:    prefix (6) + payload (40) + MAC (43) = 89 characters of `A–Z a–z 0–9 - _`
 * Payload: key id (4 bytes) · generation (4) · issue time in milliseconds (6) · connection id (16)
 * MAC:     HMAC-SHA256 over prefix and payload as text, so that no second spelling of a handle exists
 *
 * This file is pure: it opens and signs, it reads no clock and no database.
 */
import { timingSafeEqual } from 'node:crypto'
import type { KeyRing } from './keys.ts'

export type Code = `lk_ac_${string}`
export type AccessToken = `lk_at_${string}`
export type RefreshToken = `lk_rt_${string}`

const prefixes = { code: 'lk_ac_', access: 'lk_at_', refresh: 'lk_rt_' } as const
export type Kind = keyof typeof prefixes
type Text = { code: Code; access: AccessToken; refresh: RefreshToken }

/** What a handle says about its connection; true once `openHandle` has returned it. */
export interface Handle {
  readonly kind: Kind
  readonly connectionId: Uint8Array
  /** The generation of the row when the handle was signed: 0 for a code, 1 and up for tokens. */
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
}

const prefixLength = 6
const signedLength = prefixLength + 40
const macLength = 43
const handleLength = signedLength + macLength

/** Where two MACs lie side by side for the moment of their comparison. */
const expected = Buffer.alloc(macLength)
const presented = Buffer.alloc(macLength)

/** Signs a handle with the key that was in force at its issue time, so one row always gives one text. */
export function signHandle<K extends Kind>(keys: KeyRing, handle: Handle & { kind: K }): Text[K] {
  const key = keys.at(handle.issuedAt)
  const payload = Buffer.allocUnsafe(30)
  payload.writeUInt32BE(key.id, 0)
  payload.writeUInt32BE(handle.generation, 4)
  payload.writeUIntBE(handle.issuedAt, 8, 6)
  payload.set(handle.connectionId, 14)
  const signed = prefixes[handle.kind] + payload.toString('base64url')
  return (signed + key.mac(signed)) as Text[K]
}

/**
 * Opens a presented text. Returns `null` for anything this platform has not signed: wrong length,
 * unknown kind, unknown key, changed byte. Garbage ends here and never reaches the database.
 */
export function openHandle(keys: KeyRing, text: string): Handle | null {
  if (text.length !== handleLength) return null
  const kind = kindOf(text)
  if (!kind) return null
  const payload = Buffer.from(text.slice(prefixLength, signedLength), 'base64url')
  if (payload.length !== 30) return null
  const key = keys.byId(payload.readUInt32BE(0))
  if (!key) return null
  expected.write(key.mac(text.slice(0, signedLength)), 'latin1')
  // As UTF-8: in Latin-1 a letter from farther away would pass for the one that it ends like.
  if (presented.write(text.slice(signedLength), 'utf8') !== macLength) return null
  if (!timingSafeEqual(expected, presented)) return null
  return {
    kind,
    generation: payload.readUInt32BE(4),
    issuedAt: payload.readUIntBE(8, 6),
    connectionId: payload.subarray(14),
  }
}

/** What a text claims to be, by its beginning. */
export function kindOf(text: string): Kind | null {
  if (text.startsWith(prefixes.access)) return 'access'
  if (text.startsWith(prefixes.refresh)) return 'refresh'
  if (text.startsWith(prefixes.code)) return 'code'
  return null
}
