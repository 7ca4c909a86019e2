/** What people read when the provider did not sign them in: what happened, and the way on. */
import type { Answer } from '../http.ts'
import { errorPage } from '../pages/error.ts'
import type { Parts } from '../platform.ts'
import type { FailureKind } from './provider-failure.ts'

export type Problem =
  | FailureKind
  | 'over'
  | 'stray'
  | 'often'
  | 'too long'
  | 'no email'
  | 'deactivated'
  | 'no farewell'
  | 'linked elsewhere'

type Words = readonly [status: number, title: string, what: string, mend: string]

const nothing = 'Nothing was changed.'

/** `PROVIDER` stands for what people call it. */
const problems: Readonly<Record<Problem, Words>> = {
  away: [
    503,
    'PROVIDER does not answer',
    'Signing in works through PROVIDER, which we cannot reach right now.',
    'Wait a minute, then try again. If it stays like this, tell support.',
  ],
  declined: [
    403,
    'PROVIDER did not sign you in',
    'You went back, or PROVIDER did not let you in.',
    `${nothing} Try again, or ask support.`,
  ],
  untrusted: [
    400,
    'You could not be signed in',
    'The answer of PROVIDER could not be verified, so we did not use it.',
    `${nothing} Try again; if it stays like this, tell support.`,
  ],
  over: [
    400,
    'This sign-in is over',
    'It took longer than ten minutes, was finished already, or was begun in another browser.',
    `${nothing} Begin again.`,
  ],
  stray: [
    400,
    'This sign-in is not the latest one',
    'You began to sign in again, in another tab perhaps, and only the latest one counts.',
    `${nothing} Begin again.`,
  ],
  often: [
    429,
    'Too many attempts',
    'Signing in has failed too often from where you are.',
    'Try again in a quarter of an hour.',
  ],
  'too long': [
    400,
    'This link is too long',
    'The link that led you here is too long to be kept while you sign in.',
    'Sign in first, then follow the link again.',
  ],
  'no email': [
    403,
    'PROVIDER has not confirmed your email',
    'An account here needs an email address that PROVIDER has verified, and it did not tell us one.',
    'Confirm your email address at PROVIDER, then try again.',
  ],
  deactivated: [
    403,
    'Your account is deactivated',
    'The platform has deactivated your account here, and ended its connections.',
    'Support can tell you why.',
  ],
  'no farewell': [
    404,
    'Sign out at PROVIDER itself',
    'You are signed out here. PROVIDER has no address where we could send you to sign out.',
    'Open PROVIDER and sign out there.',
  ],
  'linked elsewhere': [
    409,
    'PROVIDER is linked to another account',
    'What you want to link was linked to another account here in the meantime.',
    `${nothing} Sign in with PROVIDER to use that account.`,
  ],
}

interface Way {
  /** Where the person was going. */
  readonly continueTo?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
}

export function problemPage(parts: Parts, problem: Problem, way: Way): Answer {
  const name = parts.ways.provider?.name ?? ''
  const [status, ...words] = problems[problem]
  const [title, whatHappened, whoCanMend] = words.map(text => text.replaceAll('PROVIDER', name))
  const href = `/sign-in?continue=${encodeURIComponent(way.continueTo ?? '/')}`
  const page = errorPage({
    platformName: parts.renderer.name,
    status,
    title: title ?? '',
    whatHappened: whatHappened ?? '',
    whoCanMend: whoCanMend ?? '',
    ...(problem !== 'no farewell' && { action: { href, label: 'Sign in again' } }),
  })
  const answer = parts.renderer.page(page, { status, ...(way.cookies && { cookies: way.cookies }) })
  const retry = status === 503 ? { 'Retry-After': '60' } : {}
  return { ...answer, headers: { ...answer.headers, ...retry, ...way.headers } }
}
