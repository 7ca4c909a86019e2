/**
 * The authenticator app: six digits that follow from a shared secret and the time (RFC 6238). The secret
 * has to be read again, so it is locked away with the key ring; a code works once, and so does every
 * older one: the row remembers the step of the last.
 */
import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { decrypt, encrypt } from '../../connection/encrypted.ts'
import type { KeyRing } from '../../connection/keys.ts'
import type { Store, Transaction } from '../../store/store.ts'

/** Seconds that a code stands, and how many steps the two clocks may differ. */
const period = 30
const window = 1

/** 160 bits (RFC 4226 §4, R6) in base32, as people type it in. */
export function newAuthenticatorSecret(): string {
  return new Secret({ buffer: Uint8Array.from(randomBytes(20)).buffer }).base32
}

/** What the app on the phone reads from the QR code. */
export function authenticatorUri(about: {
  platformName: string
  email: string
  secret: string
}): string {
  const { platformName, email, secret } = about
  return totp(secret, { issuer: platformName, label: email }).toString()
}

/** The step whose code the digits are, or `null` (RFC 6238 §5.2: one step of tolerance). */
export function stepOf(secret: string, digits: string, now: number): number | null {
  if (!/^\d{6}$/.test(digits)) return null
  const delta = totp(secret).validate({ token: digits, timestamp: now, window })
  return delta === null ? null : Math.floor(now / 1000 / period) + delta
}

function totp(secret: string, names: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({
    ...names,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period,
  })
}

/**
 * Within a step: the account has this app from now on. `step` is that of the code it was proved with.
 * `false` when it has one already: of two set up at once the first counts.
 */
export async function setAuthenticator(
  tx: Transaction,
  about: { accountId: number; locked: string; step: number },
  now: number,
): Promise<boolean> {
  const [set] = await tx.run(
    `insert into authenticator (account_id, secret, last_step, created_at) values ($1, $2, $3, $4)
     on conflict (account_id) do nothing returning account_id`,
    about.accountId,
    about.locked,
    about.step,
    now,
  )
  return set !== undefined
}

/** The secret as the database keeps it. */
export function lockSecret(
  keys: KeyRing,
  { accountId, secret }: { accountId: number; secret: string },
  now: number,
): string {
  return encrypt(keys, secret, placeOf(accountId), now)
}

/**
 * Uses a code up. Answers `'unreadable'` when the key that the secret was locked away with is gone: then
 * no code can be right any more.
 */
export async function useAuthenticator(
  parts: { store: Store; keys: KeyRing },
  { accountId, digits }: { accountId: number; digits: string },
  now: number,
): Promise<'right' | 'wrong' | 'unreadable'> {
  const { store, keys } = parts
  const [row] = await store.read<{ secret: string }>(
    'select secret from authenticator where account_id = $1',
    accountId,
  )
  if (!row) return 'wrong'
  const secret = decrypt(keys, row.secret, placeOf(accountId))
  if (secret === null) return 'unreadable'
  const step = stepOf(secret, digits, now)
  if (step === null) return 'wrong'
  // Locked away anew at each use: so a key that was rotated out is soon needed by nobody.
  const [used] = await store.write(tx =>
    tx.run(
      `update authenticator set last_step = $2, secret = $3
       where account_id = $1 and last_step < $2 and secret = $4 returning account_id`,
      accountId,
      step,
      lockSecret(keys, { accountId, secret }, now),
      row.secret,
    ),
  )
  return used ? 'right' : 'wrong'
}

function placeOf(accountId: number): string {
  return `authenticator of account ${accountId}`
}
