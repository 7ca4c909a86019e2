/** What vendors are written when a reviewer has decided. A mail that cannot be sent undoes no decision. */
import { oneLine } from '../accounts/mail.ts'
import { addressesOf } from '../developer/member.ts'
import type { Vendor } from '../developer/qualification.ts'
import type { Parts } from '../platform.ts'

type Decision = 'approved' | 'declined' | 'changes requested'

const about: Readonly<Record<Decision, { verb: string; next: string }>> = {
  approved: { verb: 'is approved', next: 'You can go on here' },
  declined: { verb: 'was declined', next: 'You can change what is needed, and submit it again' },
  'changes requested': {
    verb: 'needs a change',
    next: 'You can change what is needed, and submit it again',
  },
}

/** To every member: their company was decided on. */
export function tellVendor(
  parts: Parts,
  vendor: Vendor,
  decision: 'approved' | 'declined',
  reason: string,
): Promise<void> {
  return tell(parts, vendor.id, { what: vendor.name, path: '/developer', decision, reason })
}

/** To every member of the company: an app of theirs was decided on. */
export function tellAboutApp(
  parts: Parts,
  app: { vendor_id: number; client_id: string; name: string },
  decision: Decision,
  reason: string,
): Promise<void> {
  const path = `/developer/authorizations/app?app=${app.client_id}`
  return tell(parts, app.vendor_id, { what: app.name, path, decision, reason })
}

async function tell(
  parts: Parts,
  vendorId: number,
  letter: { what: string; path: string; decision: Decision; reason: string },
): Promise<void> {
  const { what, path, decision, reason } = letter
  const { verb, next } = about[decision]
  const { name } = parts.renderer
  const words = reason.trim() === '' ? '' : `\n\nThe reviewer writes:\n\n    ${reason.trim()}`
  for (const to of await addressesOf(parts.store, vendorId)) {
    await parts
      .send({
        to,
        subject: `${oneLine(what)} ${verb} at ${name}`,
        text: `${oneLine(what)} ${verb}.${words}\n\n${next}: ${parts.settings.url}${path}`,
      })
      .catch(() => {}) // It is in the log; the decision stands.
  }
}
