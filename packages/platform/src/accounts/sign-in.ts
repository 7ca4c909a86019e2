/** Signing in and out. */
import { audit } from '../connection/audit.ts'
import { type App, findApp } from '../developer/app.ts'
import { type Answer, type Call, type Route, seeOther } from '../http.ts'
import { signInPage } from '../pages/sign-in.ts'
import { signOutPage } from '../pages/sign-out.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { emailKey, findByEmail } from './account.ts'
import { localPath } from './local-path.ts'
import { passwordFits } from './password.ts'
import { endSession, sessionLifetime, startSession } from './session.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from './visitor.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.' },
} as const

const signInTable = {
  ...continueTable,
  email: { description: 'The account’s email.', required: true },
  password: { description: 'The account’s password.', required: true },
} as const

export function signInRoute(parts: Parts): Route {
  const show = async (
    visitor: Visitor,
    shown: { continueTo: string; email?: string; problem?: string },
    status = 200,
  ) => {
    const app = await appBehind(parts, shown.continueTo)
    const page = signInPage({
      ...shown,
      csrf: visitor.csrf,
      platformName: parts.renderer.name,
      ...(app && { appName: app.name }),
    })
    return parts.renderer.page(page, { status, cookies: visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const continueTo = localPath(fromQuery(continueTable, call.query).params.continue)
      if (isSignedIn(visitor)) return seeOther(continueTo)
      return show(visitor, { continueTo })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const { email, password, ...params } = await readOwnForm(signInTable, call, visitor)
      const continueTo = localPath(params.continue)
      const again = (problem: string, status: number) =>
        show(visitor, { continueTo, problem, ...(email !== undefined && { email }) }, status)
      if (!email || !password) return again('Enter your email and your password.', 400)
      const key = `${emailKey(email)} ${parts.clientAddress(call)}`
      const refusal = await parts.failedSignIn.claim(key)
      if (refusal) {
        const words = `Too many attempts. Try again in ${inWords(refusal.wait)}.`
        const answer = await again(words, 429)
        return { ...answer, headers: { ...answer.headers, ...refusal.headers } }
      }
      const account = await findByEmail(parts.store, email)
      const fits = await passwordFits(password, account?.password_hash ?? null)
      if (!account || !fits || account.deactivated_at !== null) {
        return again('Email or password is wrong.', 401)
      }
      await parts.failedSignIn.forgive(key)
      return seeOther(continueTo, [await signIn(parts, call, account.id)])
    },
  }
}

/** The app that someone is on the way to connect, when signing in leads to an authorization page. */
function appBehind(parts: Parts, continueTo: string): Promise<App | null> | null {
  if (!/^\/(?:page\/vendor-auth\.html|(?:api\/user-web\/)?oauth\/authorize)\?/.test(continueTo))
    return null
  const query = new URLSearchParams(continueTo.slice(continueTo.indexOf('?')))
  return findApp(parts.store, query.get('clientId') ?? query.get('client_id') ?? '')
}

/** Starts a session, ends the one this browser had; answers the `Set-Cookie` value. */
async function signIn(parts: Parts, call: Call, accountId: number): Promise<string> {
  const now = parts.now()
  const before = parts.cookies.read(call, 'session')
  const secret = await parts.store.write(async tx => {
    if (before) await endSession(tx, before)
    await audit(tx, { at: now, kind: 'session.started', actor: `account:${accountId}`, accountId })
    return startSession(tx, accountId, now)
  })
  return parts.cookies.write('session', secret, sessionLifetime / 1000)
}

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
      if (isSignedIn(visitor)) {
        const { account, session } = visitor
        const now = parts.now()
        await parts.store.write(async tx => {
          await endSession(tx, session)
          await audit(tx, {
            at: now,
            kind: 'session.ended',
            actor: `account:${account.id}`,
            accountId: account.id,
          })
        })
      }
      const next = localPath(params.continue)
      const location = next === '/' ? '/sign-in' : `/sign-in?continue=${encodeURIComponent(next)}`
      return seeOther(location, [parts.cookies.write('session', '', 0)])
    },
  }
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
