/**
 * Asked again: before something that a thief would do first, whoever is signed in must have proved to be
 * the account's owner within the last ten minutes, with everything the account asks for at sign-in. An
 * account with a second factor gives that; one without its password, or signs in at the provider anew.
 *
 * Inside a product there are no sessions of ours, and what a session there is worth is the product's
 * to say: nothing is asked again.
 */
import { type Answer, seeOther } from '../http.ts'
import type { Parts } from '../platform.ts'
import type { Visitor } from './visitor.ts'

/** How long a proof is fresh, in milliseconds. */
export const freshFor = 600_000

/** What may be asked for, in words that go on from “To” and name what to press again. */
export const fresheners = {
  secret: { to: 'make a new secret', press: 'New secret' },
  suspend: { to: 'suspend this', press: 'Suspend' },
  invite: { to: 'invite an owner', press: 'Invite' },
  security: { to: 'change how you sign in', press: null },
} as const satisfies Record<string, { to: string; press: string | null }>

export type Freshener = keyof typeof fresheners

export function isFresh(parts: Pick<Parts, 'now' | 'ways'>, { live }: Visitor): boolean {
  if (parts.ways.product) return true
  const provedAt = live?.proved_at ?? null
  return provedAt !== null && parts.now() < provedAt + freshFor
}

/**
 * `null` when the visitor has proved it lately; else the way to the page that asks. `back` is where to
 * go on from there: a page, for what a form held is not kept.
 */
export function demandFresh(
  parts: Pick<Parts, 'now' | 'ways'>,
  visitor: Visitor,
  { back, why }: { back: string; why: Freshener },
): Answer | null {
  if (isFresh(parts, visitor)) return null
  return seeOther(`/account/confirm?why=${why}&continue=${encodeURIComponent(back)}`)
}
