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
  readonly code?: string | number
  /** The platform's words, with everything secret taken out. */
  readonly description?: string
  readonly cause?: unknown
}

/** The one error this package throws; `fault` says whose it is. */
export class VendorError extends Error {
  override readonly name = 'VendorError'
  readonly fault: Fault
  readonly status: number | null
  readonly code: string | number | null
  readonly description: string | null

  constructor(fault: Fault, message: string, { status, code, description, cause }: Said = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.fault = fault
    this.status = status ?? null
    this.code = code ?? null
    this.description = description ?? null
  }
}

/** Throws a `usage` error unless `holds`. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new VendorError('usage', message)
}

/** True for what may well work in a moment: nobody said no. */
export function isTemporary(error: unknown): error is VendorError {
  return error instanceof VendorError && (error.fault === 'network' || error.fault === 'malformed')
}
