/** What can go wrong, by whose fault it is. No error carries a token, a code or a secret. */

/**
 * - `network`: the platform could not be reached or could not answer now (time-outs, 429, 5xx). Try later.
 * - `refused`: the platform understood and said no; `code` and `description` are its words.
 * - `disconnected`: there is no live connection; the user has to connect.
 * - `malformed`: the platform answered with something that is not what its protocol says.
 * - `usage`: this program is wrong: an option, an argument, a key.
 */
export type Fault = 'network' | 'refused' | 'disconnected' | 'malformed' | 'usage'

/** What the platform said, as far as it said anything. */
export interface Said {
  /** HTTP status. */
  readonly status?: number
  /** The OAuth error code (RFC 6749 §5.2), or the API's own code. */
  readonly code?: string | number | null
  /** The platform's words, with everything secret taken out. */
  readonly description?: string | null
  readonly cause?: unknown
}

/** The one error this package throws; `fault` says whose it is. */
export class VendorError extends Error {
  override readonly name = 'VendorError'
  declare readonly fault: Fault
  declare readonly status: number | null
  declare readonly code: string | number | null
  declare readonly description: string | null

  constructor(fault: Fault, message: string, said: Said = {}) {
    super(message, said)
    const { status = null, code = null, description = null } = said
    Object.assign(this, { fault, status, code, description })
  }
}

/** Throws a `usage` error unless `holds`. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new VendorError('usage', message)
}

/** What a platform said, at most 500 characters and without these: it may quote what it was sent. */
export function withoutSecrets(
  said: unknown,
  secrets: readonly (string | null | undefined)[] = [],
): string | null {
  if (typeof said !== 'string') return null
  let clean = said
  for (const secret of secrets) {
    if (secret) clean = clean.replaceAll(secret, '').replaceAll(encodeURIComponent(secret), '')
  }
  return clean.slice(0, 500)
}

/** For what a row or cookie that does not open comes to; throws what is not this package's own error. */
export function toNull(error: unknown): null {
  if (error instanceof VendorError) return null
  throw error
}

/** True for what may well work in a moment: nobody said no. */
export function isTemporary(error: unknown): error is VendorError {
  return error instanceof VendorError && /network|malformed/.test(error.fault)
}
