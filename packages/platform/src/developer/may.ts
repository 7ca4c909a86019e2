/** Who may do what on the Developer Platform and in review: the whole of it. */
import type { Account } from '../accounts/account.ts'
import type { Membership } from './member.ts'

/**
 * `owner` and `member` of the vendor that the thing belongs to; `reviewer` of the platform. Whoever is
 * none of these does not learn that the thing exists.
 */
export type Standing = 'owner' | 'member' | 'reviewer'

export type Deed =
  | 'see the vendor'
  | 'submit the qualification'
  | 'see colleagues'
  | 'invite and manage colleagues'
  | 'leave the vendor'
  | 'see the app'
  | 'register an app'
  | 'change the app'
  | 'use the playground'
  | 'make and revoke secrets'
  | 'invite testers'
  | 'manage webhooks'
  | 'decide on vendors and apps'
  | 'suspend and resume'
  | 'read the audit log'

export const may: Readonly<Record<Deed, readonly Standing[]>> = {
  'see the vendor': ['owner', 'member', 'reviewer'],
  'submit the qualification': ['owner'],
  'see colleagues': ['owner', 'member'],
  'invite and manage colleagues': ['owner'],
  'leave the vendor': ['owner', 'member'],
  'see the app': ['owner', 'member', 'reviewer'],
  'register an app': ['owner', 'member'],
  'change the app': ['owner', 'member'],
  'use the playground': ['owner', 'member'],
  'make and revoke secrets': ['owner', 'member'],
  'invite testers': ['owner', 'member'],
  'manage webhooks': ['owner', 'member'],
  'decide on vendors and apps': ['reviewer'],
  'suspend and resume': ['reviewer'],
  'read the audit log': ['reviewer'],
}

/** What the person is to a vendor. A reviewer who works for it is no reviewer of it. */
export function standingsOf(
  account: Account,
  membership: Membership | null,
  vendorId: number | null,
): readonly Standing[] {
  if (membership && membership.vendor_id === vendorId) return [membership.role]
  return account.is_reviewer === 1 ? ['reviewer'] : []
}

export function isAllowed(deed: Deed, standings: readonly Standing[]): boolean {
  return standings.some(standing => may[deed].includes(standing))
}
