/**
 * A sign-in that waits for the second factor. It lives in a sealed cookie for ten minutes and is no
 * session: nothing but the page that asks for the second factor looks at it. It falls with the password
 * it was given for, and with the account.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Call } from '../../http.ts'
import type { Parts } from '../../platform.ts'
import type { Transaction } from '../../store/store.ts'
import { type Account, accountColumns } from '../account.ts'
import { openText, sealedLifetime, sealText } from '../sealed.ts'

interface Pending {
  readonly accountId: number
  /** How the first step was taken, for the audit trail: `''` by password. */
  readonly detail: string
  /** Of the password as it was then. */
  readonly mark: string
}

/** Within a step: the `Set-Cookie` value of a sign-in that waits. */
export async function pendingCookie(
  parts: Pick<Parts, 'keys' | 'cookies'>,
  tx: Transaction,
  about: { accountId: number; detail: string; now: number },
): Promise<string> {
  const { accountId, detail, now } = about
  const [row] = await tx.run<{ password_hash: string | null }>(
    'select password_hash from account where id = $1',
    accountId,
  )
  const pending: Pending = { accountId, detail, mark: markOf(row?.password_hash ?? null) }
  const text = sealText(parts.keys, 'pending', pending, now)
  return parts.cookies.write('pending', text, sealedLifetime / 1000)
}

/** Who waits in this browser, or `null`. */
export async function findPending(
  parts: Parts,
  call: Call,
): Promise<{ account: Account; detail: string } | null> {
  const text = parts.cookies.read(call, 'pending')
  const pending = openText<Pending>(parts.keys, 'pending', text, parts.now())
  if (!pending) return null
  const [row] = await parts.store.read<Account & { password_hash: string | null }>(
    `select ${accountColumns}, u.password_hash from account u
     where u.id = $1 and u.deactivated_at is null`,
    pending.accountId,
  )
  if (!row) return null
  const { password_hash, ...account } = row
  const [mark, then] = [Buffer.from(markOf(password_hash)), Buffer.from(pending.mark)]
  if (mark.length !== then.length || !timingSafeEqual(mark, then)) return null
  return { account, detail: pending.detail }
}

function markOf(passwordHash: string | null): string {
  return hash('sha256', `pending ${passwordHash ?? ''}`, 'base64url').slice(0, 22)
}
