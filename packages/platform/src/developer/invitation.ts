/**
 * Invitations to work for a vendor. Each goes to one address as a link that works once and for seven
 * days; what is stored is the hash of its secret. It is accepted by the account with that very address,
 * signed in: the link proves the mailbox, the account proves the person.
 */
import { hash, randomBytes } from 'node:crypto'
import { type Account, emailKey } from '../accounts/account.ts'
import { audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import type { Role } from './member.ts'
import { lockVendor } from './vendor.ts'

export const invitationLifetime = 7 * 86_400_000
export const invitationsAtMost = 25

/** From where an action leads. One that is accepted or taken back is gone, and one over does nothing more. */
export const transitions = {
  invite: { none: 'pending', pending: 'pending', over: 'pending' },
  'take back': { pending: 'none', over: 'none' },
  accept: { pending: 'none' },
  'wait seven days': { pending: 'over' },
} as const

export interface Invitation {
  readonly email: string
  readonly role: Role
  readonly created_at: number
  readonly expires_at: number
}

/** Those that were not accepted yet, expired ones too until the purge takes them; at most 25. */
export function invitationsOf(store: Store, vendorId: number): Promise<Invitation[]> {
  return store.read<Invitation>(
    `select email, role, created_at, expires_at from vendor_invitation where vendor_id = $1
     order by created_at, email_key`,
    vendorId,
  )
}

interface Invite {
  readonly vendorId: number
  readonly email: string
  readonly role: Role
  /** The owner who invites. */
  readonly by: number
}

/**
 * Makes an invitation, in the place of an older one to the same address. Answers the link's secret, which
 * is never to be had again; `here already`: they work here; `full`: 25 are waiting.
 */
export function invite(
  store: Store,
  { vendorId, email, role, by }: Invite,
  now: number,
): Promise<{ secret: string } | 'here already' | 'full' | 'changed meanwhile'> {
  const secret = randomBytes(32).toString('base64url')
  return store.write(async tx => {
    await lockVendor(tx, vendorId)
    if (!(await isOwner(tx, vendorId, by))) return 'changed meanwhile'
    const key = emailKey(email)
    const [colleague] = await tx.run(
      `select 1 as one from vendor_member m join account u on u.id = m.account_id
       where m.vendor_id = $1 and u.email_key = $2`,
      vendorId,
      key,
    )
    if (colleague) return 'here already'
    const others = await tx.run(
      'select 1 as one from vendor_invitation where vendor_id = $1 and email_key <> $2',
      vendorId,
      key,
    )
    if (others.length >= invitationsAtMost) return 'full'
    await forget(tx, vendorId, key)
    await tx.run(
      `insert into vendor_invitation
         (id, vendor_id, email, email_key, role, invited_by, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      idOf(secret),
      vendorId,
      email.trim(),
      key,
      role,
      by,
      now,
      now + invitationLifetime,
    )
    const actor = `account:${by}` as const
    await audit(tx, { at: now, kind: 'invitation.made', actor, vendorId, detail: role })
    return { secret }
  })
}

/** Takes an invitation back. `false`: it was accepted, or taken back, before. */
export function takeBack(
  store: Store,
  { vendorId, email, by }: Omit<Invite, 'role'>,
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    await lockVendor(tx, vendorId)
    if (!(await isOwner(tx, vendorId, by))) return false
    if (!(await forget(tx, vendorId, emailKey(email)))) return false
    const actor = `account:${by}` as const
    await audit(tx, { at: now, kind: 'invitation.taken_back', actor, vendorId })
    return true
  })
}

export interface OpenInvitation extends Invitation {
  readonly vendor_id: number
  readonly vendor_name: string
  readonly inviter_email: string
}

const byId = `select i.email, i.role, i.created_at, i.expires_at, i.vendor_id, v.name as vendor_name,
    u.email as inviter_email
  from vendor_invitation i join vendor v on v.id = i.vendor_id join account u on u.id = i.invited_by
  where i.id = $1 and i.expires_at > $2`

/** What a link leads to, or `null` when it is not one of ours, was used, taken back, or is over. */
export async function findInvitation(
  store: Store,
  secret: string | undefined,
  now: number,
): Promise<OpenInvitation | null> {
  if (!/^[\w-]{43}$/.test(secret ?? '')) return null
  const [found] = await store.read<OpenInvitation>(byId, idOf(secret ?? ''), now)
  return found ?? null
}

/** `elsewhere`: the person works for another vendor. `not yours`: the account has another address. */
export type Acceptance = 'done' | 'gone' | 'elsewhere' | 'not yours'

/** Lets the account in, and uses the invitation up. Of two at once, one does it; both are let in once. */
export function accept(
  store: Store,
  { secret, account }: { secret: string; account: Account },
  now: number,
): Promise<Acceptance> {
  return store.write(async tx => {
    const [found] = await tx.run<{ vendor_id: number }>(byId, idOf(secret), now)
    if (!found) return 'gone'
    await lockVendor(tx, found.vendor_id)
    const [invitation] = await tx.run<OpenInvitation>(byId, idOf(secret), now)
    if (!invitation) return 'gone'
    if (emailKey(invitation.email) !== emailKey(account.email)) return 'not yours'
    const { vendor_id: vendorId, role } = invitation
    const [joined] = await tx.run(
      `insert into vendor_member (account_id, vendor_id, role, created_at) values ($1, $2, $3, $4)
       on conflict (account_id) do nothing returning account_id`,
      account.id,
      vendorId,
      role,
      now,
    )
    if (!joined) return 'elsewhere'
    await tx.run('delete from vendor_invitation where id = $1', idOf(secret))
    const actor = `account:${account.id}` as const
    const about = { vendorId, accountId: account.id, detail: role }
    await audit(tx, { at: now, kind: 'member.joined', actor, ...about })
    return 'done'
  })
}

async function isOwner(tx: Transaction, vendorId: number, accountId: number): Promise<boolean> {
  const [row] = await tx.run(
    `select 1 as one from vendor_member
     where vendor_id = $1 and account_id = $2 and role = 'owner'`,
    vendorId,
    accountId,
  )
  return row !== undefined
}

async function forget(tx: Transaction, vendorId: number, key: string): Promise<boolean> {
  const [gone] = await tx.run(
    'delete from vendor_invitation where vendor_id = $1 and email_key = $2 returning vendor_id',
    vendorId,
    key,
  )
  return gone !== undefined
}

function idOf(secret: string): Buffer {
  return hash('sha256', `invitation ${secret}`, 'buffer')
}
