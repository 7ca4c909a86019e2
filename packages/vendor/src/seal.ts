/**
 * Sealing: AES-256-GCM under a ring of keys. The first key seals; every key opens what it sealed. What is
 * sealed is bound to its purpose and its user by authenticated data, so a row that is moved to another
 * user does not open. There is no way to store anything unsealed.
 */
import { fromBase64url, randomText, sha256, toBase64url } from './base64url.ts'
import { check, VendorError } from './error.ts'

/** What a sealed text is for and whose it is; the same words open it. */
export type Purpose = readonly string[]

export interface KeyRing {
  seal(value: unknown, purpose: Purpose): Promise<string>
  /** Throws a `usage` error when no key of the ring opens it for this purpose. */
  open(sealed: string, purpose: Purpose): Promise<unknown>
  /** True when the first key sealed it. */
  isCurrent(sealed: string): Promise<boolean>
}

/** A fresh key: 32 random bytes in base64url. */
export const newKey = randomText

/** Throws a `usage` error for a key that is not 32 bytes. */
export function createKeyRing(keys: string | readonly string[]): KeyRing {
  const texts = [keys].flat()
  check(
    texts.length > 0 && texts.every(is32Bytes),
    'keys: give one key or more, each of 32 random bytes in base64url; newKey() makes one.',
  )
  const opened = Promise.all(
    texts.map(async text => {
      const bytes = fromBase64url(text)
      const id = (await sha256(toBase64url(bytes))).slice(0, 8)
      const usages: ('encrypt' | 'decrypt')[] = ['encrypt', 'decrypt']
      return { id, key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, usages) }
    }),
  )
  const first = async () => (await opened)[0] ?? Promise.reject(new Error('no key'))

  return {
    seal: async (value, purpose) => {
      const { id, key } = await first()
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const plain = new TextEncoder().encode(JSON.stringify(value))
      const sealed = new Uint8Array(
        await crypto.subtle.encrypt(parameters(iv, purpose), key, plain),
      )
      return `${id}.${toBase64url(iv)}.${toBase64url(sealed)}`
    },
    open: async (sealed, purpose) => {
      const [id, iv, text] = sealed.split('.')
      const known = (await opened).find(key => key.id === id)
      try {
        if (!known || !iv || !text) throw new Error('Its key is not in the ring.')
        const aes = parameters(fromBase64url(iv), purpose)
        const plain = await crypto.subtle.decrypt(aes, known.key, fromBase64url(text))
        return JSON.parse(new TextDecoder().decode(plain))
      } catch (cause) {
        throw new VendorError(
          'usage',
          known
            ? `What was sealed for ${purpose[0]} does not open: it was changed, or moved to another user.`
            : `What was sealed for ${purpose[0]} does not open: its key is not among keys.`,
          { cause },
        )
      }
    },
    isCurrent: async sealed => sealed.startsWith(`${(await first()).id}.`),
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, purpose: Purpose) {
  const additionalData = new TextEncoder().encode(JSON.stringify(purpose))
  return { name: 'AES-GCM', iv, additionalData }
}

function is32Bytes(text: unknown): boolean {
  try {
    return typeof text === 'string' && fromBase64url(text).length === 32
  } catch {
    return false
  }
}
