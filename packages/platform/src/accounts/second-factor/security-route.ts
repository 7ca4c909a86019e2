/** `/account/security`: how one signs in; and changing it, for whoever has proved lately to be the owner. */
import { type Answer, type Call, type Route, seeOther } from '../../http.ts'
import { securityPage } from '../../pages/account/security.ts'
import { askPage, recoveryCodesPage } from '../../pages/account/security-steps.ts'
import { fromQuery } from '../../params.ts'
import type { Parts } from '../../platform.ts'
import { findByEmail } from '../account.ts'
import { tellChange } from '../letters.ts'
import { atAccount, isAnswer, type OwnAccount } from '../own-account.ts'
import { demandFresh } from '../step-up.ts'
import { readOwnForm } from '../visitor.ts'
import { changeFactors, factorsOf } from './factors.ts'
import { removePasskey } from './passkey.ts'
import { makeRecoveryCodes } from './recovery-code.ts'

const doneTable = { done: { description: 'What was done.' } } as const

const done: Readonly<Record<string, string>> = {
  authenticator: 'Your authenticator app is set up.',
  'no-authenticator': 'The authenticator app is removed.',
  passkey: 'The passkey is added.',
  'no-passkey': 'The passkey is removed.',
  password: 'Your password is changed, and every other browser is signed out.',
}

export function securityRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const said = done[fromQuery(doneTable, call.query).params.done ?? '']
      const page = securityPage({
        ...own.frame,
        factors: await factorsOf(parts.store, own.account.id),
        hasPassword: await hasPassword(parts, own),
        now: parts.now(),
        ...(said && { done: said }),
      })
      return parts.renderer.page(page)
    },
  }
}

export async function hasPassword(parts: Parts, { account }: OwnAccount): Promise<boolean> {
  if (!parts.ways.passwords) return false
  return (await findByEmail(parts.store, account.email))?.password_hash != null
}

/** The person at a page that changes how they sign in: signed in, and proved lately. */
export async function atSecurity(parts: Parts, call: Call): Promise<OwnAccount | Answer> {
  const own = await atAccount(parts, call)
  if (isAnswer(own)) return own
  const here = call.method === 'POST' ? call.path : `${call.path}${call.query && '?'}${call.query}`
  return demandFresh(parts, own.visitor, { back: here, why: 'security' }) ?? own
}

/** Shows the codes that the first factor brings; any later one brings none. */
export function afterAdding(
  parts: Parts,
  own: OwnAccount,
  { codes, what }: { codes: readonly string[]; what: 'authenticator' | 'passkey' },
): Answer {
  tellChange(parts, own.account, what)
  if (codes.length === 0) return seeOther(`/account/security?done=${what}`)
  return parts.renderer.page(recoveryCodesPage({ ...own.frame, codes, isFirst: true }))
}

export function removeAuthenticatorRoute(parts: Parts): Route {
  const action = '/account/security/authenticator/remove'
  return {
    manner: 'page',
    get: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const factors = await factorsOf(parts.store, own.account.id)
      if (factors.authenticatorSince === null) return seeOther('/account/security')
      const page = askPage({
        ...own.frame,
        action,
        title: 'Remove the authenticator app?',
        points: ['Its codes do not sign you in any more.', rest(factors.passkeys.length)],
        button: 'Remove it',
        isDanger: true,
        fields: {},
      })
      return parts.renderer.page(page)
    },
    post: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      await readOwnForm({}, call, own.visitor)
      const { id: accountId } = own.account
      const change: Parameters<typeof changeFactors>[1]['change'] = async tx =>
        (
          await tx.run(
            'delete from authenticator where account_id = $1 returning account_id',
            accountId,
          )
        ).length > 0
      const step = { accountId, session: own.live.id, kind: 'app_removed', change } as const
      if (await changeFactors(parts.store, step, parts.now()))
        tellChange(parts, own.account, 'no authenticator')
      return seeOther('/account/security?done=no-authenticator')
    },
  }
}

function rest(others: number): string {
  if (others === 0)
    return 'It is your last second factor. After it your password alone signs you in, and your recovery codes are gone.'
  return `Your ${others === 1 ? 'passkey stays' : `${others} passkeys stay`}, and so do your recovery codes.`
}

const passkeyTable = { passkey: { description: 'Which one.', required: true } } as const

export function removePasskeyRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const { passkey = '' } = fromQuery(passkeyTable, call.query).params
      const factors = await factorsOf(parts.store, own.account.id)
      const found = factors.passkeys.find(({ id }) => Buffer.from(id).equals(idOf(passkey)))
      if (!found) return seeOther('/account/security')
      const isLast = factors.authenticatorSince === null && factors.passkeys.length === 1
      const page = askPage({
        ...own.frame,
        action: '/account/security/passkeys/remove',
        title: `Remove the passkey ${found.name}?`,
        points: [
          'It does not sign you in any more. Your device may go on showing it until you delete it there.',
          isLast ? rest(0) : 'Your other second factors stay, and so do your recovery codes.',
        ],
        button: 'Remove it',
        isDanger: true,
        fields: { passkey },
      })
      return parts.renderer.page(page)
    },
    post: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const { passkey = '' } = await readOwnForm(passkeyTable, call, own.visitor)
      const { id: accountId } = own.account
      const step = {
        accountId,
        session: own.live.id,
        kind: 'passkey_removed',
        change: (tx: Parameters<typeof removePasskey>[0]) =>
          removePasskey(tx, { accountId, id: idOf(passkey) }),
      } as const
      if (await changeFactors(parts.store, step, parts.now()))
        tellChange(parts, own.account, 'no passkey')
      return seeOther('/account/security?done=no-passkey')
    },
  }
}

function idOf(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

/** Ten new codes in the place of the earlier ones. */
export function recoveryCodesRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const { hasAny, codesLeft } = await factorsOf(parts.store, own.account.id)
      if (!hasAny) return seeOther('/account/security')
      const page = askPage({
        ...own.frame,
        action: '/account/security/recovery-codes',
        title: 'Make new recovery codes?',
        points: [
          'You get ten new codes, shown once.',
          `The ${codesLeft} that you have left do not work any more.`,
        ],
        button: 'Make new codes',
        isDanger: false,
        fields: {},
      })
      return parts.renderer.page(page)
    },
    post: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      await readOwnForm({}, call, own.visitor)
      const { account } = own
      if (!(await factorsOf(parts.store, account.id)).hasAny) return seeOther('/account/security')
      const codes = await parts.store.write(tx => makeRecoveryCodes(tx, account.id, parts.now()))
      tellChange(parts, account, 'codes')
      return parts.renderer.page(recoveryCodesPage({ ...own.frame, codes, isFirst: false }))
    },
  }
}
