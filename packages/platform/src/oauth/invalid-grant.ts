/**
 * Why a grant is refused (`invalid_grant`, RFC 6749 §5.2): what the code is bound to is checked here, and
 * each refusal carries what explains it to the app's developer.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { type Handle, kindOf } from '../connection/handle.ts'
import type { Connection } from '../connection/row.ts'
import { OAuthError } from '../error.ts'
import type { Trouble, VerifierFault } from '../trouble.ts'

/** RFC 6749 §4.1.3: identical to the authorization request's, when that had one. */
export function checkRedirectUri(connection: Connection, sent: string | undefined): void {
  if (sent === undefined && connection.redirect_uri_sent === 0) return
  if (sent === connection.redirect_uri) return
  throw invalidGrant(
    sent === undefined
      ? `redirect_uri is missing. The authorization request had ${connection.redirect_uri}.`
      : `redirect_uri is ${sent}, but the code was sent to ${connection.redirect_uri}.`,
    { kind: 'redirect changed', sent: sent ?? null, bound: connection.redirect_uri },
  )
}

/** RFC 7636 §4.6, and rule 7: a verifier without a challenge is refused as well. */
export function checkVerifier(challenge: string | null, verifier: string | undefined): void {
  if (challenge === null && verifier === undefined) return
  const fault = verifierFault(challenge, verifier)
  if (fault) throw invalidGrant(verifierFaults[fault], { kind: 'verifier', fault })
}

const verifierFaults: Readonly<Record<VerifierFault, string>> = {
  unasked: 'There is a code_verifier, but the authorization request had no code_challenge.',
  missing: 'code_verifier is missing. The authorization request had a code_challenge.',
  malformed: 'code_verifier does not fit the code_challenge.',
  challenge: 'code_verifier does not fit the code_challenge.',
  different: 'code_verifier does not fit the code_challenge.',
}

function verifierFault(
  challenge: string | null,
  verifier: string | undefined,
): VerifierFault | null {
  if (challenge === null) return 'unasked'
  if (verifier === undefined) return 'missing'
  if (verifier === challenge) return 'challenge'
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return 'malformed'
  const made = Buffer.from(hash('sha256', verifier, 'base64url'))
  return timingSafeEqual(made, Buffer.from(challenge)) ? null : 'different'
}

/** What was sent as a code or refresh token is none of this app's. */
export function notYours(
  wanted: 'code' | 'refresh',
  text: string,
  handle: Handle | null,
): OAuthError {
  const { length } = text
  const looksLike = text.startsWith('lk_sk_') ? 'secret' : kindOf(text)
  const foreignId = handle?.connectionId ?? null
  const name = wanted === 'code' ? 'code' : 'refresh token'
  return invalidGrant(`The ${name} is not one of yours, or was damaged on its way.`, {
    kind: 'not yours',
    wanted,
    looksLike,
    length,
    foreignId,
  })
}

export function expired({ kind, issuedAt, connectionId }: Handle, seconds: number): OAuthError {
  const words =
    kind === 'code'
      ? `The code has expired: it lives ${seconds} seconds.`
      : 'The refresh token has expired. The user has to connect the app again.'
  return invalidGrant(words, { kind: 'expired', what: kind, issuedAt, seconds, connectionId })
}

export function usedBefore({ kind: what, connectionId }: Handle): OAuthError {
  const words = 'The code was used before, or the user has disconnected the app.'
  return invalidGrant(words, { kind: 'over', what, connectionId })
}

export function ended({ kind: what, connectionId }: Handle): OAuthError {
  const words = 'The connection has ended. The user has to connect the app again.'
  return invalidGrant(words, { kind: 'over', what, connectionId })
}

function invalidGrant(message: string, trouble: Trouble): OAuthError {
  return new OAuthError('invalid_grant', message, { trouble })
}
