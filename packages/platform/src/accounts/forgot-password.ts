/** A forgotten password: six digits by email, then a new one; every session of the account ends. */
import { audit } from '../connection/audit.ts'
import { type Call, type Route, seeOther } from '../http.ts'
import { forgotPasswordPage, resetPasswordPage } from '../pages/forgot-password.ts'
import type { Parts } from '../platform.ts'
import type { Transaction } from '../store/store.ts'
import { emailKey, findByEmail, isEmail } from './account.ts'
import { codeLifetime, findEmailCode, makeEmailCode, useEmailCode } from './email-code.ts'
import { afterEntry, browserOf, type Entry, enter } from './enter.ts'
import { hashPassword, passwordProblem, shortestPassword } from './password.ts'
import { endSessionsOf } from './session.ts'
import { tooManyMails } from './sign-up.ts'
import { readOwnForm, type Visitor, who } from './visitor.ts'

const askTable = { email: { description: 'The account’s email.', required: true } } as const

const resetTable = {
  code: { description: 'The six digits.', required: true },
  password: { description: 'The new password.', required: true },
} as const

export function forgotPasswordRoute(parts: Parts): Route {
  const show = (visitor: Visitor, shown: { email?: string; problem?: string }, status = 200) => {
    const page = forgotPasswordPage({
      ...shown,
      platformName: parts.renderer.name,
      csrf: visitor.csrf,
    })
    return parts.renderer.page(page, { status, cookies: visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => show(await who(parts, call), {}),
    post: async call => {
      const visitor = await who(parts, call)
      const { email = '' } = await readOwnForm(askTable, call, visitor)
      if (!isEmail(email.trim())) {
        return show(
          visitor,
          { email, problem: 'Enter an email address like name@example.com.' },
          400,
        )
      }
      if (await tooManyMails(parts, call, email)) {
        const problem = 'Too many codes were asked for. Try again in a quarter of an hour.'
        return show(visitor, { email, problem }, 429)
      }
      return seeOther('/forgot-password/code', [await sendCode(parts, email.trim())])
    },
  }
}

/** An address without an account gets a mail that says so: the browser sees no difference. */
async function sendCode(parts: Parts, email: string): Promise<string> {
  const about = { purpose: 'reset' as const, email, detail: {} }
  const { secret, digits } = await makeEmailCode(parts.store, about, parts.now())
  const account = await findByEmail(parts.store, email)
  const known = account !== null && account.deactivated_at === null
  const { name } = parts.renderer
  await parts.send({
    to: email,
    subject: known ? `${digits} is your ${name} code` : `No account at ${name} with this address`,
    text: known
      ? `Enter this code on the page you have open to set a new password:\n\n    ${digits}\n\nIt is valid for ten minutes. If you did not ask for it, there is nothing to do: your password stays as it is.`
      : `Someone, probably you, asked for a new password at ${name}, but there is no account with this address. You can sign up at ${parts.settings.url}/sign-up.\n\nIf it was not you, there is nothing to do.`,
  })
  return parts.cookies.write('code', secret, codeLifetime / 1000)
}

export function resetPasswordRoute(parts: Parts): Route {
  const show = (
    visitor: Visitor,
    shown: { email: string; problems?: { code?: string; password?: string } },
    status = 200,
  ) => {
    const page = resetPasswordPage({
      ...shown,
      platformName: parts.renderer.name,
      csrf: visitor.csrf,
      passwordRule: `At least ${shortestPassword} characters.`,
    })
    return parts.renderer.page(page, { status, cookies: visitor.cookies })
  }
  return {
    manner: 'page',
    get: async call => {
      const about = { secret: parts.cookies.read(call, 'code'), purpose: 'reset' as const }
      const waiting = await findEmailCode(parts.store, about, parts.now())
      if (!waiting) return seeOther('/forgot-password')
      return show(await who(parts, call), { email: waiting.email })
    },
    post: async call => {
      const visitor = await who(parts, call)
      const { code = '', password = '' } = await readOwnForm(resetTable, call, visitor)
      const about = { secret: parts.cookies.read(call, 'code'), purpose: 'reset' as const }
      const waiting = await findEmailCode(parts.store, about, parts.now())
      if (!waiting) return seeOther('/forgot-password')
      const { email } = waiting
      const problem = passwordProblem(password, email)
      if (problem) return show(visitor, { email, problems: { password: problem } }, 400)
      const passwordHash = await hashPassword(password)
      const entry = await useEmailCode(
        parts.store,
        { ...about, digits: code.replaceAll(/\D/g, '') },
        (tx, { email }) => replacePassword(parts, tx, { email, passwordHash, call }),
        parts.now(),
      )
      if (entry === 'wrong') {
        return show(
          visitor,
          { email, problems: { code: 'That is not the code. Check the newest mail.' } },
          400,
        )
      }
      if (entry === 'over' || entry === null) {
        const over =
          'This code is no longer valid: it is older than ten minutes, or was tried five times.'
        return show(visitor, { email, problems: { code: over } }, 400)
      }
      return afterEntry(entry, '/account/connections', [parts.cookies.write('code', '', 0)])
    },
  }
}

/**
 * Sets the password, ends every session and enters; `null` when the account is gone. A new password is
 * no second factor: where the account has one, it is asked for as at every sign-in.
 */
async function replacePassword(
  parts: Parts,
  tx: Transaction,
  { email, passwordHash, call }: { email: string; passwordHash: string; call: Call },
): Promise<Entry | null> {
  const now = parts.now()
  const [account] = await tx.run<{ id: number }>(
    `update account set password_hash = $2 where email_key = $1 and deactivated_at is null returning id`,
    emailKey(email),
    passwordHash,
  )
  if (!account) return null
  const { id: accountId } = account
  await endSessionsOf(tx, accountId)
  const actor = `account:${accountId}` as const
  await audit(tx, { at: now, kind: 'account.password_changed', actor, accountId })
  return enter(parts, tx, { accountId, ...browserOf(parts, call), now })
}
