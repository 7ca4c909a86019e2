/**
 * The callback: what the platform sent the browser back with, and what came of it. Every way out is a
 * result with words for a person; only this program's own faults are thrown.
 */
import { type CallbackAnswer, isForeign, readCallback, redirect } from './connect.ts'
import type { Connection } from './connection.ts'
import { VendorError, withoutSecrets } from './error.ts'
import { install, type LifecycleParts } from './lifecycle.ts'
import type { Pending, PendingConnects } from './pending.ts'
import type { Platform } from './platform.ts'

/** What a result has in common: the cookies that end the connect, and a redirect that carries them. */
export interface Answered {
  /** `Set-Cookie` values; the answer to the browser must carry them. */
  readonly cookies: readonly string[]
  /** A 303 to a page of yours, with the cookies. */
  redirect(location: string): Response
}

/** Why a callback was refused. */
export type RefusalReason =
  /** The parameters are not those of an answer. */
  | 'malformed'
  /** `state` is not that of a connect pending in this browser. */
  | 'state-mismatch'
  /** `state` did not come back, and `missingState` is `refuse`. */
  | 'state-missing'
  /** `state` did not come back, and more than one connect is pending. */
  | 'ambiguous'
  /** Nothing is pending: begun inside the platform, ten minutes old, or in another browser. */
  | 'unsolicited'
  /** The signed-in user is not who began the connect. */
  | 'other-user'
  /** This connect was answered before. */
  | 'used'
  /** The answer is another platform's. */
  | 'other-platform'
  /** The platform answered with an error instead of a code, or did not accept the code. */
  | 'platform'
  /** The platform could not be reached, or its answer could not be read. */
  | 'unreachable'

export type CallbackResult =
  | (Answered & {
      readonly outcome: 'connected'
      readonly connection: Connection
      readonly returnTo: string | null
    })
  /**
   * `state` did not come back: show whose account it is (`connection.api.me()`) and ask; with a yes,
   * `confirm` that `connection.name`.
   */
  | (Answered & {
      readonly outcome: 'unconfirmed'
      readonly connection: Connection
      readonly returnTo: string | null
    })
  /** The person said no. `user` is `null` when nobody's connect was pending. */
  | (Answered & {
      readonly outcome: 'denied'
      readonly user: string | null
      readonly returnTo: string | null
    })
  | (Answered & {
      readonly outcome: 'refused'
      readonly reason: RefusalReason
      /** For the person. */
      readonly message: string
      /** For the developer: what the platform said, or how it failed. */
      readonly error: VendorError | null
      readonly user: string | null
      readonly returnTo: string | null
    })
  /** A connect that was begun inside the platform: answer with `response`, which begins one here. */
  | { readonly outcome: 'restart'; readonly response: Response }

export type MissingState = 'refuse' | 'confirm' | 'accept'

export interface CallbackParts extends LifecycleParts {
  readonly missingState: MissingState
  readonly pending: PendingConnects
  readonly platform: (signal?: AbortSignal) => Promise<Platform>
  /** Begins a connect for the signed-in user, or `null` when the program did not say who that is. */
  readonly restart: () => Promise<Response | null>
}

export interface CallbackCall {
  readonly request: Request
  /** Who is signed in at the vendor, when the program says so. */
  readonly user: string | null
  readonly signal: AbortSignal | undefined
}

const words: Record<RefusalReason, string> = {
  malformed: 'This is not an answer to a connect.',
  'state-mismatch': 'This answer is not to a connect begun in this browser.',
  'state-missing': 'The answer does not say to which connect.',
  ambiguous: 'The answer does not say to which connect.',
  unsolicited: 'No connect is waiting in this browser.',
  'other-user': 'Somebody else began this connect.',
  used: 'This connect is finished.',
  'other-platform': 'The answer is from another platform.',
  platform: 'The platform did not accept the connect.',
  unreachable: 'The platform could not be reached.',
}

/** Takes the answer. Throws only for faults of the store or of this program, or when the signal is aborted. */
export async function takeCallback(
  parts: CallbackParts,
  { request, user, signal }: CallbackCall,
): Promise<CallbackResult> {
  const all = await parts.pending.of(request)
  const answer = readCallback(request.url)
  if (!answer) return refused(parts, 'malformed', { ended: [] })
  const { state, error } = answer
  const ended = all.filter(one => state === null || one.state === state)
  const [pending, second] = ended
  const no = (reason: RefusalReason, error?: VendorError) =>
    refused(parts, reason, { ended, error })
  if (!pending && all.length > 0) return no('state-mismatch')
  if (error !== null) {
    // Metadata that cannot be had must not hide a denial.
    const found = pending && answer.issuer && (await parts.platform(signal).catch(() => null))
    if (found && isForeign(answer, found)) return no('other-platform')
    if (error === 'access_denied') return { outcome: 'denied', ...answered(parts, ended) }
    return no('platform', saidIn(answer, ended))
  }
  if (!pending) {
    // The code is dropped: it may be anybody's. Whoever is signed in is sent to begin here, once.
    const response = await parts.restart().catch(error => failed(parts, ended, error))
    if (response instanceof Response) return { outcome: 'restart', response }
    return response ?? no('unsolicited')
  }
  if (state === null && parts.missingState === 'refuse') return no('state-missing')
  if (second) return no('ambiguous')
  if (user !== null && user !== pending.user) return no('other-user')
  return exchange(parts, { answer, pending, signal })
}

async function exchange(
  parts: CallbackParts,
  {
    answer,
    pending,
    signal,
  }: { answer: CallbackAnswer; pending: Pending; signal: AbortSignal | undefined },
): Promise<CallbackResult> {
  const { user, name, verifier } = pending
  const ended = [pending]
  const confirmed = answer.state !== null || parts.missingState === 'accept'
  try {
    if (isForeign(answer, await parts.platform(signal))) {
      return refused(parts, 'other-platform', { ended })
    }
    if (!(await parts.pending.once(`connect:${pending.state}`)))
      return refused(parts, 'used', { ended })
    const tokens = await parts.tokens.exchange(answer.code ?? '', { verifier, signal })
    const connection = await install(parts, { key: { user, name }, confirmed }, tokens)
    const outcome = confirmed ? 'connected' : 'unconfirmed'
    return { outcome, connection, ...answered(parts, ended) }
  } catch (error) {
    return failed(parts, ended, error)
  }
}

/** What a fault of the platform's comes to; this program's own are thrown. */
function failed(parts: CallbackParts, ended: readonly Pending[], error: unknown): CallbackResult {
  if (!(error instanceof VendorError) || error.fault === 'usage') throw error
  const reason = error.fault === 'refused' ? 'platform' : 'unreachable'
  return refused(parts, reason, { ended, error })
}

function refused(
  parts: CallbackParts,
  reason: RefusalReason,
  { ended, error }: { ended: readonly Pending[]; error?: VendorError | undefined },
): CallbackResult {
  const message = `${words[reason]} Please connect again.`
  return { outcome: 'refused', reason, message, error: error ?? null, ...answered(parts, ended) }
}

/** The error of an authorization answer (RFC 6749 §4.1.2.1); its text only when `state` vouches for it. */
function saidIn({ error, description, state }: CallbackAnswer, ended: Pending[]): VendorError {
  const vouched = state !== null && ended.length > 0
  const code = withoutSecrets(error)
  return new VendorError('refused', `The authorization page answered ${code}.`, {
    code,
    description: vouched ? withoutSecrets(description) : null,
  })
}

/** Whose connect it was, when it was one, and what ends it in the browser. */
function answered({ pending }: CallbackParts, ended: readonly Pending[]) {
  const [one] = ended
  const { user = null, returnTo = null } = (ended.length === 1 && one) || {}
  const cookies = pending.end(ended)
  return { user, returnTo, cookies, redirect: (location: string) => redirect(location, cookies) }
}
