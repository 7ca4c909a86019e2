/**
 * Secrets that have to be read again, so that a hash would not do: encrypted with a key that is derived
 * from the key ring, and bound to the place they stand in. A stolen database yields none of them, and a
 * text moved to another row opens nothing there.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyRing } from './keys.ts'

/** `keyId.nonce.text.tag`. `place` says whose and what it is, and must be said again to open it. */
export function lockAway(
  keys: KeyRing,
  { place, secret }: { place: string; secret: string },
  now: number,
): string {
  const key = keys.at(now)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key.vault, nonce)
  cipher.setAAD(Buffer.from(`${key.id} ${place}`))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  const parts = [nonce, text, cipher.getAuthTag()].map(bytes => bytes.toString('base64url'))
  return [key.id, ...parts].join('.')
}

/** The secret, or `null` for what was not locked away here for this place, or whose key is gone. */
export function takeOut(keys: KeyRing, place: string, locked: string): string | null {
  const [, id, nonce, text, tag] =
    /^(\d{1,10})\.([\w-]{16})\.([\w-]*)\.([\w-]{22})$/.exec(locked) ?? []
  const key = id ? keys.byId(Number(id)) : null
  if (!key || !nonce || !tag || text === undefined) return null
  const bytes = (part: string) => Buffer.from(part, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key.vault, bytes(nonce), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(`${key.id} ${place}`))
  decipher.setAuthTag(bytes(tag))
  try {
    return Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
