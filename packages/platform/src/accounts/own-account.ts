/** Somebody at the pages of their own account, signed in with a session of ours. */
import { PageError } from '../error.ts'
import { type Answer, type Call, seeOther } from '../http.ts'
import type { Frame, Person } from '../pages/layout.ts'
import type { Parts } from '../platform.ts'
import type { Account } from './account.ts'
import type { Session } from './session.ts'
import { isSignedIn, type SignedIn, who } from './visitor.ts'

export interface OwnAccount {
  readonly visitor: SignedIn
  readonly account: Account
  readonly live: Session
  readonly person: Person
  readonly frame: Required<Pick<Frame, 'platformName' | 'signedIn' | 'csrf'>>
}

/** The person and their session, or the way to sign in. */
export async function atAccount(parts: Parts, call: Call): Promise<OwnAccount | Answer> {
  const visitor = await who(parts, call)
  if (!isSignedIn(visitor) || !visitor.live) {
    if (call.method === 'POST') throw signedOut('Nothing was changed.')
    return toSignIn(call)
  }
  const { account, live, csrf } = visitor
  const person = parts.renderer.person(account)
  const frame = { platformName: parts.renderer.name, signedIn: person, csrf }
  return { visitor, account, live, person, frame }
}

export function isAnswer(own: OwnAccount | Answer): own is Answer {
  return 'status' in own
}

/** To sign in, and back to this page. */
export function toSignIn(call: Call): Answer {
  const here = `${call.path}${call.query && '?'}${call.query}`
  return seeOther(`/sign-in?continue=${encodeURIComponent(here)}`)
}

/** `kept` says what did not happen. */
export function signedOut(kept: string): PageError {
  return new PageError(403, {
    title: 'You are signed out',
    what: `You signed out, or your session ended, while the page was open. ${kept}`,
    mend: 'Sign in again and repeat it.',
  })
}
