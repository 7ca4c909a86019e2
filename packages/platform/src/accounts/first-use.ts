/** What may be used once: a row remembers it for as long as it would have been good. */
import { hash } from 'node:crypto'
import type { Transaction } from '../store/store.ts'
import { sealedLifetime } from './sealed.ts'

/** Within a step: `true` for the first use of this text, of any number at once. */
export async function isFirstUse(tx: Transaction, text: string, now: number): Promise<boolean> {
  await tx.run('delete from used_sign_in where expires_at < $1', now)
  const [first] = await tx.run(
    'insert into used_sign_in (id, expires_at) values ($1, $2) on conflict (id) do nothing returning id',
    hash('sha256', `used ${text}`, 'buffer'),
    now + sealedLifetime,
  )
  return first !== undefined
}
