/**
 * What is known of a failed request beyond its code: the facts from which the activity page explains it
 * to the app's developer. Noted where the check is made and put into words later, outside the answer.
 *
 * Never in here: a code, a token, a secret or a verifier. A secret leaves its fingerprint (SHA-256, as the
 * database keeps it), a handle the id of its connection, a text its length.
 */
import type { Kind } from './connection/handle.ts'

export type Trouble =
  /** `sent` is no registered redirect URL. */
  | { readonly kind: 'redirect unknown'; readonly sent: string }
  /** The exchange named another redirect URL than the authorization request, or none. */
  | { readonly kind: 'redirect changed'; readonly sent: string | null; readonly bound: string }
  /** What was sent as a handle is none of this app's. */
  | NotYours
  /** It was valid and its time is over; `seconds` is how long it lives. */
  | {
      readonly kind: 'expired'
      readonly what: Kind
      readonly issuedAt: number
      readonly seconds: number
      readonly connectionId: Uint8Array
    }
  /** Its connection has ended, or it was used before. */
  | { readonly kind: 'over'; readonly what: Kind; readonly connectionId: Uint8Array }
  | { readonly kind: 'verifier'; readonly fault: VerifierFault }
  | PresentedSecret
  | {
      readonly kind: 'permission'
      /** `null`: no permission opens the call. */
      readonly needed: string | null
      readonly held: string
      readonly connectionId: Uint8Array
    }
  /** `limit` is how many calls a minute. */
  | { readonly kind: 'limit'; readonly limit: string }
  | { readonly kind: 'not invited' }

export interface NotYours {
  readonly kind: 'not yours'
  readonly wanted: Kind
  /** What it is, by its beginning. */
  readonly looksLike: Kind | 'secret' | null
  readonly length: number
  /** Of a handle that was signed here, which may be another app's. */
  readonly foreignId: Uint8Array | null
}

export type VerifierFault = 'missing' | 'unasked' | 'malformed' | 'challenge' | 'different'

export interface PresentedSecret {
  readonly kind: 'secret'
  /** `null` when none was sent. */
  readonly fingerprint: Uint8Array | null
  /** The same without the blanks around it, where there are any. */
  readonly trimmed: Uint8Array | null
  readonly looksLike: 'secret' | 'handle' | 'client id' | null
  readonly length: number
}
