/**
 * Signing out: the session ends on the server. Where a provider signed the person in, they are told
 * that they are still signed in there, and offered to end that too.
 */
import { audit } from '../connection/audit.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { signedOutPage, signOutPage } from '../pages/sign-out.ts'
import { requestLength } from '../params.ts'
import type { Parts } from '../platform.ts'
import { localPath } from './local-path.ts'
import { endSession } from './session.ts'
import { isSignedIn, readOwnForm, who } from './visitor.ts'

const continueTable = {
  continue: {
    description: 'Where to go after signing in as somebody else.',
    longest: requestLength,
  },
} as const

export function signOutRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) return seeOther('/sign-in')
      return parts.renderer.page(
        signOutPage({
          csrf: visitor.csrf,
          account: parts.renderer.person(visitor.account),
          platformName: parts.renderer.name,
        }),
        { cookies: visitor.cookies },
      )
    },
    post: async (call): Promise<Answer> => {
      const visitor = await who(parts, call)
      const params = await readOwnForm(continueTable, call, visitor)
      const { account, session } = visitor
      if (account && session) await end(parts, session, account.id)
      const next = localPath(params.continue)
      return seeOther(afterwards(parts, next), [parts.cookies.write('session', '', 0)])
    },
  }
}

/** To switch accounts one has to sign in again; the provider would let the same person in unasked. */
function afterwards({ ways }: Parts, next: string): string {
  if (next === '/') return ways.provider ? '/signed-out' : '/sign-in'
  const fresh = ways.provider ? '&fresh=yes' : ''
  return `/sign-in?continue=${encodeURIComponent(next)}${fresh}`
}

async function end(parts: Parts, session: string, accountId: number): Promise<void> {
  const now = parts.now()
  await parts.store.write(async tx => {
    await endSession(tx, session)
    await audit(tx, { at: now, kind: 'session.ended', actor: `account:${accountId}`, accountId })
  })
}

/** Inside a product: its own page, where it has named one. */
export function signOutElsewhereRoute(signOutPage: string): Route {
  return { manner: 'page', get: async () => seeOther(signOutPage) }
}

/** What one sees after signing out, and where the provider sends the browser back to. */
export function signedOutRoute(parts: Parts, providerName: string): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (isSignedIn(visitor)) return seeOther('/')
      const page = signedOutPage({ platformName: parts.renderer.name, provider: providerName })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
  }
}
