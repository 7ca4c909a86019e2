/** `/developer`: the tab My Qualification, where a company says who it is. */
import { readOwnForm } from '../accounts/visitor.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { qualificationPage } from '../pages/developer/qualification.ts'
import type { Parts } from '../platform.ts'
import { atDesk, type Desk, demand, isAnswer, overtaken } from './desk.ts'
import { foundVendor } from './member.ts'
import {
  findChange,
  findVendor,
  type QualificationRow,
  submitQualification,
  type Vendor,
} from './qualification.ts'
import {
  formOf,
  type QualificationForm,
  qualificationProblems,
  rowOf,
} from './qualification-form.ts'

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
    { vendor, change }: Company,
    shown: Partial<Parameters<typeof qualificationPage>[0]> = {},
    status = 200,
  ): Answer => {
    const page = qualificationPage({
      ...desk.frame,
      vendor,
      change,
      isOwner: desk.membership === null || desk.membership.role === 'owner',
      values: vendor && vendor.state !== 'draft' ? formOf(vendor) : startOf(desk),
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
      return show(desk, await companyAt(parts, desk))
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const values = await readOwnForm(table, call, desk.visitor)
      const problems = qualificationProblems(values)
      const company = await companyAt(parts, desk)
      const { vendor } = company
      if (vendor) demand(desk, 'submit the qualification', vendor.id)
      if (Object.keys(problems).length > 0) return show(desk, company, { values, problems }, 400)
      const vendorId = vendor?.id ?? (await foundVendor(parts.store, desk.account, parts.now()))
      const outcome = await submitQualification(
        parts.store,
        { vendorId, about: rowOf(values as QualificationForm), actor: desk.actor },
        parts.now(),
      )
      if (outcome === 'changed meanwhile') throw overtaken('Your qualification')
      if (outcome === 'done') return seeOther('/developer')
      const taken = 'A company of this name is registered already. Ask your colleagues there.'
      return show(desk, company, { values, problems: { name: taken } }, 409)
    },
  }
}

interface Company {
  readonly vendor: Vendor | null
  /** What waits for a reviewer beside what is approved. */
  readonly change: QualificationRow | null
}

async function companyAt(parts: Parts, { membership }: Desk): Promise<Company> {
  if (!membership) return { vendor: null, change: null }
  const [vendor, change] = await Promise.all([
    findVendor(parts.store, membership.vendor_id),
    findChange(parts.store, membership.vendor_id),
  ])
  return { vendor, change }
}

/** What we know of somebody who comes for the first time. */
function startOf({ account, frame }: Desk): Partial<QualificationForm> {
  const { organization: name, phone: contactPhone, email: contactEmail } = account
  return { name, contactName: frame.signedIn.name, contactEmail, contactPhone }
}
