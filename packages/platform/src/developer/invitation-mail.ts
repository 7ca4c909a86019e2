/** Inviting a colleague: the invitation and its mail, which belong together. */
import { nameOf } from '../accounts/account.ts'
import type { Parts } from '../platform.ts'
import { type Desk, overtaken } from './desk.ts'
import { invite, takeBack } from './invitation.ts'
import type { Role } from './member.ts'
import type { Vendor } from './qualification.ts'

/** Answers why nobody was invited, in words for the owner, or `null` when the mail is on its way. */
export async function sendInvitation(
  parts: Parts,
  { account }: Desk,
  { vendor, email, role }: { vendor: Vendor; email: string; role: Role },
): Promise<string | null> {
  if (!mayInvite(vendor)) return 'Your company cannot invite anybody at the moment.'
  if (await parts.invitations.claim(String(vendor.id))) {
    return 'Your company has sent many invitations today. Try again tomorrow.'
  }
  const about = { vendorId: vendor.id, email, by: account.id }
  const made = await invite(parts.store, { ...about, role }, parts.now())
  if (made === 'changed meanwhile') throw overtaken('Who works for your company')
  if (made === 'here already') return 'They work here already.'
  if (made === 'full') return 'Many invitations are waiting already. Take one back first.'
  const { name } = parts.renderer
  const company = oneLine(vendor.name)
  try {
    await parts.send({
      to: email,
      subject: `Join ${company} at ${name}`,
      text: `${oneLine(nameOf(account))} (${account.email}) invites you to work on the applications of ${company} at ${name}.

Open this link, and sign in or sign up with this address, ${email}:

    ${parts.settings.url}/developer/invitation?token=${made.secret}

The link works once, for seven days. If you do not know what this is about, there is nothing to do.`,
    })
  } catch (error) {
    // A link that nobody has got is no invitation.
    await takeBack(parts.store, about, parts.now())
    throw error
  }
  return null
}

/** A company without a name has nothing to invite to; one that was stopped sends no mails. */
export function mayInvite({
  state,
  suspended_at,
}: Pick<Vendor, 'state' | 'suspended_at'>): boolean {
  return state !== 'draft' && suspended_at === null
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ')
}
