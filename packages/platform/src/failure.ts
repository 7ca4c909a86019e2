/**
 * What a reader is told of a failure that nobody intended. "Nothing was changed" is said only where that
 * is certain; of a change that may have taken place its reader is told so.
 */
import type { OAuthErrorCode } from './error.ts'
import { StoreUnavailable } from './store/store.ts'

export interface Failure {
  readonly status: number
  /** At OAuth endpoints. */
  readonly error: OAuthErrorCode
  /** At the API. */
  readonly code: string
  readonly message: string
  /** On a page, beside `message`. */
  readonly title: string
  readonly mend: string
  readonly headers: Readonly<Record<string, string>>
}

const away = {
  status: 503,
  error: 'temporarily_unavailable',
  code: 'UNAVAILABLE',
  headers: { 'Retry-After': '5' },
} as const

/** The database could not be used, and nothing has happened. */
export const unchanged: Failure = {
  ...away,
  message:
    'The platform cannot reach its database right now; nothing was changed. Try again in a few seconds.',
  title: 'Please try again in a moment',
  mend: 'Nothing was changed. Wait a few seconds, then try again.',
}

/** The database was lost while a change was being committed. */
export const uncertain: Failure = {
  ...away,
  message:
    'The platform lost its database in the middle of a change, and it is not known whether the change took place. Try again in a few seconds.',
  title: 'Please check whether this was done',
  mend: 'Wait a few seconds, then look whether it was done before you do it again.',
}

/** `reference` is where our log tells more. */
export function failureOf(error: unknown, reference: string): Failure {
  if (error instanceof StoreUnavailable) return error.uncertain ? uncertain : unchanged
  return {
    status: 500,
    error: 'server_error',
    code: 'ERROR',
    headers: {},
    message: `The platform failed to answer; it has been logged as ${reference}.`,
    title: 'Something went wrong on our side',
    mend: 'Try again; if it stays like this, tell support the reference below.',
  }
}
