/** `/review/vendor`: one company, its qualification, its apps and its people; Approve, Decline. */
import { readOwnForm } from '../accounts/visitor.ts'
import { appsOfVendor } from '../developer/app.ts'
import { atDesk, type Desk, demand, isAnswer, notFound, overtaken } from '../developer/desk.ts'
import { membersOf } from '../developer/member.ts'
import {
  decideQualification,
  findChange,
  findVendor,
  type Vendor,
} from '../developer/qualification.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { type Page, pageOf } from '../page.ts'
import { reviewVendorPage } from '../pages/review/vendor.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { tellVendor } from './letters.ts'

const table = { vendor: { description: 'Its number.', required: true } } as const
const showTable = {
  ...table,
  apps: { description: 'Which page of apps, from 1.' },
  people: { description: 'Which page of people, from 1.' },
} as const
const decisionTable = {
  ...table,
  action: { description: '`approve` or `decline`.' },
  seen: { description: 'When what the page showed was submitted.' },
  reason: { description: 'Why.' },
} as const

export function reviewVendorRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { vendor: number, apps, people } = fromQuery(showTable, call.query).params
      const vendor = await vendorAt(parts, desk, number)
      return show(parts, desk, { vendor, apps: pageOf(apps), people: pageOf(people) })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(decisionTable, call, desk.visitor)
      const vendor = await vendorAt(parts, desk, params.vendor)
      const { action, seen, reason = '' } = params
      const again = (problem: string) =>
        show(parts, desk, { vendor, apps: pageOf(undefined), people: pageOf(undefined), problem })
      if (action !== 'approve' && action !== 'decline') throw overtaken(vendor.name)
      if (action === 'decline' && reason.trim() === '') {
        return again('Say why, so that they can mend it.')
      }
      const approve = action === 'approve'
      const outcome = await decideQualification(
        parts.store,
        { vendorId: vendor.id, seen: wholeNumber(seen), approve, reason, actor: desk.actor },
        parts.now(),
      )
      if (outcome === 'changed meanwhile') throw overtaken(vendor.name)
      if (outcome === 'taken') {
        return again('Another company has got this name meanwhile. Decline, and say so.')
      }
      await tellVendor(parts, vendor, approve ? 'approved' : 'declined', reason)
      return seeOther(`/review/vendor?vendor=${vendor.id}`)
    },
  }
}

/** The vendor of this number, when the person may decide on it; 404 otherwise. */
export async function vendorAt(
  parts: Parts,
  desk: Desk,
  number: string | undefined,
): Promise<Vendor> {
  const vendor = await findVendor(parts.store, wholeNumber(number))
  if (!vendor) throw notFound()
  demand(desk, 'decide on vendors and apps', vendor.id)
  return vendor
}

async function show(
  parts: Parts,
  desk: Desk,
  shown: { vendor: Vendor; apps: Page; people: Page; problem?: string },
): Promise<Answer> {
  const { vendor, problem } = shown
  const [change, apps, members] = await Promise.all([
    findChange(parts.store, vendor.id),
    appsOfVendor(parts.store, vendor.id, shown.apps),
    membersOf(parts.store, vendor.id, shown.people),
  ])
  const page = reviewVendorPage({
    ...desk.frame,
    vendor,
    change,
    apps,
    members,
    ...(problem !== undefined && { problem }),
  })
  const status = problem ? 400 : 200
  return parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
}
