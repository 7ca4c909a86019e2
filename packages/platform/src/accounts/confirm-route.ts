/** `/account/confirm`: asks somebody who is signed in to prove once more that the account is theirs. */
import { audit } from '../connection/audit.ts'
import { type Answer, type Call, type Route, seeOther } from '../http.ts'
import { confirmPage } from '../pages/account/confirm.ts'
import { fromQuery, requestLength } from '../params.ts'
import type { Parts } from '../platform.ts'
import { emailKey, findByEmail } from './account.ts'
import { localPath } from './local-path.ts'
import { atAccount, isAnswer, type OwnAccount } from './own-account.ts'
import { passwordFits } from './password.ts'
import { askForPasskey } from './second-factor/ceremony.ts'
import { type Factors, factorsOf } from './second-factor/factors.ts'
import { type Doubt, inWords, judgeProof, type Proof, proofTable } from './second-factor/proof.ts'
import { proveSession } from './session.ts'
import { type Freshener, fresheners, isFresh } from './step-up.ts'
import { readOwnForm } from './visitor.ts'

const whereTable = {
  continue: { description: 'Where to go afterwards, on this platform.', longest: requestLength },
  why: { description: 'What it is asked for.' },
} as const

const confirmTable = {
  ...whereTable,
  ...proofTable,
  password: { description: 'The account’s password, where it has no second factor.' },
} as const

type PasswordDoubt = Omit<Doubt, 'field'> & { readonly field: 'password' }

export function confirmRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const { params } = fromQuery(whereTable, call.query)
      if (isFresh(parts, own.visitor)) return seeOther(localPath(params.continue))
      return show(parts, own, params)
    },
    post: async call => {
      const own = await atAccount(parts, call)
      if (isAnswer(own)) return own
      const params = await readOwnForm(confirmTable, call, own.visitor)
      const factors = await factorsOf(parts.store, own.account.id)
      const doubt = factors.hasAny
        ? await judgeProof(parts, { asked: askedOf(own), proof: params, call })
        : await judgePassword(parts, own, { password: params.password ?? '', call })
      if (doubt) return show(parts, own, params, doubt)
      await confirm(parts, own)
      return seeOther(localPath(params.continue))
    },
  }
}

function askedOf({ visitor, person }: OwnAccount) {
  const { id, email } = visitor.account
  return {
    purpose: 'confirm',
    csrf: visitor.csrf,
    account: { id, email, name: person.name },
  } as const
}

async function confirm(parts: Parts, { account, live }: OwnAccount): Promise<void> {
  const now = parts.now()
  const { id: accountId } = account
  await parts.store.write(async tx => {
    await proveSession(tx, live.id, now)
    await audit(tx, {
      at: now,
      kind: 'session.confirmed',
      actor: `account:${accountId}`,
      accountId,
    })
  })
}

/** The same count as at sign-in: asking here is no second chance to guess. */
async function judgePassword(
  parts: Parts,
  { account }: OwnAccount,
  { password, call }: { password: string; call: Call },
): Promise<PasswordDoubt | null> {
  const key = `${emailKey(account.email)} ${parts.clientAddress(call)}`
  const refusal = await parts.failedSignIn.claim(key)
  if (refusal) {
    const problem = `Too many attempts. Try again in ${inWords(refusal.wait)}.`
    return { field: 'password', problem, status: 429, headers: refusal.headers }
  }
  const known = await findByEmail(parts.store, account.email)
  if (!(await passwordFits(password, known?.password_hash ?? null))) {
    return { field: 'password', problem: 'That is not your password.', status: 401 }
  }
  await parts.failedSignIn.forgive(key)
  return null
}

async function show(
  parts: Parts,
  own: OwnAccount,
  params: Proof & { readonly continue?: string; readonly why?: string },
  doubt?: Doubt | PasswordDoubt,
): Promise<Answer> {
  const factors = await factorsOf(parts.store, own.account.id)
  const why: Freshener = isFreshener(params.why) ? params.why : 'security'
  const page = confirmPage({
    ...own.frame,
    why,
    ...fresheners[why],
    continueTo: localPath(params.continue),
    way: await wayOf(parts, own, factors),
    ...(doubt && { doubt }),
  })
  const answer = parts.renderer.page(page, { status: doubt?.status ?? 200 })
  return { ...answer, headers: { ...answer.headers, ...doubt?.headers } }
}

/** What this account is asked for. */
async function wayOf(parts: Parts, own: OwnAccount, factors: Factors) {
  if (factors.hasAny) {
    const passkey = factors.passkeys.length > 0 && (await askForPasskey(parts, askedOf(own)))
    return {
      kind: 'second factor' as const,
      authenticator: factors.authenticatorSince !== null,
      passkey: passkey || null,
    }
  }
  const known = await findByEmail(parts.store, own.account.email)
  if (parts.ways.passwords && known?.password_hash != null) return { kind: 'password' as const }
  return { kind: 'elsewhere' as const, provider: parts.ways.provider?.name ?? null }
}

function isFreshener(why: string | undefined): why is Freshener {
  return why !== undefined && Object.hasOwn(fresheners, why)
}
