/**
 * Signing secrets (`whsec_…`): 256 random bits that the platform signs an app's webhooks with. They have
 * to be readable to sign, so they are encrypted under the key ring; vendors see one once.
 *
 * When a new one is made, the one before goes on signing for a day: a webhook then carries both
 * signatures, and a server that knows either of them takes it.
 */
import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { decrypt, encrypt, isCurrent } from '../connection/encrypted.ts'
import type { KeyRing } from '../connection/keys.ts'
import type { Store, Transaction } from '../store/store.ts'

/** How long the secret before goes on signing, in milliseconds. */
export const overlap = 86_400_000

/** What is known of a signing secret after it was shown. */
export interface SigningSecret {
  readonly id: number
  readonly tail: string
  readonly created_at: number
  /** From when it does not sign any more; `null` for the newest. */
  readonly ends_at: number | null
}

/** Those that sign at `now`, newest first. */
export async function signingSecrets(
  store: Store,
  appId: number,
  now: number,
): Promise<SigningSecret[]> {
  return store.read<SigningSecret>(
    `select id, tail, created_at, ends_at from webhook_secret
     where app_id = $1 and (ends_at is null or ends_at > $2) order by id desc`,
    appId,
    now,
  )
}

/** Makes one within a step, and answers it this once. Those before go on for a day, or end at once. */
export async function addSigningSecret(
  tx: Transaction,
  { keys, appId, keep }: { keys: KeyRing; appId: number; keep: boolean },
  now: number,
): Promise<string> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  if (keep) {
    await tx.run(
      'update webhook_secret set ends_at = $2 where app_id = $1 and ends_at is null',
      appId,
      now + overlap,
    )
    await tx.run('delete from webhook_secret where app_id = $1 and ends_at <= $2', appId, now)
  } else await tx.run('delete from webhook_secret where app_id = $1', appId)
  await tx.run(
    'insert into webhook_secret (app_id, sealed, tail, created_at) values ($1, $2, $3, $4)',
    appId,
    encrypt(keys, secret, purposeOf(appId), now),
    secret.slice(-4),
    now,
  )
  return secret
}

/**
 * The headers of one attempt, with a signature by each secret; `null` when there is none that opens: then
 * its key was taken out of the ring.
 */
export async function signedHeaders(
  store: Store,
  keys: KeyRing,
  event: { readonly name: string; readonly app_id: number; readonly body: string },
  now: number,
): Promise<Record<string, string> | null> {
  const rows = await store.read<{ sealed: string }>(
    `select sealed from webhook_secret
     where app_id = $1 and (ends_at is null or ends_at > $2) order by id desc limit 4`,
    event.app_id,
    now,
  )
  const at = new Date(now)
  const signatures = rows.flatMap(({ sealed }) => {
    const secret = decrypt(keys, sealed, purposeOf(event.app_id))
    return secret === null ? [] : new Webhook(secret).sign(event.name, at, event.body)
  })
  if (signatures.length === 0) return null
  return {
    'webhook-id': event.name,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}

/** Encrypts anew what an older key has encrypted, so that the older key can go; a few hundred at most. */
export async function renewSigningSecrets(
  store: Store,
  keys: KeyRing,
  now: number,
): Promise<number> {
  const prefix = `${keys.at(now).id}.`
  const rows = await store.read<{ id: number; app_id: number; sealed: string }>(
    'select id, app_id, sealed from webhook_secret where substr(sealed, 1, $2) <> $1 limit 200',
    prefix,
    prefix.length,
  )
  let renewed = 0
  for (const { id, app_id, sealed } of rows) {
    const secret = isCurrent(keys, sealed, now) ? null : decrypt(keys, sealed, purposeOf(app_id))
    if (secret === null) continue
    const fresh = encrypt(keys, secret, purposeOf(app_id), now)
    const [changed] = await store.write(tx =>
      tx.run(
        'update webhook_secret set sealed = $3 where id = $1 and sealed = $2 returning id',
        id,
        sealed,
        fresh,
      ),
    )
    if (changed) renewed++
  }
  return renewed
}

function purposeOf(appId: number): string {
  return `webhooks of app ${appId}`
}
