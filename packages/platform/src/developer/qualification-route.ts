/** `/developer`: the tab My Qualification, where a company says who it is. */
import { readOwnForm } from '../accounts/visitor.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { qualificationPage } from '../pages/developer/qualification.ts'
import type { Parts } from '../platform.ts'
import { atDesk, type Desk, demand, isAnswer, overtaken } from './desk.ts'
import { foundVendor } from './member.ts'
import {
  findVendor,
  type Qualification,
  qualificationProblems,
  submitQualification,
  type Vendor,
} from './qualification.ts'

const table = {
  name: { description: 'The company’s name.' },
  website: { description: 'Its website.' },
  privacyUrl: { description: 'Its privacy policy.' },
  contactName: { description: 'The person who speaks for it.' },
  contactTitle: { description: 'Their title.' },
  contactEmail: { description: 'Their email.' },
  contactPhone: { description: 'Their phone number.' },
} as const

export function qualificationRoute(parts: Parts): Route {
  const show = (
    desk: Desk,
    vendor: Vendor | null,
    shown: Partial<Parameters<typeof qualificationPage>[0]> = {},
    status = 200,
  ): Answer => {
    const page = qualificationPage({
      ...desk.frame,
      vendor,
      isOwner: desk.membership === null || desk.membership.role === 'owner',
      values: vendor && vendor.state !== 'draft' ? valuesOf(vendor) : startOf(desk),
      problems: {},
      ...shown,
    })
    return parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
  }

  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      return show(desk, await vendorAt(parts, desk))
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const values = await readOwnForm(table, call, desk.visitor)
      const problems = qualificationProblems(values)
      const vendor = await vendorAt(parts, desk)
      if (vendor) demand(desk, 'submit the qualification', vendor.id)
      if (Object.keys(problems).length > 0) return show(desk, vendor, { values, problems }, 400)
      const vendorId = vendor?.id ?? (await foundVendor(parts.store, desk.account, parts.now()))
      const outcome = await submitQualification(
        parts.store,
        { vendorId, about: values as Qualification, actor: desk.actor },
        parts.now(),
      )
      if (outcome === 'changed meanwhile') throw overtaken('Your qualification')
      if (outcome === 'done') return seeOther('/developer')
      const taken = 'A company of this name is registered already. Ask your colleagues there.'
      return show(desk, vendor, { values, problems: { name: taken } }, 409)
    },
  }
}

async function vendorAt(parts: Parts, { membership }: Desk): Promise<Vendor | null> {
  return membership && findVendor(parts.store, membership.vendor_id)
}

function valuesOf(vendor: Vendor): Partial<Qualification> {
  return {
    name: vendor.name,
    website: vendor.website,
    privacyUrl: vendor.privacy_url,
    contactName: vendor.contact_name,
    contactTitle: vendor.contact_title,
    contactEmail: vendor.contact_email,
    contactPhone: vendor.contact_phone,
  }
}

/** What we know of somebody who comes for the first time. */
function startOf({ account, frame }: Desk): Partial<Qualification> {
  return { contactName: frame.signedIn.name, contactEmail: account.email }
}
