/** Accounts: the people who can sign in. As users they connect apps; a reviewer also decides on apps. */
import { type Actor, audit } from '../connection/audit.ts'
import { end } from '../connection/connection.ts'
import type { Store, Transaction } from '../store/store.ts'

export interface Account {
  readonly id: number
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  /** Asked of developers; `''` for whoever only connects apps. */
  readonly organization: string
  readonly phone: string
  readonly is_reviewer: number
  readonly created_at: number
  readonly deactivated_at: number | null
}

export const accountColumns = `u.id, u.email, u.first_name, u.last_name, u.organization, u.phone, u.is_reviewer,
  u.created_at, u.deactivated_at`

/** Two spellings of one address are one account. */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

/** A usable address: one @, something on both sides, nothing that could break a mail header. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"',;:()[\]\\]+@[^\s@<>"',;:()[\]\\]+$/.test(text)
}

export function nameOf(account: Account): string {
  return `${account.first_name} ${account.last_name}`.trim() || account.email
}

export async function findAccount(store: Store, id: number): Promise<Account | null> {
  const [account] = await store.read<Account>(
    `select ${accountColumns} from account u where u.id = $1`,
    id,
  )
  return account ?? null
}

/** The account with its password hash, for signing in; `null` when the address has none. */
export async function findByEmail(
  store: Store,
  email: string,
): Promise<(Account & { password_hash: string | null }) | null> {
  const [account] = await store.read<Account & { password_hash: string | null }>(
    `select ${accountColumns}, u.password_hash from account u where u.email_key = $1`,
    emailKey(email),
  )
  return account ?? null
}

export interface NewAccount {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly organization?: string
  readonly phone?: string
  readonly passwordHash: string | null
  readonly isReviewer: boolean
}

/** Adds an account within a step. Answers its id, or `null` when the address has one already. */
export async function addAccount(
  tx: Transaction,
  account: NewAccount,
  actor: Actor | 'self',
  now: number,
): Promise<number | null> {
  const [row] = await tx.run<{ id: number }>(
    `insert into account (email, email_key, first_name, last_name, password_hash, is_reviewer,
       created_at, organization, phone)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (email_key) do nothing returning id`,
    account.email.trim(),
    emailKey(account.email),
    account.firstName.trim(),
    account.lastName.trim(),
    account.passwordHash,
    account.isReviewer ? 1 : 0,
    now,
    account.organization?.trim() ?? '',
    account.phone?.trim() ?? '',
  )
  if (!row) return null
  await audit(tx, {
    at: now,
    kind: 'account.created',
    actor: actor === 'self' ? `account:${row.id}` : actor,
    accountId: row.id,
  })
  return row.id
}

/**
 * Deactivates an account: its sessions and connections end in the same step. Answers how many, or
 * `null` when it was deactivated before.
 */
export function deactivateAccount(
  store: Store,
  account: Account,
  actor: Actor,
  now: number,
): Promise<{ sessions: number; connections: number } | null> {
  return store.write(async tx => {
    const [changed] = await tx.run(
      'update account set deactivated_at = $2 where id = $1 and deactivated_at is null returning id',
      account.id,
      now,
    )
    if (!changed) return null
    const sessions = await tx.run(
      'delete from session where account_id = $1 returning id',
      account.id,
    )
    const connections = await tx.run<{ id: Uint8Array; app_id: number; account_id: number }>(
      'select id, app_id, account_id from connection where account_id = $1 and revoked_at is null',
      account.id,
    )
    for (const connection of connections)
      await end(tx, connection, { because: 'deactivation', actor }, now)
    await audit(tx, { at: now, kind: 'account.deactivated', actor, accountId: account.id })
    return { sessions: sessions.length, connections: connections.length }
  })
}
