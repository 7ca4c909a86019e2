/**
 * Recovery codes: ten for whoever loses the phone. Each holds 80 random bits, so that SHA-256 keeps a
 * stolen database from yielding one and no throttle is needed; each works once.
 */
import { hash, randomBytes } from 'node:crypto'
import { audit } from '../../connection/audit.ts'
import type { Store, Transaction } from '../../store/store.ts'

export const codesAtOnce = 10

/** Crockford's base32: no letter that could be taken for another, or for a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Within a step: ten new codes in the place of all earlier ones. They are never shown again. */
export async function makeRecoveryCodes(
  tx: Transaction,
  accountId: number,
  now: number,
): Promise<readonly string[]> {
  const codes = Array.from({ length: codesAtOnce }, newCode)
  await tx.run('delete from recovery_code where account_id = $1', accountId)
  for (const code of codes) {
    await tx.run(
      'insert into recovery_code (account_id, code_hash, created_at) values ($1, $2, $3)',
      accountId,
      hashOf(accountId, code),
      now,
    )
  }
  const actor = `account:${accountId}` as const
  await audit(tx, { at: now, kind: 'second_factor.codes_made', actor, accountId })
  return codes
}

/** Uses a code up: of any number at once, one gets `true`. Spaces, dashes and capitals do not matter. */
export function useRecoveryCode(
  store: Store,
  { accountId, code }: { accountId: number; code: string },
  now: number,
): Promise<boolean> {
  const actor = `account:${accountId}` as const
  return store.write(async tx => {
    const [used] = await tx.run(
      `update recovery_code set used_at = $3
       where account_id = $1 and code_hash = $2 and used_at is null returning account_id`,
      accountId,
      hashOf(accountId, code),
      now,
    )
    if (!used) return false
    await audit(tx, { at: now, kind: 'second_factor.code_used', actor, accountId })
    return true
  })
}

function newCode(): string {
  const letters = Array.from(randomBytes(16), byte => alphabet[byte % 32])
  return letters.join('').replaceAll(/.{4}(?=.)/g, '$&-')
}

function hashOf(accountId: number, code: string): Buffer {
  const plain = code
    .toLowerCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll(/[il]/g, '1')
    .replaceAll('o', '0')
  return hash('sha256', `recovery ${accountId} ${plain}`, 'buffer')
}
