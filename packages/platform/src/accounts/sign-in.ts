/** Signing in: with a password of ours, by way of the provider, or in the product around us. */
import { type App, findApp } from '../developer/app.ts'
import { type Endpoint, type Route, seeOther } from '../http.ts'
import { signInPage } from '../pages/sign-in.ts'
import { fromQuery, requestLength } from '../params.ts'
import type { Parts } from '../platform.ts'
import { emailKey, findByEmail } from './account.ts'
import { afterEntry, browserOf, enter } from './enter.ts'
import { localPath } from './local-path.ts'
import { passwordFits } from './password.ts'
import type { Product } from './product.ts'
import { inWords } from './second-factor/proof.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from './visitor.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
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
      const entering = { accountId: account.id, ...browserOf(parts, call), now: parts.now() }
      return afterEntry(await parts.store.write(tx => enter(parts, tx, entering)), continueTo)
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
