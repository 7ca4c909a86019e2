/**
 * The life of a connection: one row from Authorize to Disconnect.
 *
 *   authorize   insert, generation 0          the code is a handle of generation 0
 *   exchange    0 → 1, compare and set        whoever loses is a replay, and ends the connection
 *   refresh     confidential: row unchanged   rotating: n → n + 1, compare and set
 *   disconnect  revoked_at is set             final, whatever the reason
 *
 * Nothing is stored per token. What a token may do is what its row says now.
 */
import { type Store, type Transaction, unlessUnchanged } from '../store/store.ts'
import { type Actor, audit } from './audit.ts'
import type { Handle } from './handle.ts'
import { byId, type Connection } from './row.ts'
import { type Ended, tellCreated, tellEnded } from './told.ts'

/** Why a connection ended; also what the user's history and the vendor's webhook will say. */
export type Reason = 'denied' | 'user' | 'vendor' | 'operator' | 'replay' | 'deactivation'

/** What the consent page agreed on with the user. */
export interface Decision {
  readonly id: Uint8Array
  readonly appId: number
  readonly accountId: number
  readonly permissions: string
  readonly redirectUri: string
  readonly redirectUriSent: boolean
  readonly codeChallenge: string | null
  readonly granted: boolean
}

/** What stands in the row after a decision, whoever made it first. */
export interface Decided {
  readonly generation: number
  readonly created_at: number
  readonly revoked_at: number | null
  readonly revoked_because: Reason | null
}

const insert = `
  insert into connection (id, app_id, account_id, permissions, redirect_uri, redirect_uri_sent,
    code_challenge, created_at, revoked_at, revoked_because)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (id) do nothing returning generation, created_at, revoked_at, revoked_because`

const decided =
  'select generation, created_at, revoked_at, revoked_because from connection where id = $1'

/**
 * Writes the user's decision, once per id: a form that is sent again changes nothing, and the row that
 * stands is what its sender is answered with. A denial is a row that is over from the start. `isNew` is
 * true for the one that wrote it.
 */
export function decide(
  store: Store,
  decision: Decision,
  now: number,
): Promise<Decided & { readonly isNew: boolean }> {
  const { id, appId, accountId, granted } = decision
  return store.write(async tx => {
    const [written] = await tx.run<Decided>(
      insert,
      id,
      appId,
      accountId,
      decision.permissions,
      decision.redirectUri,
      decision.redirectUriSent ? 1 : 0,
      decision.codeChallenge,
      now,
      granted ? null : now,
      granted ? null : 'denied',
    )
    if (written) {
      const kind = granted ? 'connection.authorized' : 'connection.denied'
      await audit(tx, {
        at: now,
        kind,
        actor: `account:${accountId}`,
        connectionId: id,
        appId,
        accountId,
      })
      return { ...written, isNew: true }
    }
    const [standing] = await tx.run<Decided>(decided, id)
    if (!standing) throw new Error('The decision was refused, but no other one stands.')
    return { ...standing, isNew: false }
  }, id)
}

const advance = `
  update connection set generation = generation + 1, refreshed_at = $3
  where id = $1 and generation = $2 and revoked_at is null`

/**
 * Exchanges the code: generation 0 → 1. Of any number at once exactly one gets what `grant` makes; every other
 * one is a replay (RFC 6749 §4.1.2) and ends the connection, the winner's tokens included. `hearing` is
 * the Client ID of an app that is to be told.
 */
export async function exchange<T>(
  store: Store,
  connection: Connection,
  { hearing, now }: { hearing: string | null; now: number },
  grant: () => T,
): Promise<T | null> {
  const { id, generation, app_id: appId, account_id: accountId } = connection
  const actor: Actor = `app:${appId}`
  const step = async (tx: Transaction) => {
    await tx.must(advance, id, 0, now)
    const kind = 'connection.exchanged'
    await audit(tx, { at: now, kind, actor, connectionId: id, appId, accountId })
    if (hearing !== null) await tellCreated(tx, connection, { hearing, now })
  }
  const won = generation === 0 ? await unlessUnchanged(store.write(step, id, grant)) : null
  if (won === null) await disconnect(store, connection, { because: 'replay', actor }, now)
  return won
}

/** How long the direct predecessor of a rotated refresh token still yields the same answer. */
export const rotationGrace = 60_000

/**
 * Rotates: the presented generation must be the row's, or its direct predecessor for 60 seconds, which
 * gets the same tokens again (a lost answer, two workers at once). Anything older is a stolen token or
 * its victim, and ends the connection (RFC 9700 §4.14.2).
 * Answers what `grant` makes of the row's state after it, or `null` when the token is refused.
 */
export async function rotate<T>(
  store: Store,
  connection: Connection,
  { presented, now }: { presented: Handle; now: number },
  grant: (row: { generation: number; refreshedAt: number }) => T,
): Promise<T | null> {
  const { id, app_id } = connection
  if (presented.generation === connection.generation) {
    const step = (tx: Transaction) => tx.must(advance, id, presented.generation, now)
    const next = { generation: presented.generation + 1, refreshedAt: now }
    const won = await unlessUnchanged(store.write(step, id, () => grant(next)))
    if (won !== null) return won
  }
  return store.write(
    async tx => {
      const [row] = await tx.run<Omit<Connection, 'id'>>(byId, id)
      if (!row || row.ended_at !== null || presented.generation >= row.generation) return null
      const refreshedAt = row.refreshed_at ?? now
      const predecessor = presented.generation === row.generation - 1
      if (predecessor && now < refreshedAt + rotationGrace) {
        return { generation: row.generation, refreshedAt }
      }
      await end(tx, connection, { because: 'replay', actor: `app:${app_id}` }, now)
      return null
    },
    id,
    row => row && grant(row),
  )
}

/** Ends one connection. Answers `false` when it had ended before; the first reason stands. */
export function disconnect(
  store: Store,
  connection: { id: Uint8Array; app_id: number; account_id: number },
  end_: { because: Reason; actor: Actor },
  now: number,
): Promise<boolean> {
  return store.write(tx => end(tx, connection, end_, now), connection.id)
}

const revoke = `
  update connection set revoked_at = $2, revoked_because = $3
  where id = $1 and revoked_at is null
  returning generation,
    (select a.client_id from app a where a.id = connection.app_id and a.webhooks = 1) as hearing`

/** Ends a connection within a step that does more. */
export async function end(
  tx: Transaction,
  connection: { id: Uint8Array; app_id: number; account_id: number },
  { because, actor }: { because: Reason; actor: Actor },
  now: number,
): Promise<boolean> {
  const [ended] = await tx.run<Ended>(revoke, connection.id, now, because)
  if (!ended) return false
  await audit(tx, {
    at: now,
    kind: 'connection.disconnected',
    actor,
    connectionId: connection.id,
    appId: connection.app_id,
    accountId: connection.account_id,
    detail: because,
  })
  await tellEnded(tx, connection, { ...ended, because, actor }, now)
  return true
}
