/**
 * The errors that leave the platform. Everything thrown on purpose is one of these; one catch in
 * `http.ts` renders them. `message` is public and tells its reader what to do; `cause` is for our log.
 */
import type { Trouble } from './trouble.ts'

/** Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1 and RFC 7009, and their HTTP status. */
const statusOf = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  access_denied: 403,
  invalid_token: 401,
  insufficient_scope: 403,
  server_error: 500,
  temporarily_unavailable: 503,
} as const

export type OAuthErrorCode = keyof typeof statusOf

/** An error of the protocol: the vendor's developer reads `message` as `error_description`. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What explains it to the app's developer, where the message does not say all. */
  readonly trouble: Trouble | null

  constructor(
    code: OAuthErrorCode,
    message: string,
    options: {
      cause?: unknown
      status?: number
      headers?: Record<string, string>
      trouble?: Trouble
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'OAuthError'
    this.code = code
    this.status = options.status ?? statusOf[code]
    this.headers = options.headers ?? {}
    this.trouble = options.trouble ?? null
  }
}

/** An error a person reads on a page: what is wrong, who can mend it, and what was sent. */
export class PageError extends Error {
  readonly status: number
  readonly title: string
  readonly mend: string
  readonly details: readonly { label: string; value: string }[]
  readonly trouble: Trouble | null

  constructor(
    status: number,
    problem: {
      title: string
      what: string
      mend: string
      details?: readonly { label: string; value: string }[]
      cause?: unknown
      trouble?: Trouble
    },
  ) {
    super(problem.what, { cause: problem.cause })
    this.name = 'PageError'
    this.status = status
    this.title = problem.title
    this.mend = problem.mend
    this.details = problem.details ?? []
    this.trouble = problem.trouble ?? null
  }
}

/** A request that is wrong before any endpoint looks at it (too large, wrong method): a bare status. */
export class RequestError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.headers = headers
  }
}

/** The app has used up its API calls of this minute: 429 with the rate limit's headers. */
export class TooManyRequests extends Error {
  readonly headers: Readonly<Record<string, string>>

  constructor(headers: Readonly<Record<string, string>>) {
    super('Too Many Requests')
    this.name = 'TooManyRequests'
    this.headers = headers
  }
}
