/** Signing in: with a password of ours, by way of the provider, or in the product around us. */
import { audit } from '../connection/audit.ts'
import { type App, findApp } from '../developer/app.ts'
import { type Call, type Endpoint, type Route, seeOther } from '../http.ts'
import { signInPage } from '../pages/sign-in.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import type { Transaction } from '../store/store.ts'
import { emailKey, findByEmail } from './account.ts'
import { localPath } from './local-path.ts'
import { passwordFits } from './password.ts'
import type { Product } from './product.ts'
import { endSession, sessionLifetime, startSession } from './session.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from './visitor.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.' },
} as const

const showTable = {
  ...continueTable,
  fresh: { description: '`yes` asks the provider for credentials again, to be somebody else.' },
} as const

const signInTable = {
  ...continueTable,
  email: { description: 'The account’s email.', required: true },
  password: { description: 'The account’s password.', required: true },
} as const

export function signInRoute(parts: Parts): Route {
  const { product, provider, passwords } = parts.ways
  if (product) return elsewhereRoute(parts, product)
  const show = async (
    visitor: Visitor,
    shown: { continueTo: string; fresh?: boolean; email?: string; problem?: string },
    status = 200,
  ) => {
    const app = await appBehind(parts, shown.continueTo)
    const page = signInPage({
      ...shown,
      csrf: visitor.csrf,
      platformName: parts.renderer.name,
      passwords,
      ...(provider && { provider: provider.name }),
      ...(app && { appName: app.name }),
    })
    return parts.renderer.page(page, { status, cookies: visitor.cookies })
  }
  const get: Endpoint = async call => {
    const visitor = await who(parts, call)
    const { params } = fromQuery(showTable, call.query)
    const continueTo = localPath(params.continue)
    if (isSignedIn(visitor)) return seeOther(continueTo)
    return show(visitor, { continueTo, fresh: params.fresh === 'yes' })
  }
  if (!passwords) return { manner: 'page', get }
  return {
    manner: 'page',
    get,
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

/** People sign in to the product; whoever it knows, and we do not let in, learns why and is not sent around. */
function elsewhereRoute(parts: Parts, product: Product): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      if (visitor.refusal) throw visitor.refusal
      const continueTo = localPath(fromQuery(continueTable, call.query).params.continue)
      return seeOther(isSignedIn(visitor) ? continueTo : product.page(continueTo), visitor.cookies)
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

/** Answers the `Set-Cookie` value of a new session. */
async function signIn(parts: Parts, call: Call, accountId: number): Promise<string> {
  const now = parts.now()
  const before = parts.cookies.read(call, 'session')
  const secret = await parts.store.write(tx => replaceSession(tx, { accountId, before }, now))
  return parts.cookies.write('session', secret, sessionLifetime / 1000)
}

/** Within a step: starts a session, ends the one this browser had. `detail` says how, if not by password. */
export async function replaceSession(
  tx: Transaction,
  about: { accountId: number; before: string | null; detail?: string },
  now: number,
): Promise<string> {
  const { accountId, before, detail = '' } = about
  if (before) await endSession(tx, before)
  const actor = `account:${accountId}` as const
  await audit(tx, { at: now, kind: 'session.started', actor, accountId, detail })
  return startSession(tx, accountId, now)
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
