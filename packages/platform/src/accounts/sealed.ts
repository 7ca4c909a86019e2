/**
 * What a browser keeps for us, in a cookie or a form, while something is under way: readable to its
 * owner, sealed with the platform's key, and worthless after a few minutes.
 */
import { timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { KeyRing } from '../connection/keys.ts'

/** What the text is for; one for a purpose is none for another. */
export type Purpose = 'sign-in' | 'link' | 'pending' | 'authenticator' | 'challenge'

/** Milliseconds. */
export const sealedLifetime = 600_000
export const challengeLifetime = 300_000

/**
 * `keyId.time.payload.mac`, of characters that a cookie may hold. The payload is compressed: a path with a
 * percent-encoded query, the longest thing in here, shrinks to a half.
 */
export function sealText(keys: KeyRing, purpose: Purpose, content: object, now: number): string {
  const key = keys.at(now)
  const payload = deflateRawSync(JSON.stringify(content)).toString('base64url')
  const text = `${key.id}.${now}.${payload}`
  return `${text}.${key.seal(`${purpose} ${text}`)}`
}

/** The content, or `null` for what was not sealed here for this purpose, was changed, or is too old. */
export function openText<T>(
  keys: KeyRing,
  purpose: Purpose,
  text: string | null,
  now: number,
): T | null {
  const [, signed, id, time, payload, mac] =
    /^((\d{1,10})\.(\d{1,15})\.([\w-]{1,16384}))\.([\w-]{43})$/.exec(text ?? '') ?? []
  const key = id ? keys.byId(Number(id)) : null
  if (!key || !signed || !payload || !mac) return null
  if (!timingSafeEqual(Buffer.from(key.seal(`${purpose} ${signed}`)), Buffer.from(mac))) return null
  const lifetime = purpose === 'challenge' ? challengeLifetime : sealedLifetime
  if (now >= Number(time) + lifetime) return null
  return JSON.parse(inflateRawSync(Buffer.from(payload, 'base64url')).toString()) as T
}
