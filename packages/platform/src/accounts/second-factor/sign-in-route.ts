/** `/sign-in/second-factor`: the second step of signing in, and the only way from it to a session. */
import { type Answer, type Call, type Route, seeOther } from '../../http.ts'
import { secondFactorPage } from '../../pages/account/second-factor.ts'
import { fromQuery, requestLength } from '../../params.ts'
import type { Parts } from '../../platform.ts'
import { nameOf } from '../account.ts'
import { browserOf, replaceSession, sessionCookie } from '../enter.ts'
import { localPath } from '../local-path.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from '../visitor.ts'
import { askForPasskey } from './ceremony.ts'
import { factorsOf } from './factors.ts'
import { findPending } from './pending.ts'
import { type Doubt, judgeProof, proofTable } from './proof.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
} as const

type Waiting = NonNullable<Awaited<ReturnType<typeof findPending>>>

export function secondFactorRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const continueTo = localPath(fromQuery(continueTable, call.query).params.continue)
      const waiting = await findPending(parts, call)
      if (!waiting) return isSignedIn(visitor) ? seeOther(continueTo) : startAgain(continueTo)
      return show(parts, { visitor, waiting, continueTo })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const params = await readOwnForm({ ...continueTable, ...proofTable }, call, visitor)
      const continueTo = localPath(params.continue)
      const waiting = await findPending(parts, call)
      if (!waiting) return startAgain(continueTo)
      const asked = askedOf(visitor, waiting)
      const doubt = await judgeProof(parts, { asked, proof: params, call })
      if (doubt) return show(parts, { visitor, waiting, continueTo, doubt })
      const session = await start(parts, call, waiting)
      return seeOther(continueTo, [session, parts.cookies.write('pending', '', 0)])
    },
  }
}

/** The password has to be given again: ten minutes have passed, or it was changed meanwhile. */
function startAgain(continueTo: string): Answer {
  return seeOther(`/sign-in?continue=${encodeURIComponent(continueTo)}`)
}

function start(parts: Parts, call: Call, { account, detail }: Waiting): Promise<string> {
  const entering = { accountId: account.id, detail, ...browserOf(parts, call) }
  return parts.store.write(async tx =>
    sessionCookie(parts, await replaceSession(tx, entering, parts.now())),
  )
}

function askedOf({ csrf }: Visitor, { account }: Waiting) {
  const { id, email } = account
  return { purpose: 'confirm', csrf, account: { id, email, name: nameOf(account) } } as const
}

async function show(
  parts: Parts,
  about: { visitor: Visitor; waiting: Waiting; continueTo: string; doubt?: Doubt },
): Promise<Answer> {
  const { visitor, waiting, continueTo, doubt } = about
  const factors = await factorsOf(parts.store, waiting.account.id)
  const passkey =
    factors.passkeys.length > 0 ? await askForPasskey(parts, askedOf(visitor, waiting)) : null
  const page = secondFactorPage({
    platformName: parts.renderer.name,
    csrf: visitor.csrf,
    continueTo,
    email: waiting.account.email,
    authenticator: factors.authenticatorSince !== null,
    passkey,
    ...(doubt && { doubt }),
  })
  const status = doubt?.status ?? 200
  const answer = parts.renderer.page(page, { status, cookies: visitor.cookies })
  return { ...answer, headers: { ...answer.headers, ...doubt?.headers } }
}
