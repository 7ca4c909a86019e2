/** `/account/security/password`: a new password, for whoever knows the one before. */
import { audit } from '../connection/audit.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { passwordPage } from '../pages/account/security-steps.ts'
import type { Parts } from '../platform.ts'
import { emailKey, findByEmail } from './account.ts'
import { tellChange } from './letters.ts'
import { atAccount, isAnswer, type OwnAccount } from './own-account.ts'
import { hashPassword, passwordFits, passwordProblem, shortestPassword } from './password.ts'
import { factorsOf } from './second-factor/factors.ts'
import { inWords } from './second-factor/proof.ts'
import { hasPassword } from './second-factor/security-route.ts'
import { endSessionsOf } from './session.ts'
import { demandFresh } from './step-up.ts'
import { readOwnForm } from './visitor.ts'

const passwordTable = {
  current: { description: 'The password until now.' },
  password: { description: 'The new one.' },
} as const

interface Shown {
  readonly problems: { readonly current?: string; readonly password?: string }
  readonly status?: number
}

export function passwordRoute(parts: Parts): Route {
  const path = '/account/security/password'
  /** The current password is asked for in the form itself; a second factor beside it. */
  const ask = async (own: OwnAccount): Promise<Answer | null> => {
    if (!(await hasPassword(parts, own))) return seeOther('/account/security')
    const { hasAny } = await factorsOf(parts.store, own.account.id)
    return hasAny ? demandFresh(parts, own.visitor, { back: path, why: 'security' }) : null
  }
  const show = (own: OwnAccount, { problems, status = 200 }: Shown): Answer => {
    const page = passwordPage({
      ...own.frame,
      email: own.account.email,
      passwordRule: `At least ${shortestPassword} characters.`,
      problems,
    })
    return parts.renderer.page(page, { status })
  }
  return {
    manner: 'page',
    get: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      return (await ask(own)) ?? show(own, { problems: {} })
    },
    post: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const { current = '', password = '' } = await readOwnForm(passwordTable, call, own.visitor)
      const asked = await ask(own)
      if (asked) return asked
      const key = `${emailKey(own.account.email)} ${parts.clientAddress(call)}`
      const refusal = await parts.failedSignIn.claim(key)
      if (refusal) {
        const problems = { current: `Too many attempts. Try again in ${inWords(refusal.wait)}.` }
        return show(own, { problems, status: 429 })
      }
      const stored = (await findByEmail(parts.store, own.account.email))?.password_hash ?? null
      if (!(await passwordFits(current, stored))) {
        return show(own, { problems: { current: 'That is not your password.' }, status: 401 })
      }
      await parts.failedSignIn.forgive(key)
      const problem = passwordProblem(password, own.account.email)
      if (problem) return show(own, { problems: { password: problem }, status: 400 })
      await change(parts, own, { passwordHash: await hashPassword(password), before: stored })
      return seeOther('/account/security?done=password')
    },
  }
}

/** Of two changes at once one counts; the other one was made for a password that is gone. */
async function change(
  parts: Parts,
  { account, live }: OwnAccount,
  { passwordHash, before }: { passwordHash: string; before: string | null },
): Promise<void> {
  const now = parts.now()
  const { id: accountId } = account
  await parts.store.write(async tx => {
    const [changed] = await tx.run(
      'update account set password_hash = $2 where id = $1 and password_hash = $3 returning id',
      accountId,
      passwordHash,
      before,
    )
    if (!changed) return
    await endSessionsOf(tx, accountId, live.id)
    const actor = `account:${accountId}` as const
    await audit(tx, { at: now, kind: 'account.password_changed', actor, accountId })
  })
  tellChange(parts, account, 'password')
}
