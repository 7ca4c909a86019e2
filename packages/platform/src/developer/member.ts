/**
 * Who works for a vendor. An owner speaks for it (its qualification, its people); a member works on its
 * apps. A person belongs to one vendor; nobody else may know that its apps exist.
 */
import { type Account, accountColumns } from '../accounts/account.ts'
import { audit } from '../connection/audit.ts'
import type { Store } from '../store/store.ts'

export type Role = 'owner' | 'member'

export interface Membership {
  readonly vendor_id: number
  readonly role: Role
}

/** The person's vendor and role, or `null`. */
export async function membershipOf(store: Store, accountId: number): Promise<Membership | null> {
  const [row] = await store.read<Membership>(
    'select vendor_id, role from vendor_member where account_id = $1',
    accountId,
  )
  return row ?? null
}

export type Member = Account & { readonly role: Role; readonly joined_at: number }

/** Everybody who works for the vendor, in the order they joined. */
export function membersOf(store: Store, vendorId: number): Promise<Member[]> {
  return store.read<Member>(
    `select ${accountColumns}, m.role, m.created_at as joined_at
     from vendor_member m join account u on u.id = m.account_id
     where m.vendor_id = $1 order by m.created_at, u.id`,
    vendorId,
  )
}

/**
 * Makes a vendor for a person who has none, in state `draft`, the person being its owner. Answers its id;
 * the one the person has already, when two tabs ask at once.
 */
export function foundVendor(store: Store, account: Account, now: number): Promise<number> {
  return store.write(async tx => {
    const [known] = await tx.run<Membership>(
      'select vendor_id, role from vendor_member where account_id = $1',
      account.id,
    )
    if (known) return known.vendor_id
    // A name that nobody can have chosen, until the qualification gives it its own.
    const [vendor] = await tx.run<{ id: number }>(
      `insert into vendor (name, state, created_at) values ($1, 'draft', $2) returning id`,
      `\u200bdraft ${account.id}`,
      now,
    )
    const vendorId = vendor?.id as number
    await tx.run(
      `insert into vendor_member (account_id, vendor_id, role, created_at) values ($1, $2, 'owner', $3)`,
      account.id,
      vendorId,
      now,
    )
    const actor = `account:${account.id}` as const
    await audit(tx, { at: now, kind: 'vendor.registered', actor, vendorId, accountId: account.id })
    return vendorId
  })
}
