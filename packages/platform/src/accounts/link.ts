/**
 * Linking: the provider knows somebody whose email belongs to an account here. An email proves nothing
 * about the account, so its owner has to sign in to it as before, and say yes.
 */
import { type Answer, type Route, seeOther } from '../http.ts'
import { confirmLinkPage, emailTakenPage } from '../pages/link.ts'
import type { Parts } from '../platform.ts'
import { type Identity, linkIdentity, type Profile } from './identity.ts'
import type { Provider } from './provider.ts'
import { problemPage } from './provider-problem.ts'
import { openText, sealedLifetime, sealText } from './sealed.ts'
import { demandFresh } from './step-up.ts'
import { isSignedIn, readOwnForm, who } from './visitor.ts'

/** Whom the provider signed in, waiting for a yes. */
type Waiting = Identity & { readonly profile: Profile; readonly continueTo: string }

/** Leads to the page that explains; what is needed to link waits in a cookie for ten minutes. */
export function waitToLink(parts: Parts, waiting: Waiting): Answer {
  const { issuer, subject, profile, continueTo } = waiting
  const content: Waiting = { issuer, subject, profile, continueTo }
  const text = sealText(parts.keys, 'link', content, parts.now())
  return seeOther('/sign-in/link', parts.cookies.writeLong('link', text, sealedLifetime / 1000))
}

export function linkRoute(parts: Parts, provider: Provider): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const waiting = openWaiting(parts, parts.cookies.readLong(call, 'link'))
      if (!waiting) return problemPage(parts, 'over', {})
      const { profile, continueTo } = waiting
      const view = { platformName: parts.renderer.name, provider: provider.name, profile }
      if (!isSignedIn(visitor)) {
        const page = emailTakenPage({ ...view, passwords: parts.ways.passwords })
        return parts.renderer.page(page, { status: 409, cookies: visitor.cookies })
      }
      const account = parts.renderer.person(visitor.account)
      const page = confirmLinkPage({ ...view, account, csrf: visitor.csrf, continueTo })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
    post: async call => {
      const visitor = await who(parts, call)
      await readOwnForm({}, call, visitor)
      const waiting = openWaiting(parts, parts.cookies.readLong(call, 'link'))
      if (!waiting || !isSignedIn(visitor)) return problemPage(parts, 'over', {})
      const back = { back: '/sign-in/link', why: 'security' } as const
      const asked = demandFresh(parts, visitor, back)
      if (asked) return asked
      const { issuer, subject, continueTo } = waiting
      const link = { issuer, subject, accountId: visitor.account.id }
      const cookies = parts.cookies.writeLong('link', '', 0)
      if (await linkIdentity(parts.store, link, parts.now())) return seeOther(continueTo, cookies)
      return problemPage(parts, 'linked elsewhere', { cookies })
    },
  }
}

function openWaiting(parts: Parts, cookie: string | null): Waiting | null {
  return openText<Waiting>(parts.keys, 'link', cookie, parts.now())
}
