/**
 * Passkeys (WebAuthn Level 3): key pairs on a phone, computer or security key that answer to this host
 * and no other, so that a look-alike page gets nothing. An account may have several, each with a name.
 *
 * The host is that of `LATCHKEY_URL`, and the origin is compared as a whole. `@simplewebauthn/server`
 * checks signatures, flags and counters; whose key it is, and that a challenge works once, is ours.
 */
import type { Store, Transaction } from '../../store/store.ts'

export interface Passkey {
  readonly id: Uint8Array
  readonly name: string
  readonly created_at: number
  readonly last_used_at: number | null
}

export const passkeysAtMost = 20
export const longestPasskeyName = 60

/** A row with what is needed to check an answer. */
export interface StoredPasskey extends Passkey {
  readonly account_id: number
  readonly user_handle: Uint8Array
  readonly public_key: Uint8Array
  readonly counter: number
  readonly transports: string
}

export function listPasskeys(store: Store, accountId: number): Promise<Passkey[]> {
  return store.read<Passkey>(
    `select id, name, created_at, last_used_at from passkey where account_id = $1
     order by created_at, id`,
    accountId,
  )
}

export function storedPasskeys(store: Store, accountId: number): Promise<StoredPasskey[]> {
  return store.read<StoredPasskey>('select * from passkey where account_id = $1', accountId)
}

export async function findPasskey(store: Store, id: Uint8Array): Promise<StoredPasskey | null> {
  const [row] = await store.read<StoredPasskey>('select * from passkey where id = $1', id)
  return row ?? null
}

export type NewPasskey = Omit<StoredPasskey, 'created_at' | 'last_used_at'>

/** Within a step. `false` when the key is somebody's already, or the account has enough. */
export async function addPasskey(
  tx: Transaction,
  passkey: NewPasskey,
  now: number,
): Promise<boolean> {
  const { account_id } = passkey
  const has = await tx.run('select id from passkey where account_id = $1', account_id)
  if (has.length >= passkeysAtMost) return false
  const [added] = await tx.run(
    `insert into passkey (id, account_id, user_handle, name, public_key, counter, transports, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning id`,
    passkey.id,
    account_id,
    passkey.user_handle,
    passkey.name,
    passkey.public_key,
    passkey.counter,
    passkey.transports,
    now,
  )
  return added !== undefined
}

/** Within a step: notes the use. `false` when the key is gone, or its counter has moved meanwhile. */
export async function usePasskey(
  tx: Transaction,
  { id, counter, newCounter }: Pick<StoredPasskey, 'id' | 'counter'> & { newCounter: number },
  now: number,
): Promise<boolean> {
  const [used] = await tx.run(
    `update passkey set counter = $3, last_used_at = $4 where id = $1 and counter = $2
     returning id`,
    id,
    counter,
    newCounter,
    now,
  )
  return used !== undefined
}

/** Within a step. `false` when the account has no such key. */
export async function removePasskey(
  tx: Transaction,
  { accountId, id }: { accountId: number; id: Uint8Array },
): Promise<boolean> {
  const [removed] = await tx.run(
    'delete from passkey where id = $1 and account_id = $2 returning id',
    id,
    accountId,
  )
  return removed !== undefined
}
