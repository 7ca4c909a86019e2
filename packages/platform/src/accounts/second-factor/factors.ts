/**
 * What an account asks for after the password. It has a second factor as soon as it has an authenticator
 * app or a passkey; recovery codes come with the first and go with the last.
 */
import { type Actor, audit } from '../../connection/audit.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { doubtSessions } from '../session.ts'
import { listPasskeys, type Passkey } from './passkey.ts'
import { makeRecoveryCodes } from './recovery-code.ts'

export interface Factors {
  /** Since when there is an authenticator app; `null` for none. */
  readonly authenticatorSince: number | null
  readonly passkeys: readonly Passkey[]
  /** Recovery codes that were not used. */
  readonly codesLeft: number
  readonly hasAny: boolean
}

export async function factorsOf(store: Store, accountId: number): Promise<Factors> {
  const [[app], passkeys, [codes]] = await Promise.all([
    store.read<{ created_at: number }>(
      'select created_at from authenticator where account_id = $1',
      accountId,
    ),
    listPasskeys(store, accountId),
    store.read<{ n: number }>(
      'select count(*) as n from recovery_code where account_id = $1 and used_at is null',
      accountId,
    ),
  ])
  const authenticatorSince = app?.created_at ?? null
  const hasAny = authenticatorSince !== null || passkeys.length > 0
  return { authenticatorSince, passkeys, codesLeft: codes?.n ?? 0, hasAny }
}

const anyFactor = `select 1 as one from authenticator where account_id = $1
  union all select 1 as one from passkey where account_id = $1`

/** Within a step: whether a password alone is not enough. */
export async function asksForMore(tx: Transaction, accountId: number): Promise<boolean> {
  return (await tx.run(anyFactor, accountId)).length > 0
}

/** What a step that changes factors knows about who takes it. */
export interface FactorStep {
  readonly accountId: number
  /** The session it is taken in: what other ones proved is then no longer enough. */
  readonly session: Uint8Array
  readonly kind: 'app_added' | 'passkey_added' | 'app_removed' | 'passkey_removed'
  /** A few words for the audit trail. */
  readonly detail?: string
  /** Makes the change; answers `false` when there is nothing to change. */
  readonly change: (tx: Transaction) => Promise<boolean>
}

/**
 * Adds or removes a factor in one step with all that follows from it. Answers the recovery codes where the first factor makes them, else none;
 * `null` when nothing was changed.
 */
export function changeFactors(
  store: Store,
  step: FactorStep,
  now: number,
): Promise<readonly string[] | null> {
  const { accountId, session, kind, change, detail = '' } = step
  return store.write(async tx => {
    // Of two steps at once the second waits here, and sees what the first has done.
    await tx.run('update account set email = email where id = $1 returning id', accountId)
    const before = await asksForMore(tx, accountId)
    if (!(await change(tx))) return null
    const after = await asksForMore(tx, accountId)
    const actor = `account:${accountId}` as const
    await audit(tx, { at: now, kind: `second_factor.${kind}`, actor, accountId, detail })
    if (!after) await tx.run('delete from recovery_code where account_id = $1', accountId)
    if (!kind.endsWith('added')) return []
    await doubtSessions(tx, accountId, session)
    return before ? [] : makeRecoveryCodes(tx, accountId, now)
  })
}

/**
 * Takes every second factor from an account: the operator's way out for somebody who has lost all of
 * them. Its sessions end, for whoever asked may have been somebody else. `false` when it had none.
 */
export function resetFactors(
  store: Store,
  { accountId, actor }: { accountId: number; actor: Actor },
  now: number,
): Promise<{ app: boolean; passkeys: number; sessions: number } | null> {
  return store.write(async tx => {
    await tx.run('update account set email = email where id = $1 returning id', accountId)
    const removed = (table: string) =>
      tx.run(`delete from ${table} where account_id = $1 returning account_id`, accountId)
    const [apps, passkeys] = [await removed('authenticator'), await removed('passkey')]
    await removed('recovery_code')
    if (apps.length + passkeys.length === 0) return null
    const sessions = await removed('session')
    await audit(tx, { at: now, kind: 'second_factor.reset', actor, accountId })
    return { app: apps.length > 0, passkeys: passkeys.length, sessions: sessions.length }
  })
}
