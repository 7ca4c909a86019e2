/**
 * Who is at the other end of a page request, and the token that proves a form came from our own page.
 *
 * This is the seam to the outside's idea of users: pages ask `who`, and know nothing of how a person
 * signed in. The form token is a hash of a cookie that only this browser holds; inside a product, where
 * the session is not ours, of the visitor cookie and the account together.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { PageError } from '../error.ts'
import { bodyLimit, type Call } from '../http.ts'
import {
  bodyParams,
  isMultipart,
  multipartParams,
  type ParameterTable,
  type Params,
  type Upload,
} from '../params.ts'
import type { Store } from '../store/store.ts'
import { createTurns } from '../turns.ts'
import type { Account } from './account.ts'
import type { CookieJar } from './cookie.ts'
import type { LastSeen } from './last-seen.ts'
import type { Product } from './product.ts'
import { findSession, type Session } from './session.ts'

export interface Visitor {
  readonly account: Account | null
  /** The session cookie's value, or `null`. */
  readonly session: string | null
  /** The session as the database knows it; `null` for nobody, and inside a product. */
  readonly live: Session | null
  /** The token every form of this visitor carries in its field `csrf`. */
  readonly csrf: string
  /** `Set-Cookie` values the answer must carry for the token to hold. */
  readonly cookies: readonly string[]
  /** Why somebody whom the product signed in is not let in here. */
  readonly refusal?: PageError
}

export interface VisitorParts {
  readonly store: Store
  readonly cookies: CookieJar
  readonly now: () => number
  readonly lastSeen: LastSeen
  readonly ways: { readonly product: Product | null }
}

const nobody = { account: null, session: null, live: null } as const

/** A visitor who is signed in. */
export type SignedIn = Visitor & { readonly account: Account }

/** Looks at the request's cookies; makes a visitor cookie for a browser that has none. */
export async function who(parts: VisitorParts, call: Call): Promise<Visitor> {
  const { product } = parts.ways
  if (product) return whoInProduct(product, parts, call)
  const session = parts.cookies.read(call, 'session')
  const now = parts.now()
  const found = session && (await findSession(parts.store, session, now))
  if (session && found) {
    const { account, session: live } = found
    parts.lastSeen.touch(live, now)
    return { account, session, live, csrf: formToken(session), cookies: [] }
  }
  const { seed, cookies } = visitorSeed(parts, call)
  return { ...nobody, csrf: formToken(seed), cookies }
}

async function whoInProduct(product: Product, parts: VisitorParts, call: Call): Promise<Visitor> {
  const { seed, cookies } = visitorSeed(parts, call)
  const found = await product.visitor(call)
  if (found === null || found instanceof PageError) {
    const visitor = { ...nobody, csrf: formToken(seed), cookies }
    return found ? { ...visitor, refusal: found } : visitor
  }
  return { ...nobody, account: found, csrf: formToken(`${seed} ${found.id}`), cookies }
}

function visitorSeed(parts: VisitorParts, call: Call): { seed: string; cookies: string[] } {
  const known = parts.cookies.read(call, 'visitor')
  if (known && /^[\w-]{43}$/.test(known)) return { seed: known, cookies: [] }
  const seed = randomBytes(32).toString('base64url')
  return { seed, cookies: [parts.cookies.write('visitor', seed, 86_400)] }
}

export function isSignedIn(visitor: Visitor): visitor is SignedIn {
  return visitor.account !== null
}

/**
 * Reads a form that one of our own pages sent. Throws `PageError` 403 when it came from elsewhere or
 * its page is out of date.
 */
export async function readOwnForm<T extends ParameterTable>(
  table: T,
  call: Call,
  visitor: Visitor,
): Promise<Params<T>> {
  demandOwnSite(call)
  const params = await bodyParams(withToken(table), call)
  demandToken(params, visitor)
  return params
}

/** Large bodies are held in memory while they come; so many at a time. */
const inTurn = createTurns(4)

/**
 * The same for a form that may bring a file of at most `bytesAtMost` in its field `field`; without one
 * it may be sent as every other form.
 */
export async function readOwnUpload<T extends ParameterTable>(
  table: T,
  call: Call,
  about: { visitor: Visitor; field: string; bytesAtMost: number },
): Promise<{ params: Params<T>; file: Upload | null }> {
  const { visitor, field, bytesAtMost } = about
  const contentType = call.header('content-type')
  if (!isMultipart(contentType)) {
    return { params: await readOwnForm(table, call, visitor), file: null }
  }
  demandOwnSite(call)
  const bytes = await inTurn(() => call.bytes(bytesAtMost + bodyLimit))
  const form = await multipartParams(withToken(table), { bytes, contentType }, field)
  demandToken(form.params, visitor)
  return form
}

function withToken<T extends ParameterTable>(table: T) {
  return { ...table, csrf: { description: 'Proves that our own page sent the form.' } }
}

function demandOwnSite(call: Call): void {
  const site = call.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw outOfDate()
}

function demandToken({ csrf = '' }: { csrf?: string }, visitor: Visitor): void {
  const sent = Buffer.from(csrf)
  const expected = Buffer.from(visitor.csrf)
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) throw outOfDate()
}

function outOfDate(): PageError {
  return new PageError(403, {
    title: 'This page is out of date',
    what: 'The form was sent from a page that is no longer valid: you may have signed in or out in another tab, or cookies are switched off.',
    mend: 'Go back, reload the page, and try again. Nothing was changed.',
  })
}

function formToken(seed: string): string {
  return hash('sha256', `form ${seed}`, 'base64url')
}
