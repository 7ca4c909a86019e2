/**
 * Judging what somebody gives as a second factor: a code of the authenticator app, a recovery code, or a
 * passkey's answer. Attempts are counted before they are judged, per account and address, and those at
 * six digits per account as well: whoever is counted has given the right password first, so no stranger
 * uses up the owner's attempts; and passkeys and recovery codes stay open when the digits are not.
 */
import type { Call } from '../../http.ts'
import type { Parts } from '../../platform.ts'
import { useAuthenticator } from './authenticator.ts'
import { type Answered, type Asked, judgePasskey } from './ceremony.ts'
import { useRecoveryCode } from './recovery-code.ts'

export const proofTable = {
  code: { description: 'Six digits of the authenticator app.' },
  recovery: { description: 'A recovery code.' },
  answer: { description: 'What a passkey answered.' },
  seal: { description: 'The seal of the question it answers.' },
} as const

export type Proof = Answered & {
  readonly code?: string | undefined
  readonly recovery?: string | undefined
}

/** `null` when it is right; else why not, in words, with the status and headers of the answer. */
export interface Doubt {
  readonly field: 'code' | 'recovery' | 'answer'
  readonly problem: string
  readonly status: 400 | 401 | 429
  readonly headers?: Readonly<Record<string, string>>
}

type AskedOf = Asked & { readonly account: NonNullable<Asked['account']> }

export async function judgeProof(
  parts: Parts,
  { asked, proof, call }: { asked: AskedOf; proof: Proof; call: Call },
): Promise<Doubt | null> {
  const field = proof.answer ? 'answer' : proof.recovery ? 'recovery' : 'code'
  const key = `factor ${asked.account.id} ${parts.clientAddress(call)}`
  const refusal = await parts.failedSignIn.claim(key)
  if (refusal) {
    const { headers, wait } = refusal
    return {
      field,
      problem: `Too many attempts. Try again in ${inWords(wait)}.`,
      status: 429,
      headers,
    }
  }
  const doubt = await judges[field](parts, asked, proof)
  if (!doubt) await parts.failedSignIn.forgive(key)
  return doubt && { field, ...doubt }
}

type Judge = (parts: Parts, asked: AskedOf, proof: Proof) => Promise<Omit<Doubt, 'field'> | null>

const judges: Readonly<Record<Doubt['field'], Judge>> = {
  code: judgeDigits,
  recovery: async ({ store, now }, { account }, { recovery = '' }) =>
    (await useRecoveryCode(store, { accountId: account.id, code: recovery }, now()))
      ? null
      : { status: 401, problem: 'That is none of your recovery codes, or it was used before.' },
  answer: async (parts, asked, proof) =>
    (await judgePasskey(parts, asked, proof))
      ? null
      : { status: 401, problem: 'That passkey was not accepted, or it took too long. Try again.' },
}

async function judgeDigits(parts: Parts, { account }: AskedOf, { code = '' }: Proof) {
  const digits = code.replaceAll(/\s/g, '')
  if (digits === '') return { status: 400, problem: 'Enter the six digits.' } as const
  if (await parts.failedDigits.claim(String(account.id))) {
    const problem =
      'Too many codes were tried today by somebody who knows your password. Use a passkey or a recovery code, and then change your password.'
    return { status: 429, problem } as const
  }
  const used = await useAuthenticator(parts, { accountId: account.id, digits }, parts.now())
  if (used === 'right') return null
  if (used === 'wrong') {
    const problem =
      'That is not the code, or it was used before. Wait for the next one, and check the clock of your phone.'
    return { status: 401, problem } as const
  }
  parts.log.error({ account: account.id }, 'The key of an authenticator’s secret is gone.')
  const problem =
    'Codes of your authenticator app cannot be checked any more. Use a passkey or a recovery code, and set the app up again.'
  return { status: 401, problem } as const
}

/** Seconds in words. */
export function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
