/** Vendors: the companies that own apps. */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import { announceVendorStop } from './stop.ts'

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

/** Of two steps about a vendor's people at once the second waits here, and sees what the first has done. */
export async function lockVendor(tx: Transaction, vendorId: number): Promise<void> {
  await tx.run('update vendor set name = name where id = $1 returning id', vendorId)
}

/** Stops a vendor: every app and connection of it, for every request that starts after the answer. */
export function suspendVendor(
  store: Store,
  { vendorId, suspended, actor }: { vendorId: number; suspended: boolean; actor: Actor },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const [row] = suspended
      ? await tx.run(
          'update vendor set suspended_at = $2 where id = $1 and suspended_at is null returning id',
          vendorId,
          now,
        )
      : await tx.run(
          'update vendor set suspended_at = null where id = $1 and suspended_at is not null returning id',
          vendorId,
        )
    if (!row) return false
    const kind = suspended ? 'vendor.suspended' : 'vendor.resumed'
    await audit(tx, { at: now, kind, actor, vendorId })
    await announceVendorStop(tx, { vendorId, suspended }, now)
    return true
  })
}

export async function countAppsOfVendor(store: Store, vendorId: number): Promise<number> {
  const [row] = await store.read<{ n: number }>(
    'select count(*) as n from app where vendor_id = $1',
    vendorId,
  )
  return row?.n ?? 0
}
