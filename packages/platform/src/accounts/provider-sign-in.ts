/**
 * Signing in through the operator's provider: the browser is sent there with a question, and comes back
 * with an answer that fits the question, once, within ten minutes, in the same browser. An account is
 * found by issuer and subject; somebody new gets one, unless the email belongs to somebody already.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Answer, type Call, type Route, seeOther } from '../http.ts'
import { fromQuery, requestLength } from '../params.ts'
import type { Parts } from '../platform.ts'
import { longestText } from './cookie.ts'
import { afterEntry, browserOf, enter } from './enter.ts'
import { isFirstUse } from './first-use.ts'
import { findByIdentity, followProfile, type KnownAccount, openAccount } from './identity.ts'
import { waitToLink } from './link.ts'
import { localPath } from './local-path.ts'
import type { Attempt, Person, Provider } from './provider.ts'
import { ProviderFailure } from './provider-failure.ts'
import { problemPage } from './provider-problem.ts'
import { openText, sealedLifetime, sealText } from './sealed.ts'
import { isSignedIn, who } from './visitor.ts'

const beginTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
  fresh: { description: '`yes` asks for credentials even of those who are signed in there.' },
} as const

/** What the browser keeps while its person is at the provider. */
interface UnderWay {
  /** 256 random bits, from which all that the provider gets to see is derived. */
  readonly secret: string
  readonly continueTo: string
}

/** What somebody who has to link first is to keep is longer by who they are. */
const longestWay = longestText - 1_500

export function beginRoute(parts: Parts, provider: Provider): Route {
  return {
    manner: 'page',
    get: async call => {
      const { params } = fromQuery(beginTable, call.query)
      const continueTo = localPath(params.continue)
      const fresh = params.fresh === 'yes'
      if (!fresh && isSignedIn(await who(parts, call))) return seeOther(continueTo)
      const secret = randomBytes(32).toString('base64url')
      const under: UnderWay = { secret, continueTo }
      const text = sealText(parts.keys, 'sign-in', under, parts.now())
      if (text.length > longestWay) return problemPage(parts, 'too long', { continueTo: '/' })
      try {
        const location = await provider.begin(attemptOf(secret), fresh)
        const cookies = parts.cookies.writeLong('provider', text, sealedLifetime / 1000)
        return seeOther(location.href, cookies)
      } catch (error) {
        return failed(parts, error, continueTo)
      }
    },
  }
}

function attemptOf(secret: string): Attempt {
  const derive = (purpose: string) => hash('sha256', `${purpose} ${secret}`, 'base64url')
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') }
}

const callbackTable = {
  state: { description: 'Ties the answer to the question of this browser.', required: true },
} as const

/** Where the provider sends the browser back to. */
export function callbackRoute(parts: Parts, provider: Provider): Route {
  return {
    manner: 'page',
    get: async call => {
      const answer = await answerCallback(parts, provider, call)
      const over = parts.cookies.writeLong('provider', '', 0)
      return { ...answer, cookies: [...(answer.cookies ?? []), ...over] }
    },
  }
}

async function answerCallback(parts: Parts, provider: Provider, call: Call): Promise<Answer> {
  const cookie = parts.cookies.readLong(call, 'provider')
  const under = openText<UnderWay>(parts.keys, 'sign-in', cookie, parts.now())
  if (!under) {
    const already = isSignedIn(await who(parts, call))
    return already ? seeOther('/') : problemPage(parts, 'over', { continueTo: '/' })
  }
  const { continueTo, secret } = under
  const attempt = attemptOf(secret)
  const { params } = fromQuery(callbackTable, call.query)
  if (!same(attempt.state, params.state)) return problemPage(parts, 'stray', { continueTo })
  const key = `provider ${parts.clientAddress(call)}`
  const refusal = await parts.failedSignIn.claim(key)
  if (refusal) return problemPage(parts, 'often', { continueTo, headers: refusal.headers })
  try {
    const person = await provider.finish(call.query, attempt)
    await parts.failedSignIn.forgive(key)
    return await letIn(parts, { person, under, call })
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind !== 'untrusted') {
      await parts.failedSignIn.forgive(key)
    }
    return failed(parts, error, continueTo)
  }
}

function same(expected: string, sent: string | undefined): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(sent ?? '')]
  return one.length === other.length && timingSafeEqual(one, other)
}

function failed(parts: Parts, error: unknown, continueTo: string): Answer {
  if (!(error instanceof ProviderFailure)) throw error
  const { kind, details } = error
  parts.log.warn({ kind, ...details }, 'The provider signed nobody in.')
  return problemPage(parts, kind, { continueTo })
}

/** The person is who the provider says. Whose account that is stands in our database alone. */
async function letIn(
  parts: Parts,
  { person, under, call }: { person: Person; under: UnderWay; call: Call },
): Promise<Answer> {
  const { profile } = person
  const { continueTo } = under
  const now = parts.now()
  let account: KnownAccount | 'taken' | null = await findByIdentity(parts.store, person)
  if (account?.deactivated_at != null) return problemPage(parts, 'deactivated', { continueTo })
  if (account) {
    if (profile) account = await followProfile(parts.store, account, { profile, now })
  } else {
    if (!profile) return problemPage(parts, 'no email', { continueTo })
    account = await openAccount(parts.store, { ...person, profile }, now)
    if (account === 'taken') return waitToLink(parts, { ...person, profile, continueTo })
  }
  const { id: accountId } = account
  const entering = { accountId, detail: person.issuer, ...browserOf(parts, call), now }
  const entry = await parts.store.write(async tx =>
    (await isFirstUse(tx, under.secret, now)) ? enter(parts, tx, entering) : null,
  )
  return entry ? afterEntry(entry, continueTo) : problemPage(parts, 'over', { continueTo })
}

/** Ends the session at the provider; it asks the person first. */
export function farewellRoute(parts: Parts, provider: Provider): Route {
  return {
    manner: 'page',
    get: async () => {
      try {
        const location = await provider.farewell()
        return location ? seeOther(location.href) : problemPage(parts, 'no farewell', {})
      } catch (error) {
        return failed(parts, error, '/')
      }
    },
  }
}
