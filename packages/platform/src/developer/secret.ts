/**
 * App secrets: 256 random bits, kept as SHA-256, shown once. Two may live at once, so that a vendor can
 * roll over without a failed request; a revoked one may go on until a stated time.
 */
import { hash, randomBytes } from 'node:crypto'
import { type Actor, audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import { announce, hearingApp, withdraw } from '../webhooks/outbox.ts'

export const liveSecretsAtMost = 2

/** What is known of a secret after it was shown. */
export interface Secret {
  readonly id: number
  /** Its last four characters. */
  readonly tail: string
  readonly created_at: number
  /** To the day; `null` for never. */
  readonly last_used_at: number | null
  /** From when it does not work any more; `null` while nobody has revoked it. */
  readonly revoked_at: number | null
}

/** The app's secrets that work at `now`, newest first. */
export async function listSecrets(store: Store, appId: number, now: number): Promise<Secret[]> {
  const rows = await store.read<Secret>(
    `select id, tail, created_at, last_used_at, revoked_at from app_secret
     where app_id = $1 order by id desc`,
    appId,
  )
  return rows.filter(({ revoked_at }) => revoked_at === null || revoked_at > now)
}

/** Makes one more secret, and answers it this once. Throws `RangeError` when two are live already. */
export function newSecret(store: Store, appId: number, actor: Actor, now: number): Promise<string> {
  return store.write(tx => addSecret(tx, { appId, actor }, now))
}

/** Makes a secret within a step. Throws `RangeError` when two are live already. */
export async function addSecret(
  tx: Transaction,
  { appId, actor }: { appId: number; actor: Actor },
  now: number,
): Promise<string> {
  // Of two steps at once the second waits here, and counts what the first has made.
  await tx.run('update app set client_id = client_id where id = $1 returning id', appId)
  const live = await tx.run(
    'select id from app_secret where app_id = $1 and (revoked_at is null or revoked_at > $2)',
    appId,
    now,
  )
  if (live.length >= liveSecretsAtMost) {
    throw new RangeError('Two secrets are live already. Revoke one first.')
  }
  const secret = `lk_sk_${randomBytes(32).toString('base64url')}`
  const detail = `…${secret.slice(-4)}`
  await tx.run(
    'insert into app_secret (app_id, hash, tail, created_at) values ($1, $2, $3, $4)',
    appId,
    hash('sha256', secret, 'buffer'),
    secret.slice(-4),
    now,
  )
  await audit(tx, { at: now, kind: 'secret.created', actor, appId, detail })
  return secret
}

/**
 * Ends a secret at `end` (milliseconds; `now` for at once). It can be moved forward, never put off.
 * Answers `false` when it would have ended by then anyway, or is none of this app's.
 */
export function revokeSecret(
  store: Store,
  { appId, secretId, end }: { appId: number; secretId: number; end: number },
  actor: Actor,
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const [revoked] = await tx.run<{ tail: string }>(
      `update app_secret set revoked_at = $3
       where id = $1 and app_id = $2 and (revoked_at is null or revoked_at > $3) returning tail`,
      secretId,
      appId,
      Math.max(end, now),
    )
    if (!revoked) return false
    const until = end > now ? ` from ${new Date(end).toISOString()}` : ''
    const detail = `…${revoked.tail}${until}`
    await audit(tx, { at: now, kind: 'secret.revoked', actor, appId, detail })
    await announceEnd(tx, { appId, secretId, tail: revoked.tail, end }, now)
    return true
  })
}

/** How long before a secret's end the vendor is reminded, in milliseconds. */
export const reminder = 3_600_000

/** Tells that a secret is going to end, and reminds shortly before, where that is not the same moment. */
async function announceEnd(
  tx: Transaction,
  { appId, secretId, tail, end }: { appId: number; secretId: number; tail: string; end: number },
  now: number,
): Promise<void> {
  const lane = `secret ${secretId}`
  await withdraw(tx, { appId, lane }, now)
  const client_id = end > now ? await hearingApp(tx, appId) : null
  if (client_id === null) return
  const data = { client_id, last_four: tail, ends_at: new Date(end).toISOString() }
  const about = { appId, type: 'secret.expiring', data, lane } as const
  await announce(tx, { ...about, at: now })
  if (end - now > 2 * reminder) await announce(tx, { ...about, at: end - reminder })
}

/** A row of an app joined with one of its secrets, or with none. */
export interface WithSecret {
  readonly secret_hash: Uint8Array | null
  readonly secret_revoked_at: number | null
}

export const secretColumns = 's.hash as secret_hash, s.revoked_at as secret_revoked_at'

/** The hashes of the secrets that work at `now`. */
export function liveHashes(rows: readonly WithSecret[], now: number): Uint8Array[] {
  const live: Uint8Array[] = []
  for (const { secret_hash, secret_revoked_at: end } of rows) {
    if (secret_hash && (end === null || end > now)) live.push(secret_hash)
  }
  return live
}
