/**
 * Signing up: a form, six digits by email, an account. An address that has an account already gets a
 * mail that says so, and the browser sees the same page: nobody learns who has an account here.
 */
import { audit } from '../connection/audit.ts'
import { type Answer, type Call, type Route, seeOther } from '../http.ts'
import { signUpCodePage, signUpPage } from '../pages/sign-up.ts'
import { fromQuery, requestLength } from '../params.ts'
import type { Parts } from '../platform.ts'
import { addAccount, emailKey, findByEmail } from './account.ts'
import { codeLifetime, findEmailCode, makeEmailCode, useEmailCode } from './email-code.ts'
import { localPath } from './local-path.ts'
import { hashPassword, shortestPassword } from './password.ts'
import { sessionLifetime, startSession } from './session.ts'
import { destination, isForDeveloper, type SignUpFields, signUpProblems } from './sign-up-form.ts'
import { isSignedIn, readOwnForm, type Visitor, who } from './visitor.ts'

const continueTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
} as const

const showTable = {
  ...continueTable,
  for: { description: '`developer` asks what the Developer Platform needs to know as well.' },
} as const

const signUpTable = {
  ...showTable,
  organization: { description: 'The company, of a developer.' },
  phone: { description: 'A phone number, of a developer.' },
  firstName: { description: 'First name.', required: true },
  lastName: { description: 'Last name.', required: true },
  email: { description: 'Email.', required: true },
  password: { description: `At least ${shortestPassword} characters.`, required: true },
} as const

const codeTable = {
  ...continueTable,
  code: { description: 'The six digits.', required: true },
} as const

/** What waits for the proof of the address. */
interface Waiting {
  readonly firstName: string
  readonly lastName: string
  readonly organization: string
  readonly phone: string
  readonly passwordHash: string
}

export function signUpRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const wanted = fromQuery(showTable, call.query).params
      const continueTo = destination(wanted)
      if (isSignedIn(visitor)) return seeOther(continueTo)
      const developer = isForDeveloper(wanted)
      return form(parts, visitor, { continueTo, developer, fields: {}, problems: {} })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const { for: whom, continue: path, ...fields } = await readOwnForm(signUpTable, call, visitor)
      const wanted = { ...(path && { continue: path }), ...(whom && { for: whom }) }
      const continueTo = destination(wanted)
      const developer = isForDeveloper(wanted)
      const shown = { continueTo, developer, fields }
      const problems = signUpProblems(fields, developer)
      const { firstName = '', lastName = '', email = '', password = '' } = fields
      if (Object.keys(problems).length > 0) return form(parts, visitor, { ...shown, problems }, 400)
      if (await tooManyMails(parts, call, email)) {
        const wait = 'Too many codes were asked for. Try again in a quarter of an hour.'
        return form(parts, visitor, { ...shown, problems: { email: wait } }, 429)
      }
      const { organization = '', phone = '' } = developer ? fields : {}
      const passwordHash = await hashPassword(password)
      const waiting: Waiting = { firstName, lastName, organization, phone, passwordHash }
      const cookie = await sendCode(parts, email, waiting)
      return seeOther(`/sign-up/code?continue=${encodeURIComponent(continueTo)}`, [cookie])
    },
  }
}

function form(
  parts: Parts,
  visitor: Visitor,
  shown: { continueTo: string; developer: boolean; fields: SignUpFields; problems: SignUpFields },
  status = 200,
): Answer {
  const { password: _, ...kept } = shown.fields
  const page = signUpPage({
    platformName: parts.renderer.name,
    csrf: visitor.csrf,
    continueTo: shown.continueTo,
    developer: shown.developer,
    passwordRule: `At least ${shortestPassword} characters.`,
    values: kept,
    problems: shown.problems,
  })
  return parts.renderer.page(page, { status, cookies: visitor.cookies })
}

/** Mails are limited per address and per peer, so that nobody floods a stranger's inbox. */
export async function tooManyMails(parts: Parts, call: Call, email: string): Promise<boolean> {
  const refusals = await Promise.all([
    parts.mails.claim(`to ${emailKey(email)}`),
    parts.mails.claim(`from ${parts.clientAddress(call)}`),
  ])
  return refusals.some(refusal => refusal !== null)
}

async function sendCode(parts: Parts, email: string, waiting: Waiting): Promise<string> {
  const about = { purpose: 'sign-up' as const, email: email.trim(), detail: waiting }
  const { secret, digits } = await makeEmailCode(parts.store, about, parts.now())
  const known = await findByEmail(parts.store, email)
  const { name } = parts.renderer
  await parts.send({
    to: about.email,
    subject: known ? `You already have an account at ${name}` : `${digits} is your ${name} code`,
    text: known
      ? `Someone, probably you, tried to sign up at ${name} with this address. You already have an account: sign in at ${parts.settings.url}/sign-in, or set a new password at ${parts.settings.url}/forgot-password.\n\nIf it was not you, there is nothing to do.`
      : `Welcome to ${name}. Enter this code on the page you have open:\n\n    ${digits}\n\nIt is valid for ten minutes. If you did not ask for it, there is nothing to do.`,
  })
  return parts.cookies.write('code', secret, codeLifetime / 1000)
}

export function signUpCodeRoute(parts: Parts): Route {
  const show = (
    visitor: Visitor,
    shown: { email: string; continueTo: string; problem?: string },
    status = 200,
  ) => {
    const page = signUpCodePage({ ...shown, platformName: parts.renderer.name, csrf: visitor.csrf })
    return parts.renderer.page(page, { status, cookies: visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const secret = parts.cookies.read(call, 'code')
      const waiting = await findEmailCode(parts.store, { secret, purpose: 'sign-up' }, parts.now())
      if (!waiting) return seeOther('/sign-up')
      const continueTo = localPath(fromQuery(continueTable, call.query).params.continue)
      return show(visitor, { email: waiting.email, continueTo })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const params = await readOwnForm(codeTable, call, visitor)
      const continueTo = localPath(params.continue)
      const secret = parts.cookies.read(call, 'code')
      const about = { secret, purpose: 'sign-up' as const }
      const waiting = await findEmailCode(parts.store, about, parts.now())
      const digits = (params.code ?? '').replaceAll(/\D/g, '')
      const session = await useEmailCode(
        parts.store,
        { ...about, digits },
        openAccount(call.header('user-agent'), parts.now()),
        parts.now(),
      )
      if (session === 'over' || session === 'taken' || !waiting) {
        const problem =
          'This code is no longer valid: it is older than ten minutes, or was tried five times.'
        return show(visitor, { email: waiting?.email ?? '', continueTo, problem }, 400)
      }
      if (session === 'wrong') {
        const problem = 'That is not the code. Check the newest mail.'
        return show(visitor, { email: waiting.email, continueTo, problem }, 400)
      }
      return seeOther(continueTo, [
        parts.cookies.write('session', session, sessionLifetime / 1000),
        parts.cookies.write('code', '', 0),
      ])
    },
  }
}

/** Adds the account and signs it in, in the step that used the code up. */
function openAccount(agent: string | undefined, now: number) {
  return async (
    tx: import('../store/store.ts').Transaction,
    about: { email: string; detail: unknown },
  ) => {
    const waiting = about.detail as Waiting
    const account = { ...waiting, email: about.email, isReviewer: false }
    const accountId = await addAccount(tx, account, 'self', now)
    if (accountId === null) return 'taken' as const
    await audit(tx, { at: now, kind: 'session.started', actor: `account:${accountId}`, accountId })
    return startSession(tx, { accountId, agent }, now)
  }
}

/** A new code for the address under way. */
export function signUpResendRoute(parts: Parts): Route {
  return {
    manner: 'page',
    post: async call => {
      const visitor = await who(parts, call)
      const params = await readOwnForm(continueTable, call, visitor)
      const secret = parts.cookies.read(call, 'code')
      const waiting = await findEmailCode(parts.store, { secret, purpose: 'sign-up' }, parts.now())
      if (!waiting) return seeOther('/sign-up')
      const next = `/sign-up/code?continue=${encodeURIComponent(localPath(params.continue))}`
      if (await tooManyMails(parts, call, waiting.email)) return seeOther(next)
      return seeOther(next, [await sendCode(parts, waiting.email, waiting.detail as Waiting)])
    },
  }
}
