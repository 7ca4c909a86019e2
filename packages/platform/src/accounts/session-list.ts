/**
 * The sessions of an account, as its owner sees them: which browser, since when, last seen. A session is
 * named by a hash of what the database holds; the name ends it, for its owner, and does nothing else.
 */
import { hash } from 'node:crypto'
import { audit } from '../connection/audit.ts'
import { type Page, type Paged, pageOf, readPage } from '../page.ts'
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

interface Row extends Omit<ListedSession, 'name' | 'isThis'> {
  readonly id: Uint8Array
}

const columns = 'id, agent, created_at, coalesce(seen_at, created_at) as seen_at'

/** The live sessions, a page of them: the one that asks heads every page, then the last seen others. */
export async function listSessions(
  store: Store,
  { accountId, session }: { accountId: number; session: Uint8Array },
  now: number,
  page: Page = pageOf(undefined),
): Promise<Paged<ListedSession>> {
  const [own, others] = await Promise.all([
    store.read<Row>(`select ${columns} from session where id = $1`, session),
    readPage(page, (limit, offset) =>
      store.read<Row>(
        `select ${columns} from session where account_id = $1 and id <> $2 and expires_at > $3
         order by 4 desc, id limit $4 offset $5`,
        accountId,
        session,
        now,
        limit,
        offset,
      ),
    ),
  ])
  const listed =
    (isThis: boolean) =>
    ({ id, ...row }: Row) => ({
      ...row,
      name: nameOfSession(id),
      isThis,
    })
  return { ...others, items: [...own.map(listed(true)), ...others.items.map(listed(false))] }
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
