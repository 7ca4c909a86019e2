/** Who sits at the Developer Platform or in review, and what every page there needs to know of them. */
import type { Account } from '../accounts/account.ts'
import { isSignedIn, type SignedIn, who } from '../accounts/visitor.ts'
import { PageError } from '../error.ts'
import { type Answer, type Call, seeOther } from '../http.ts'
import type { Frame } from '../pages/layout.ts'
import type { Parts } from '../platform.ts'
import { type App, findApp } from './app.ts'
import { type Deed, isAllowed, standingsOf } from './may.ts'
import { type Membership, membershipOf } from './member.ts'

export interface Desk {
  readonly visitor: SignedIn
  readonly account: Account
  readonly actor: `account:${number}`
  readonly membership: Membership | null
  readonly frame: Required<Pick<Frame, 'platformName' | 'signedIn' | 'csrf'>>
}

/** The person at the desk, or the way to sign in. */
export async function atDesk(parts: Parts, call: Call): Promise<Desk | Answer> {
  const visitor = await who(parts, call)
  if (!isSignedIn(visitor)) {
    if (call.method === 'POST') throw signedOut()
    const here = `${call.path}${call.query && '?'}${call.query}`
    return seeOther(`/sign-in?continue=${encodeURIComponent(here)}`)
  }
  const { account, csrf } = visitor
  const { renderer } = parts
  return {
    visitor,
    account,
    actor: `account:${account.id}`,
    membership: await membershipOf(parts.store, account.id),
    frame: { platformName: renderer.name, signedIn: renderer.person(account), csrf },
  }
}

export function isAnswer(desk: Desk | Answer): desk is Answer {
  return 'status' in desk
}

/** Throws the page for something that is not there: also for what is not theirs to know of. */
export function demand({ account, membership }: Desk, deed: Deed, vendorId: number | null): void {
  if (!isAllowed(deed, standingsOf(account, membership, vendorId))) throw notFound()
}

/** The app with this Client ID, when the person may do that with it; 404 otherwise. */
export async function appAt(
  parts: Parts,
  desk: Desk,
  deed: Deed,
  clientId: string | undefined,
): Promise<App> {
  const app = clientId === undefined ? null : await findApp(parts.store, clientId)
  if (!app) throw notFound()
  demand(desk, deed, app.vendor_id)
  return app
}

export function notFound(): PageError {
  return new PageError(404, {
    title: 'Page not found',
    what: 'There is nothing at this address, or it is not for your account.',
    mend: 'Check which account you are signed in with, and look for it from the start page.',
  })
}

/** Somebody else, or another tab, was quicker. */
export function overtaken(what: string): PageError {
  return new PageError(409, {
    title: 'Somebody was quicker',
    what: `${what} was changed while your page was open. Your change was not made.`,
    mend: 'Go back, reload the page to see how it stands now, and decide again.',
  })
}

function signedOut(): PageError {
  return new PageError(403, {
    title: 'You are signed out',
    what: 'You signed out, or your session ended, while the page was open. Nothing was changed.',
    mend: 'Sign in again and repeat it.',
  })
}
