/**
 * Why the provider signed nobody in. What is kept for the log are a few plain words: the errors of the
 * library carry answers of the provider, and those carry codes and tokens.
 */

/**
 * `away`: it cannot be reached, or fails. `declined`: it answered with an error, for example because the
 * person went back. `untrusted`: its answer is not one to our question.
 */
export type FailureKind = 'away' | 'declined' | 'untrusted'

export type FailureDetails = Readonly<Record<string, string | number>>

export class ProviderFailure extends Error {
  readonly kind: FailureKind
  /** For the log. */
  readonly details: FailureDetails

  constructor(kind: FailureKind, details: FailureDetails) {
    super(`The provider signed nobody in: ${kind}.`)
    this.name = 'ProviderFailure'
    this.kind = kind
    this.details = details
  }
}

interface LibraryError {
  readonly name?: unknown
  readonly code?: unknown
  /** An OAuth error code of the provider. */
  readonly error?: unknown
  readonly status?: unknown
  readonly cause?: unknown
}

/** OAuth error codes, names of errors, and codes of the library that mean: not now. */
const away = new Set<unknown>([
  'server_error',
  'temporarily_unavailable',
  'TypeError', // what `fetch` throws without a network
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
])

/** Sorts an error of `openid-client` or `fetch`. */
export function failureOf(thrown: unknown): ProviderFailure {
  if (thrown instanceof ProviderFailure) return thrown
  const { name, code, error, status, cause } = thrown as LibraryError
  const below = (typeof cause === 'object' && cause !== null ? cause : {}) as LibraryError
  const httpStatus = status ?? below.status
  const details = plain({ name, code: code ?? below.code, error, status: httpStatus })
  const failed = typeof httpStatus === 'number' && httpStatus >= 500
  if (failed || [name, code, error].some(word => away.has(word)))
    return new ProviderFailure('away', details)
  const declined = name === 'AuthorizationResponseError'
  return new ProviderFailure(declined ? 'declined' : 'untrusted', details)
}

/** Names and codes, and nothing that could be more. */
function plain(details: Readonly<Record<string, unknown>>): FailureDetails {
  return Object.fromEntries(
    Object.entries(details).flatMap(([key, value]) =>
      typeof value === 'number' || (typeof value === 'string' && /^[\w-]{1,60}$/.test(value))
        ? [[key, value]]
        : [],
    ),
  )
}
