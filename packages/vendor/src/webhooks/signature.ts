/**
 * Signatures of the Standard Webhooks format: HMAC-SHA256 over `id.timestamp.body`, in Base64, one or more
 * in a header. The timestamp is signed, so what is old or from the future is refused.
 */
import { bytesOf, fromBase64url } from '../base64url.ts'
import { check } from '../error.ts'

/** How far a webhook's clock and ours may be apart, in milliseconds. */
export const tolerance = 300_000

export interface Signed {
  readonly headers: Headers
  readonly body: string
}

/** Tells whether a webhook carries a signature by one of the secrets, made within five minutes of `now`. */
export type Verify = (signed: Signed, now: number) => Promise<boolean>

/** Throws `usage` for a secret that is not `whsec_…`. */
export function createVerify(secrets: string | readonly string[]): Verify {
  const all = [secrets].flat()
  const areSecrets =
    all.length > 0 && all.every(secret => /^whsec_[\w+/-]{32,}={0,2}$/.test(secret))
  check(areSecrets, 'secret: one or more, as the Developer Platform shows them: whsec_….')
  const keys = Promise.all(all.map(importSecret))
  return async ({ headers, body }, now) => {
    const id = headers.get('webhook-id') ?? ''
    const timestamp = headers.get('webhook-timestamp') ?? ''
    const isTimely =
      /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) * 1000 - now) <= tolerance
    if (!isTimely || !/^[\w.-]{1,200}$/.test(id)) return false
    const text = bytesOf(`${id}.${timestamp}.${body}`)
    // A header of our own making would hold two; more than a few are an attempt to keep us busy.
    for (const signature of signaturesIn(headers).slice(0, 8)) {
      for (const key of await keys) {
        if (await crypto.subtle.verify('HMAC', key, signature, text)) return true
      }
    }
    return false
  }
}

function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = fromBase64url(secret.slice('whsec_'.length))
  return crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify'])
}

/** Those of version 1: other versions may stand beside them. */
function signaturesIn(headers: Headers): Uint8Array<ArrayBuffer>[] {
  return (headers.get('webhook-signature') ?? '').split(' ').flatMap(one => {
    const [, signature] = /^v1,([\w+/]{43}=)$/.exec(one) ?? []
    return signature ? fromBase64url(signature) : []
  })
}
