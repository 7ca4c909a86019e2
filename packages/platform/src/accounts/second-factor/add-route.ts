/** Setting up an authenticator app, and adding a passkey. Neither counts before it has been shown to work. */
import { encode } from 'uqr'
import { type Answer, type Route, seeOther } from '../../http.ts'
import { addPasskeyPage, qrPicture, setUpPage } from '../../pages/account/security-steps.ts'
import type { Parts } from '../../platform.ts'
import { isAnswer, type OwnAccount } from '../own-account.ts'
import { openText, sealText } from '../sealed.ts'
import { describeAgent } from '../user-agent.ts'
import { readOwnForm } from '../visitor.ts'
import {
  authenticatorUri,
  lockSecret,
  newAuthenticatorSecret,
  setAuthenticator,
  stepOf,
} from './authenticator.ts'
import { askToAdd, readNewPasskey } from './ceremony.ts'
import { changeFactors, factorsOf } from './factors.ts'
import { longestPasskeyName, passkeysAtMost } from './passkey.ts'
import { afterAdding, atSecurity } from './security-route.ts'

const codeTable = {
  code: { description: 'The six digits that the app shows.' },
  seal: { description: 'The sealed secret that the page showed.' },
} as const

/** What the set-up page holds: a secret that counts for nothing yet, for one account. */
interface Offered {
  readonly accountId: number
  readonly secret: string
}

export function authenticatorRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const factors = await factorsOf(parts.store, own.account.id)
      if (factors.authenticatorSince !== null) return seeOther('/account/security')
      return showSetUp(parts, own, { secret: newAuthenticatorSecret() })
    },
    post: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const { code = '', seal } = await readOwnForm(codeTable, call, own.visitor)
      const now = parts.now()
      const { id: accountId } = own.account
      const offered = openText<Offered>(parts.keys, 'authenticator', seal ?? null, now)
      if (offered?.accountId !== accountId) {
        const problem = 'The page was open for too long. Scan the new code.'
        return showSetUp(parts, own, { secret: newAuthenticatorSecret(), problem })
      }
      const { secret } = offered
      const step = stepOf(secret, code.replaceAll(/\s/g, ''), now)
      if (step === null) {
        const problem = 'That is not the code. Check the clock of your phone, and enter the newest.'
        return showSetUp(parts, own, { secret, problem })
      }
      const locked = lockSecret(parts.keys, { accountId, secret }, now)
      const codes = await changeFactors(
        parts.store,
        {
          accountId,
          session: own.live.id,
          kind: 'app_added',
          change: tx => setAuthenticator(tx, { accountId, locked, step }, now),
        },
        now,
      )
      if (!codes) return seeOther('/account/security')
      return afterAdding(parts, own, { codes, what: 'authenticator' })
    },
  }
}

function showSetUp(
  parts: Parts,
  own: OwnAccount,
  { secret, problem }: { secret: string; problem?: string },
): Answer {
  const { account } = own
  const platformName = parts.renderer.name
  const uri = authenticatorUri({ platformName, email: account.email, secret })
  const offered: Offered = { accountId: account.id, secret }
  const page = setUpPage({
    ...own.frame,
    secret: secret.replaceAll(/.{4}(?=.)/g, '$& '),
    picture: qrPicture(encode(uri, { ecc: 'M', border: 4 }).data),
    seal: sealText(parts.keys, 'authenticator', offered, parts.now()),
    ...(problem && { problem }),
  })
  return parts.renderer.page(page, { status: problem ? 400 : 200 })
}

const passkeyTable = {
  name: { description: 'What the owner calls it.' },
  answer: { description: 'What the passkey answered.' },
  seal: { description: 'The seal of the question it answers.' },
} as const

export function addPasskeyRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      return showAdd(parts, own, { name: describeAgent(call.header('user-agent') ?? '') })
    },
    post: async call => {
      const own = await atSecurity(parts, call)
      if (isAnswer(own)) return own
      const params = await readOwnForm(passkeyTable, call, own.visitor)
      const name = (params.name ?? '').trim().slice(0, longestPasskeyName) || 'Passkey'
      const { answer, seal } = params
      const made = await readNewPasskey(parts, askedOf(own), { answer, seal, name })
      const now = parts.now()
      const codes =
        made &&
        (await changeFactors(
          parts.store,
          {
            accountId: own.account.id,
            session: own.live.id,
            kind: 'passkey_added',
            detail: name,
            change: tx => made.keep(tx, now),
          },
          now,
        ))
      if (codes) return afterAdding(parts, own, { codes, what: 'passkey' })
      const problem = `The passkey was not accepted, or it took too long, or you have ${passkeysAtMost} already. Nothing was changed. Try again.`
      return showAdd(parts, own, { name, problem })
    },
  }
}

function askedOf({ visitor, account, person }: OwnAccount) {
  const { id, email } = account
  return { purpose: 'add', csrf: visitor.csrf, account: { id, email, name: person.name } } as const
}

async function showAdd(
  parts: Parts,
  own: OwnAccount,
  shown: { name: string; problem?: string },
): Promise<Answer> {
  const { hasAny } = await factorsOf(parts.store, own.account.id)
  const page = addPasskeyPage({
    ...own.frame,
    ...shown,
    passkey: await askToAdd(parts, askedOf(own)),
    isFirst: !hasAny,
  })
  return parts.renderer.page(page, { status: shown.problem ? 400 : 200 })
}
