/**
 * The platform inside a product that knows who is signed in. The product is asked once for every
 * request, and nothing of its answer is kept: who signs out there is out here with the next request.
 */
import { PageError } from '../error.ts'
import type { Call } from '../http.ts'
import type { Store } from '../store/store.ts'
import type { Account } from './account.ts'
import {
  cleanProfile,
  findByIdentity,
  followProfile,
  nameInParts,
  openAccount,
} from './identity.ts'

/** Someone who is signed in to the product. */
export interface ProductUser {
  /** The product's own id of the person: never changed, never given to somebody else. */
  readonly subject: string
  readonly email: string
  /** The first word is taken as the first name. */
  readonly name: string
}

/** What a product tells the platform: `createPlatform({ signIn })`. */
export interface SignIn {
  /**
   * Who is signed in on this request, or `null`. It gets the request that `platform.fetch` got, and must
   * not read its body. What it throws is a 500.
   */
  visitor(request: Request): ProductUser | null | Promise<ProductUser | null>
  /** Where the browser signs in. `path` is where it should come back to, on the platform. */
  page(path: string): string
  /** Where the browser signs in as somebody else. Default: `page`. */
  switchPage?(path: string): string
  /** Where the browser signs out. Without it our pages offer no sign-out. */
  readonly signOutPage?: string
  /** The name under which subjects are stored; to be changed never. Default: `product`. */
  readonly issuer?: string
}

export interface Product {
  readonly page: (path: string) => string
  readonly switchPage: (path: string) => string
  readonly signOutPage: string | null
  /** The account behind a request, `null` for nobody, or why somebody who is signed in is not let in. */
  visitor(call: Call): Promise<Account | PageError | null>
}

interface ProductParts {
  readonly store: Store
  readonly now: () => number
  readonly url: string
}

export function createProduct(signIn: SignIn, { store, now, url }: ProductParts): Product {
  const issuer = signIn.issuer ?? 'product'
  const asked = new WeakMap<Call, Promise<Account | PageError | null>>()
  const ask = async (call: Call) => {
    const user = await signIn.visitor(requestOf(call, url))
    return user && accountOf(store, { ...checked(user), issuer }, now())
  }
  return {
    page: signIn.page,
    switchPage: signIn.switchPage ?? signIn.page,
    signOutPage: signIn.signOutPage ?? null,
    visitor: call => {
      const answer = asked.get(call) ?? ask(call)
      asked.set(call, answer)
      return answer
    },
  }
}

function requestOf(call: Call, url: string): Request {
  if (!call.request) throw new Error('This door has no request to show to the product.')
  return call.request(url)
}

/** A product that tells nonsense must not make accounts of it. */
function checked({ subject, email, name }: ProductUser) {
  const profile = cleanProfile({ email, ...nameInParts(name) })
  if (typeof subject !== 'string' || !/^\P{Cc}{1,255}$/u.test(subject)) {
    throw new TypeError('signIn.visitor gave a subject that is not 1 to 255 characters of text.')
  }
  if (!profile) throw new TypeError('signIn.visitor gave an email that is not an email address.')
  return { subject, profile }
}

type Checked = ReturnType<typeof checked> & { readonly issuer: string }

async function accountOf(store: Store, user: Checked, now: number): Promise<Account | PageError> {
  const known = (await findByIdentity(store, user)) ?? (await openAccount(store, user, now))
  if (known === 'taken') return emailTaken(user.profile.email)
  if (known.deactivated_at !== null) return deactivated()
  return followProfile(store, known, { profile: user.profile, now })
}

function emailTaken(email: string): PageError {
  return new PageError(409, {
    title: 'Your email belongs to another account',
    what: `Another account here has the email ${email}. For your safety an account is never handed over because of an email.`,
    mend: 'Ask support to link that account to you. Nothing was changed.',
  })
}

/** Proven to be the owner, one may know. */
export function deactivated(): PageError {
  return new PageError(403, {
    title: 'Your account is deactivated',
    what: 'The platform has deactivated your account here, and ended its connections.',
    mend: 'Support can tell you why.',
  })
}
