/** What is answered when the gate does not let a request through, in JSON and with its challenge. */
import { OAuthError, RequestError, TooManyRequests } from './error.ts'
import { type Answer, type Call, type ErrorHandling, errorAnswer } from './http.ts'

/** The answer to what `passGate` has thrown; anything unintended is reported, and a 500 or 503. */
export function refusalAnswer(
  error: unknown,
  report: ErrorHandling['report'],
  call: Call = inProcess,
): Answer {
  const page = () => {
    throw error
  }
  return errorAnswer('api', { page, report }, error, call)
}

/** True for what the gate throws on purpose. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof OAuthError || error instanceof RequestError || error instanceof TooManyRequests
  )
}

/** Stands for a request that another server reads. */
const inProcess: Call = {
  method: '',
  path: 'platform.gate',
  query: '',
  address: '',
  header: () => undefined,
  body: async () => '',
  bytes: async () => new Uint8Array(),
}
