/**
 * Sealing: AES-256-GCM under a ring of keys. The first key seals; every key opens what it sealed. What is
 * sealed is bound to its purpose and its user by authenticated data, so a row that is moved to another
 * user does not open. There is no way to store anything unsealed.
 */
import { bytesOf, fromBase64url, randomText, sha256, toBase64url } from './base64url.ts'
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
  const [first = '', ...others] = [keys].flat()
  check([first, ...others].every(is32Bytes), 'keys: one or more, as newKey() makes them.')
  const current = importKey(first)
  const opened = Promise.all([current, ...others.map(importKey)])

  return {
    seal: async (value, purpose) => {
      const { id, key } = await current
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const plain = bytesOf(JSON.stringify(value))
      const sealed = new Uint8Array(
        await crypto.subtle.encrypt(parameters(iv, purpose), key, plain),
      )
      return `${id}.${toBase64url(iv)}.${toBase64url(sealed)}`
    },
    open: async (sealed, purpose) => {
      const [id, iv = '', text = ''] = sealed.split('.')
      const known = (await opened).find(key => key.id === id)
      check(known !== undefined, 'A row does not open: its key is not among keys.')
      try {
        const aes = parameters(fromBase64url(iv), purpose)
        const plain = await crypto.subtle.decrypt(aes, known.key, fromBase64url(text))
        return JSON.parse(new TextDecoder().decode(plain))
      } catch (cause) {
        throw new VendorError(
          'usage',
          'A row does not open: it was changed, or moved to another user or app.',
          { cause },
        )
      }
    },
    isCurrent: async sealed => sealed.startsWith(`${(await current).id}.`),
  }
}

async function importKey(text: string) {
  const bytes = fromBase64url(text)
  const id = (await sha256(toBase64url(bytes))).slice(0, 8)
  const usages: ('encrypt' | 'decrypt')[] = ['encrypt', 'decrypt']
  return { id, key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, usages) }
}

function parameters(iv: Uint8Array<ArrayBuffer>, purpose: Purpose) {
  return { name: 'AES-GCM', iv, additionalData: bytesOf(JSON.stringify(purpose)) }
}

function is32Bytes(text: unknown): boolean {
  return typeof text === 'string' && /^[\w+/-]{43}=?$/.test(text)
}
