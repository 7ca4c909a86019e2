/**
 * Entering: whoever has given the password, or was signed in by the provider, gets a session, or is asked
 * for the second factor first. There is no other way to a session of an account that has one.
 */
import { audit } from '../connection/audit.ts'
import { type Answer, type Call, seeOther } from '../http.ts'
import type { Parts } from '../platform.ts'
import type { Transaction } from '../store/store.ts'
import { asksForMore } from './second-factor/factors.ts'
import { pendingCookie } from './second-factor/pending.ts'
import { endSession, sessionLifetime, startSession } from './session.ts'

export interface Entering {
  readonly accountId: number
  /** How, when not by password. */
  readonly detail?: string
  /** The session this browser had. */
  readonly before: string | null
  readonly agent: string | undefined
}

/** How somebody came in: `session` and `pending` are `Set-Cookie` values. */
export type Entry = { readonly session: string } | { readonly pending: string }

/** What the request says about the browser that enters. */
export function browserOf(parts: Parts, call: Call): Pick<Entering, 'before' | 'agent'> {
  return { before: parts.cookies.read(call, 'session'), agent: call.header('user-agent') }
}

/** Within a step: a session, or the second factor first. */
export async function enter(
  parts: Pick<Parts, 'keys' | 'cookies'>,
  tx: Transaction,
  { now, ...entering }: Entering & { readonly now: number },
): Promise<Entry> {
  const { accountId, detail = '' } = entering
  if (await asksForMore(tx, accountId)) {
    return { pending: await pendingCookie(parts, tx, { accountId, detail, now }) }
  }
  return { session: sessionCookie(parts, await replaceSession(tx, entering, now)) }
}

/** Within a step: starts a session, ends the one this browser had. */
export async function replaceSession(
  tx: Transaction,
  { accountId, detail = '', before, agent }: Entering,
  now: number,
): Promise<string> {
  if (before) await endSession(tx, before)
  const actor = `account:${accountId}` as const
  await audit(tx, { at: now, kind: 'session.started', actor, accountId, detail })
  return startSession(tx, { accountId, agent }, now)
}

export function sessionCookie({ cookies }: Pick<Parts, 'cookies'>, secret: string): string {
  return cookies.write('session', secret, sessionLifetime / 1000)
}

/** The answer to whoever has entered, or is to give the second factor before going on. */
export function afterEntry(
  entry: Entry,
  continueTo: string,
  cookies: readonly string[] = [],
): Answer {
  if ('session' in entry) return seeOther(continueTo, [entry.session, ...cookies])
  const next = `/sign-in/second-factor?continue=${encodeURIComponent(continueTo)}`
  return seeOther(next, [entry.pending, ...cookies])
}
