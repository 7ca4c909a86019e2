/**
 * Sessions in the browser. The cookie holds 256 random bits; the database their SHA-256, so a leaked
 * database signs nobody in. A session is made new at every sign-in and deleted at sign-out.
 *
 * A session begins when its person has given everything the account asks for, and `proved_at` says when
 * that was done last: what is dangerous asks for it again (`step-up.ts`).
 */
import { hash, randomBytes } from 'node:crypto'
import type { Store, Transaction } from '../store/store.ts'
import { type Account, accountColumns } from './account.ts'

export const sessionLifetime = 14 * 86_400_000

/** How many characters of a User-Agent are kept. */
const longestAgent = 300

export interface NewSession {
  readonly accountId: number
  /** What the browser says it is. */
  readonly agent: string | undefined
}

/** Makes a session within a step; answers the cookie's value. */
export async function startSession(
  tx: Transaction,
  { accountId, agent = '' }: NewSession,
  now: number,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  await tx.run(
    `insert into session (id, account_id, created_at, expires_at, agent, seen_at, proved_at)
     values ($1, $2, $3, $4, $5, $3, $3)`,
    sessionId(secret),
    accountId,
    now,
    now + sessionLifetime,
    agent.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestAgent),
  )
  return secret
}

/** What a live session is known by. */
export interface Session {
  readonly id: Uint8Array
  readonly seen_at: number | null
  /** When its person last proved to be the account's owner; `null` for not with all it asks for now. */
  readonly proved_at: number | null
}

/** Whom the cookie's value signs in, or `null`. */
export async function findSession(
  store: Store,
  secret: string,
  now: number,
): Promise<{ account: Account; session: Session } | null> {
  if (!/^[\w-]{43}$/.test(secret)) return null
  const id = sessionId(secret)
  const [row] = await store.read<Account & Omit<Session, 'id'>>(
    `select ${accountColumns}, s.seen_at, s.proved_at from session s join account u on u.id = s.account_id
     where s.id = $1 and s.expires_at > $2 and u.deactivated_at is null`,
    id,
    now,
  )
  if (!row) return null
  const { seen_at, proved_at, ...account } = row
  return { account, session: { id, seen_at, proved_at } }
}

/** Ends the session within a step. */
export async function endSession(tx: Transaction, secret: string): Promise<void> {
  await tx.run('delete from session where id = $1', sessionId(secret))
}

/** Ends all sessions of an account within a step (a new password does); answers how many. */
export async function endSessionsOf(
  tx: Transaction,
  accountId: number,
  except: Uint8Array = new Uint8Array(),
): Promise<number> {
  const ended = await tx.run(
    'delete from session where account_id = $1 and id <> $2 returning id',
    accountId,
    except,
  )
  return ended.length
}

/** Notes that the session's person has just given everything the account asks for. */
export async function proveSession(tx: Transaction, id: Uint8Array, now: number): Promise<void> {
  await tx.run('update session set proved_at = $2 where id = $1', id, now)
}

/** The account asks for more than before: what its sessions proved is no longer enough, but in this one. */
export async function doubtSessions(
  tx: Transaction,
  accountId: number,
  except: Uint8Array,
): Promise<void> {
  await tx.run(
    'update session set proved_at = null where account_id = $1 and id <> $2',
    accountId,
    except,
  )
}

function sessionId(secret: string): Buffer {
  return hash('sha256', `session ${secret}`, 'buffer')
}
