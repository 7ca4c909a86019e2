/** Why an attempt failed: a code that the log keeps, and the words that vendors read. */

/** The words follow “Not delivered:”. */
export const failures = {
  answer: 'your server answered with an error',
  redirect: 'your server answered with a redirect, which is not followed',
  gone: 'your server answered 410, so the endpoint was switched off',
  timeout: 'your server did not answer within 15 seconds',
  resolve: 'the host name could not be resolved',
  address: 'the host leads to an address that is not of the public internet',
  connect: 'your server refused the connection',
  unreachable: 'your server could not be reached',
  expired: 'the certificate of your server has expired',
  certificate: 'the certificate of your server is not trusted, or is for another host',
  tls: 'no secure connection could be agreed on with your server',
  broken: 'the connection broke before an answer came',
  secret: 'the platform can no longer read the signing secret: make a new one',
  removed: 'the endpoint was removed',
  disabled: 'the endpoint was switched off',
  late: 'the delivery was not finished',
} as const

export type Failure = keyof typeof failures

/** Thrown by what sends: nothing of the cause goes further than its kind. */
export class DeliveryError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, cause?: unknown) {
    super(failures[failure], { cause })
    this.name = 'DeliveryError'
    this.failure = failure
  }
}

const byCode: Readonly<Record<string, Failure>> = {
  ENOTFOUND: 'resolve',
  EAI_AGAIN: 'resolve',
  ECONNREFUSED: 'connect',
  ECONNRESET: 'broken',
  EPIPE: 'broken',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
}

/** What kind of failure an error of the network is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof DeliveryError) return error.failure
  const { code, errors } = Object(error) as { code?: unknown; errors?: unknown[] }
  // Several addresses were tried in vain.
  if (code === undefined && errors?.[0]) return failureOf(errors[0])
  const name = String(code)
  return byCode[name] ?? (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(name) ? 'tls' : 'broken')
}

/** The words for an event's last attempt, its answer's status in them. */
export function failureWords(failure: string, status: number | null): string {
  if (failure === 'answer' && status !== null) return `your server answered ${status}`
  return failures[failure as Failure] ?? 'it failed'
}
