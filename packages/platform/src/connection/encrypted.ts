/**
 * What the database keeps and the platform has to read again: encrypted with AES-256-GCM under the key
 * ring, so that a leaked database yields nothing. A text opens only for the purpose it was encrypted for,
 * so a row's text is worth nothing in another row.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyRing } from './keys.ts'

const algorithm = 'aes-256-gcm'
const tagLength = 16

/** `keyId.iv.text`, under the key in force at `now`. */
export function encrypt(keys: KeyRing, text: string, purpose: string, now: number): string {
  const key = keys.at(now)
  const iv = randomBytes(12)
  const cipher = createCipheriv(algorithm, key.encryption, iv).setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${key.id}.${iv.toString('base64url')}.${sealed.toString('base64url')}`
}

/** The text; `null` when its key is gone, it was changed, or it was encrypted for something else. */
export function decrypt(keys: KeyRing, encrypted: string, purpose: string): string | null {
  const [, id, iv = '', rest = ''] = /^(\d{1,10})\.([\w-]{16})\.([\w-]{22,})$/.exec(encrypted) ?? []
  const key = id ? keys.byId(Number(id)) : null
  if (!key) return null
  const sealed = Buffer.from(rest, 'base64url')
  const decipher = createDecipheriv(algorithm, key.encryption, Buffer.from(iv, 'base64url'))
    .setAAD(Buffer.from(purpose))
    .setAuthTag(sealed.subarray(-tagLength))
  try {
    const text = decipher.update(sealed.subarray(0, -tagLength))
    return Buffer.concat([text, decipher.final()]).toString()
  } catch {
    return null
  }
}

/** True when the key in force at `now` encrypted it. */
export function isCurrent(keys: KeyRing, encrypted: string, now: number): boolean {
  return encrypted.startsWith(`${keys.at(now).id}.`)
}
