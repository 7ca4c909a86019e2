/**
 * Six digits by email: they prove that an address is someone's own. A code lives ten minutes and five
 * attempts, counted before they are judged, so that no number of guesses at once gets more.
 *
 * The browser holds a random secret in a cookie; the database only hashes of that secret, with and
 * without the digits. Neither a leaked database nor the mail alone is enough.
 */
import { hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { Store, Transaction } from '../store/store.ts'

export type Purpose = 'sign-up' | 'reset'

export const codeLifetime = 600_000
export const attemptsAtMost = 5

interface CodeRow {
  readonly id: Uint8Array
  readonly purpose: Purpose
  readonly email: string
  readonly code_hash: Uint8Array
  readonly detail: string
  readonly expires_at: number
}

/** Makes a code. `secret` goes into the cookie, `digits` into the mail; `detail` waits for the proof. */
export async function makeEmailCode(
  store: Store,
  about: { purpose: Purpose; email: string; detail: object },
  now: number,
): Promise<{ secret: string; digits: string }> {
  const secret = randomBytes(32).toString('base64url')
  const digits = String(randomInt(1_000_000)).padStart(6, '0')
  await store.write(tx =>
    tx.run(
      `insert into email_code (id, purpose, email, code_hash, detail, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      codeId(secret),
      about.purpose,
      about.email,
      codeHash(secret, digits),
      JSON.stringify(about.detail),
      now,
      now + codeLifetime,
    ),
  )
  return { secret, digits }
}

/** What a code under way is about, or `null` when there is none any more. */
export async function findEmailCode(
  store: Store,
  { secret, purpose }: { secret: string | null; purpose: Purpose },
  now: number,
): Promise<{ email: string; detail: unknown } | null> {
  if (!secret) return null
  const [row] = await store.read<CodeRow>(
    'select * from email_code where id = $1 and purpose = $2 and expires_at > $3',
    codeId(secret),
    purpose,
    now,
  )
  return row ? { email: row.email, detail: JSON.parse(row.detail) } : null
}

/**
 * Counts an attempt, then judges it. `use` runs in the same step when the digits are right, and the
 * code is gone after it. Answers what `use` gave, `'wrong'`, or `'over'` (expired, or no attempts left).
 */
export async function useEmailCode<T>(
  store: Store,
  presented: { secret: string | null; digits: string; purpose: Purpose },
  use: (tx: Transaction, about: { email: string; detail: unknown }) => Promise<T>,
  now: number,
): Promise<T | 'wrong' | 'over'> {
  const { secret, digits, purpose } = presented
  if (!secret) return 'over'
  return store.write(async tx => {
    const [row] = await tx.run<CodeRow>(
      `update email_code set attempts = attempts + 1
       where id = $1 and purpose = $2 and expires_at > $3 and attempts < $4 returning *`,
      codeId(secret),
      purpose,
      now,
      attemptsAtMost,
    )
    if (!row) return 'over'
    if (!timingSafeEqual(codeHash(secret, digits), row.code_hash)) return 'wrong'
    await tx.run('delete from email_code where id = $1', row.id)
    return use(tx, { email: row.email, detail: JSON.parse(row.detail) })
  })
}

function codeId(secret: string): Buffer {
  return hash('sha256', `code ${secret}`, 'buffer')
}

function codeHash(secret: string, digits: string): Buffer {
  return hash('sha256', `code ${secret} ${digits}`, 'buffer')
}
