/** Vendors: the companies that own apps. */
import { type Actor, audit } from '../connection/audit.ts'
import type { Transaction } from '../store/store.ts'

/** The vendor of this name, made when there is none. */
export async function ensureVendor(
  tx: Transaction,
  name: string,
  actor: Actor,
  now: number,
): Promise<number> {
  const trimmed = name.trim()
  const [made] = await tx.run<{ id: number }>(
    'insert into vendor (name, created_at) values ($1, $2) on conflict (name) do nothing returning id',
    trimmed,
    now,
  )
  if (made) {
    await audit(tx, { at: now, kind: 'vendor.registered', actor, vendorId: made.id })
    return made.id
  }
  const [known] = await tx.run<{ id: number }>('select id from vendor where name = $1', trimmed)
  return known?.id as number
}
