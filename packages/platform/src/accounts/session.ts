/**
 * Sessions in the browser. The cookie holds 256 random bits; the database their SHA-256, so a leaked
 * database signs nobody in. A session is made new at every sign-in and deleted at sign-out.
 */
import { hash, randomBytes } from 'node:crypto'
import type { Store, Transaction } from '../store/store.ts'
import { type Account, accountColumns } from './account.ts'

export const sessionLifetime = 14 * 86_400_000

/** Makes a session within a step; answers the cookie's value. */
export async function startSession(
  tx: Transaction,
  accountId: number,
  now: number,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  await tx.run(
    'insert into session (id, account_id, created_at, expires_at) values ($1, $2, $3, $4)',
    sessionId(secret),
    accountId,
    now,
    now + sessionLifetime,
  )
  return secret
}

/** Who the cookie's value signs in, or `null`. */
export async function findSession(
  store: Store,
  secret: string,
  now: number,
): Promise<Account | null> {
  if (!/^[\w-]{43}$/.test(secret)) return null
  const [account] = await store.read<Account>(
    `select ${accountColumns} from session s join account u on u.id = s.account_id
     where s.id = $1 and s.expires_at > $2 and u.deactivated_at is null`,
    sessionId(secret),
    now,
  )
  return account ?? null
}

/** Ends the session within a step. */
export async function endSession(tx: Transaction, secret: string): Promise<void> {
  await tx.run('delete from session where id = $1', sessionId(secret))
}

/** Ends all sessions of an account within a step (a new password does). */
export async function endSessionsOf(tx: Transaction, accountId: number): Promise<void> {
  await tx.run('delete from session where account_id = $1', accountId)
}

function sessionId(secret: string): Buffer {
  return hash('sha256', `session ${secret}`, 'buffer')
}
