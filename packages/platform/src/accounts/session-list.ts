/**
 * The sessions of an account, as its owner sees them: which browser, since when, last seen. A session is
 * named by a hash of what the database holds; the name ends it, for its owner, and does nothing else.
 */
import { hash } from 'node:crypto'
import { audit } from '../connection/audit.ts'
import type { Store } from '../store/store.ts'
import { endSessionsOf } from './session.ts'

export interface ListedSession {
  readonly name: string
  readonly agent: string
  readonly created_at: number
  /** To a few minutes. */
  readonly seen_at: number
  /** True for the one that asks. */
  readonly isThis: boolean
}

/** How many are listed at most: the last seen ones. */
export const listedAtMost = 50

interface Row extends Omit<ListedSession, 'name' | 'isThis'> {
  readonly id: Uint8Array
}

/** The live sessions, the last seen one first; one more than `listedAtMost` when there are more. */
export async function listSessions(
  store: Store,
  about: { accountId: number; session: Uint8Array },
  now: number,
): Promise<ListedSession[]> {
  const rows = await store.read<Row>(
    `select id, agent, created_at, coalesce(seen_at, created_at) as seen_at from session
     where account_id = $1 and expires_at > $2 order by 4 desc limit ${listedAtMost + 1}`,
    about.accountId,
    now,
  )
  const own = nameOfSession(about.session)
  const listed = rows.map(({ id, ...row }) => ({ ...row, name: nameOfSession(id) }))
  return listed.map(row => ({ ...row, isThis: row.name === own }))
}

/** Ends the account's session of this name; `false` when it has none such. */
export function endNamedSession(
  store: Store,
  { accountId, name }: { accountId: number; name: string },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const rows = await tx.run<{ id: Uint8Array }>(
      'select id from session where account_id = $1',
      accountId,
    )
    const named = rows.find(({ id }) => nameOfSession(id) === name)
    if (!named) return false
    await tx.run('delete from session where id = $1', named.id)
    const actor = `account:${accountId}` as const
    await audit(tx, { at: now, kind: 'session.ended', actor, accountId, detail: 'from another' })
    return true
  })
}

/** Ends every session of the account but this one; answers how many there were. */
export function endOtherSessions(
  store: Store,
  { accountId, session }: { accountId: number; session: Uint8Array },
  now: number,
): Promise<number> {
  return store.write(async tx => {
    const ended = await endSessionsOf(tx, accountId, session)
    const actor = `account:${accountId}` as const
    const detail = `all ${ended} others`
    if (ended > 0) await audit(tx, { at: now, kind: 'session.ended', actor, accountId, detail })
    return ended
  })
}

function nameOfSession(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex')
  return hash('sha256', `name of session ${hex}`, 'base64url').slice(0, 22)
}
