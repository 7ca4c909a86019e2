/**
 * App secrets: 256 random bits, kept as SHA-256, shown once. Two may live at once, so that a vendor can
 * roll over without a failed request.
 */
import { hash, randomBytes } from 'node:crypto'
import { type Actor, audit } from '../connection/audit.ts'
import type { Transaction } from '../store/store.ts'

export const liveSecretsAtMost = 2

/** Makes a secret within a step. Throws `RangeError` when two are live already. */
export async function addSecret(
  tx: Transaction,
  { appId, actor }: { appId: number; actor: Actor },
  now: number,
): Promise<string> {
  const live = await tx.run(
    'select id from app_secret where app_id = $1 and revoked_at is null',
    appId,
  )
  if (live.length >= liveSecretsAtMost) {
    throw new RangeError('Two secrets are live already. Revoke one first.')
  }
  const secret = `lk_sk_${randomBytes(32).toString('base64url')}`
  await tx.run(
    'insert into app_secret (app_id, hash, tail, created_at) values ($1, $2, $3, $4)',
    appId,
    hash('sha256', secret, 'buffer'),
    secret.slice(-4),
    now,
  )
  await audit(tx, { at: now, kind: 'secret.created', actor, appId, detail: `…${secret.slice(-4)}` })
  return secret
}
