/**
 * Who works for a vendor. An owner speaks for it (its qualification, its people); a member works on its
 * apps. A person belongs to one vendor; nobody else may know that its apps exist.
 */
import { type Account, accountColumns } from '../accounts/account.ts'
import { audit } from '../connection/audit.ts'
import { type Page, type Paged, readPage } from '../page.ts'
import type { Store, Transaction } from '../store/store.ts'
import { lockVendor } from './vendor.ts'

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

const memberColumns = `${accountColumns}, m.role, m.created_at as joined_at
  from vendor_member m join account u on u.id = m.account_id`

/** Who works for the vendor, in the order they joined: those of one page. */
export function membersOf(store: Store, vendorId: number, page: Page): Promise<Paged<Member>> {
  return readPage(page, (limit, offset) =>
    store.read<Member>(
      `select ${memberColumns} where m.vendor_id = $1
       order by m.created_at, u.id limit $2 offset $3`,
      vendorId,
      limit,
      offset,
    ),
  )
}

/** One of them, or `null`. */
export async function findMember(
  store: Store,
  { vendorId, accountId }: { vendorId: number; accountId: number },
): Promise<Member | null> {
  const [member] = await store.read<Member>(
    `select ${memberColumns} where m.vendor_id = $1 and m.account_id = $2`,
    vendorId,
    accountId,
  )
  return member ?? null
}

/** Where mails about the vendor go: to everybody who works for it and can sign in. */
export async function addressesOf(store: Store, vendorId: number): Promise<string[]> {
  const rows = await store.read<{ email: string }>(
    `select u.email from vendor_member m join account u on u.id = m.account_id
     where m.vendor_id = $1 and u.deactivated_at is null order by m.created_at, u.id`,
    vendorId,
  )
  return rows.map(({ email }) => email)
}

/** `last owner`: somebody has to speak for the vendor. `changed meanwhile`: it was not so any more. */
export type PeopleOutcome = 'done' | 'last owner' | 'changed meanwhile'

interface Change {
  readonly vendorId: number
  /** Whom it is about. */
  readonly accountId: number
  /** Who does it: an owner, or the person themselves, who leaves. */
  readonly by: number
}

/** An owner makes a colleague owner or member. */
export function setRole(
  store: Store,
  { role, ...change }: Change & { role: Role },
  now: number,
): Promise<PeopleOutcome> {
  const { vendorId, accountId, by } = change
  return store.write(async tx => {
    const standing = await standingIn(tx, change)
    if (standing.by !== 'owner' || !standing.role) return 'changed meanwhile'
    if (standing.role === role) return 'done'
    if (role === 'member' && standing.isLastOwner) return 'last owner'
    await tx.run('update vendor_member set role = $2 where account_id = $1', accountId, role)
    const actor = `account:${by}` as const
    await audit(tx, {
      at: now,
      kind: 'member.role_changed',
      actor,
      vendorId,
      accountId,
      detail: role,
    })
    return 'done'
  })
}

/** An owner removes a colleague, or somebody leaves. */
export function removeMember(store: Store, change: Change, now: number): Promise<PeopleOutcome> {
  const { vendorId, accountId, by } = change
  return store.write(async tx => {
    const standing = await standingIn(tx, change)
    const leaves = accountId === by
    if (!standing.role || !(leaves || standing.by === 'owner')) return 'changed meanwhile'
    if (standing.isLastOwner) return 'last owner'
    await tx.run('delete from vendor_member where account_id = $1', accountId)
    const kind = leaves ? 'member.left' : 'member.removed'
    await audit(tx, { at: now, kind, actor: `account:${by}`, vendorId, accountId })
    return 'done'
  })
}

/** How the two stand once nobody else can change it. */
async function standingIn(
  tx: Transaction,
  { vendorId, accountId, by }: Change,
): Promise<{ role: Role | undefined; by: Role | undefined; isLastOwner: boolean }> {
  await lockVendor(tx, vendorId)
  const people = await tx.run<{ account_id: number; role: Role; deactivated_at: number | null }>(
    `select m.account_id, m.role, u.deactivated_at from vendor_member m
     join account u on u.id = m.account_id
     where m.vendor_id = $1 and (m.role = 'owner' or m.account_id in ($2, $3))`,
    vendorId,
    accountId,
    by,
  )
  const roleOf = (id: number) => people.find(({ account_id }) => account_id === id)?.role
  const others = people.filter(
    person =>
      person.role === 'owner' && person.deactivated_at === null && person.account_id !== accountId,
  )
  const role = roleOf(accountId)
  return { role, by: roleOf(by), isLastOwner: role === 'owner' && others.length === 0 }
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
