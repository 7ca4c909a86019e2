/**
 * `/sign-in/passkey`: signing in with a passkey alone. The key proves possession and, because it must ask
 * its owner for a finger, face or PIN, the second thing as well. For accounts that sign in with a password
 * of ours; whoever comes by way of the provider goes on doing so.
 */
import { type Answer, type Call, type Route, seeOther } from '../../http.ts'
import { passkeySignInPage } from '../../pages/account/passkey-sign-in.ts'
import { fromQuery, requestLength } from '../../params.ts'
import type { Parts } from '../../platform.ts'
import { browserOf, replaceSession, sessionCookie } from '../enter.ts'
import { localPath } from '../local-path.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from '../visitor.ts'
import { askForPasskey, judgePasskey } from './ceremony.ts'
import { inWords } from './proof.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
} as const

const answerTable = {
  ...continueTable,
  answer: { description: 'What a passkey answered.' },
  seal: { description: 'The seal of the question it answers.' },
} as const

export function passkeySignInRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const continueTo = localPath(fromQuery(continueTable, call.query).params.continue)
      if (isSignedIn(visitor)) return seeOther(continueTo)
      return show(parts, visitor, { continueTo })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const params = await readOwnForm(answerTable, call, visitor)
      const continueTo = localPath(params.continue)
      const key = `passkey ${parts.clientAddress(call)}`
      const refusal = await parts.failedSignIn.claim(key)
      if (refusal) {
        const problem = `Too many attempts. Try again in ${inWords(refusal.wait)}.`
        const answer = await show(parts, visitor, { continueTo, problem }, 429)
        return { ...answer, headers: { ...answer.headers, ...refusal.headers } }
      }
      const judged = await judgePasskey(parts, askedOf(visitor), params)
      const session = judged && (await start(parts, call, judged.accountId))
      if (!session) {
        const problem =
          'That passkey is not known here, or it took too long. Try again, or sign in with your password.'
        return show(parts, visitor, { continueTo, problem }, 401)
      }
      await parts.failedSignIn.forgive(key)
      return seeOther(continueTo, [session])
    },
  }
}

function askedOf({ csrf }: Visitor) {
  return { purpose: 'sign-in', csrf, account: null } as const
}

/** `null` for an account that is deactivated, or has no password of ours. */
function start(parts: Parts, call: Call, accountId: number): Promise<string | null> {
  const entering = { accountId, detail: 'passkey', ...browserOf(parts, call) }
  return parts.store.write(async tx => {
    const [account] = await tx.run(
      `select id from account
       where id = $1 and deactivated_at is null and password_hash is not null`,
      accountId,
    )
    if (!account) return null
    return sessionCookie(parts, await replaceSession(tx, entering, parts.now()))
  })
}

async function show(
  parts: Parts,
  visitor: Visitor,
  shown: { continueTo: string; problem?: string },
  status = 200,
): Promise<Answer> {
  const page = passkeySignInPage({
    ...shown,
    platformName: parts.renderer.name,
    csrf: visitor.csrf,
    passkey: await askForPasskey(parts, askedOf(visitor)),
  })
  return parts.renderer.page(page, { status, cookies: visitor.cookies })
}
