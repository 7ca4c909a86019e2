/** `/review/vendor`: one company, its qualification and its apps; Approve, Decline, suspend, resume. */
import { demandFresh } from '../accounts/step-up.ts'
import { readOwnForm } from '../accounts/visitor.ts'
import { appsOfVendor } from '../developer/app.ts'
import { atDesk, type Desk, demand, isAnswer, notFound, overtaken } from '../developer/desk.ts'
import { membersOf } from '../developer/member.ts'
import {
  decideQualification,
  findVendor,
  suspendVendor,
  type Vendor,
} from '../developer/qualification.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { reviewVendorPage } from '../pages/review/vendor.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { tellVendor } from './letters.ts'

const table = { vendor: { description: 'Its number.', required: true } } as const
const decisionTable = {
  ...table,
  action: { description: '`approve`, `decline`, `suspend` or `resume`.' },
  seen: { description: 'When what the page showed was submitted.' },
  reason: { description: 'Why.' },
} as const

export function reviewVendorRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const vendor = await vendorAt(parts, desk, fromQuery(table, call.query).params.vendor)
      return show(parts, desk, vendor)
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(decisionTable, call, desk.visitor)
      const vendor = await vendorAt(parts, desk, params.vendor)
      const reason = params.reason ?? ''
      const back = `/review/vendor?vendor=${vendor.id}`
      const asked =
        params.action === 'suspend' && demandFresh(parts, desk.visitor, { back, why: 'suspend' })
      if (asked) return asked
      if (params.action === 'decline' && reason.trim() === '') {
        return show(parts, desk, vendor, 'Say why, so that they can mend it.')
      }
      if (!(await act(parts, desk, vendor, { ...params, reason }))) throw overtaken(vendor.name)
      return seeOther(back)
    },
  }
}

async function vendorAt(parts: Parts, desk: Desk, number: string | undefined): Promise<Vendor> {
  const vendor = /^\d{1,15}$/.test(number ?? '')
    ? await findVendor(parts.store, Number(number))
    : null
  if (!vendor) throw notFound()
  demand(desk, 'decide on vendors and apps', vendor.id)
  return vendor
}

async function act(
  parts: Parts,
  { actor }: Desk,
  vendor: Vendor,
  { action, seen, reason }: { action?: string; seen?: string; reason: string },
): Promise<boolean> {
  const { store } = parts
  const now = parts.now()
  if (action === 'suspend' || action === 'resume') {
    const suspended = action === 'suspend'
    return suspendVendor(store, { vendorId: vendor.id, suspended, actor }, now)
  }
  if (action !== 'approve' && action !== 'decline') return false
  const approve = action === 'approve'
  const decision = { vendorId: vendor.id, seen: Number(seen), approve, reason, actor }
  if (!(await decideQualification(store, decision, now))) return false
  await tellVendor(parts, vendor, approve ? 'approved' : 'declined', reason)
  return true
}

async function show(parts: Parts, desk: Desk, vendor: Vendor, problem?: string): Promise<Answer> {
  const [apps, members] = await Promise.all([
    appsOfVendor(parts.store, vendor.id),
    membersOf(parts.store, vendor.id),
  ])
  const page = reviewVendorPage({
    ...desk.frame,
    vendor,
    apps,
    members,
    ...(problem && { problem }),
  })
  const status = problem ? 400 : 200
  return parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
}
