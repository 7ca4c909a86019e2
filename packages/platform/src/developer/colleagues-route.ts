/** `/developer/colleagues`: who works for the company, who is invited, and inviting; one colleague's page. */
import { isEmail } from '../accounts/account.ts'
import { readOwnForm } from '../accounts/visitor.ts'
import { PageError } from '../error.ts'
import { type Answer, type Call, type Route, seeOther } from '../http.ts'
import { pageOf } from '../page.ts'
import { colleaguePage } from '../pages/developer/colleague.ts'
import { colleaguesPage, noCompanyPage } from '../pages/developer/colleagues.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { atDesk, type Desk, demand, isAnswer, notFound, overtaken } from './desk.ts'
import { invitationsOf, takeBack } from './invitation.ts'
import { sendInvitation } from './invitation-mail.ts'
import { findMember, type Member, membersOf, type Role, removeMember, setRole } from './member.ts'
import { findVendor, type Vendor } from './qualification.ts'

const listTable = { page: { description: 'Which page, from 1.' } } as const
const inviteTable = {
  email: { description: 'Whom.', required: true },
  role: { description: '`owner` or `member`.' },
  action: { description: '`invite` or `take back`.' },
} as const

export function colleaguesRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const vendor = await companyOf(parts, desk)
      if (vendor) return show(parts, desk, { vendor, call })
      return parts.renderer.page(noCompanyPage(desk.frame), { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(inviteTable, call, desk.visitor)
      const vendor = await companyOf(parts, desk)
      if (!vendor) throw notFound()
      demand(desk, 'invite and manage colleagues', vendor.id)
      const email = params.email?.trim() ?? ''
      const role = roleOf(params.role)
      if (params.action === 'take back') {
        const about = { vendorId: vendor.id, email, by: desk.account.id }
        if (!(await takeBack(parts.store, about, parts.now()))) throw overtaken('The invitation')
        return seeOther('/developer/colleagues')
      }
      const problem = isEmail(email)
        ? await sendInvitation(parts, desk, { vendor, email, role })
        : 'Enter an email address like name@example.com.'
      if (problem === null) return seeOther('/developer/colleagues')
      return show(parts, desk, { vendor, call, entered: { email, role, problem } })
    },
  }
}

function roleOf(text: string | undefined): Role {
  return text === 'owner' ? 'owner' : 'member'
}

async function companyOf(parts: Parts, { membership }: Desk): Promise<Vendor | null> {
  return membership && findVendor(parts.store, membership.vendor_id)
}

async function show(
  parts: Parts,
  desk: Desk,
  shown: { vendor: Vendor; call: Call; entered?: { email: string; role: Role; problem: string } },
): Promise<Answer> {
  const { vendor, call, entered } = shown
  const { params } = fromQuery(listTable, call.query)
  const [members, invitations] = await Promise.all([
    membersOf(parts.store, vendor.id, pageOf(params.page)),
    invitationsOf(parts.store, vendor.id),
  ])
  const page = colleaguesPage({
    ...desk.frame,
    vendor,
    members,
    invitations,
    self: desk.account.id,
    isOwner: desk.membership?.role === 'owner',
    now: parts.now(),
    ...(entered && { entered }),
  })
  const status = entered ? 400 : 200
  return parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
}

const memberTable = {
  account: { description: 'The colleague’s number.', required: true },
} as const
const changeTable = {
  ...memberTable,
  action: { description: '`role` or `remove`.', required: true },
  role: { description: '`owner` or `member`.' },
} as const

/** One colleague: the role, and the end of it. One's own page is where one leaves. */
export function colleagueRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { account } = fromQuery(memberTable, call.query).params
      const { member, vendor } = await colleagueAt(parts, desk, account)
      const view = { ...desk.frame, member, vendor, self: desk.account.id }
      const isOwner = desk.membership?.role === 'owner'
      const page = colleaguePage({ ...view, isOwner })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(changeTable, call, desk.visitor)
      const { member, vendor } = await colleagueAt(parts, desk, params.account)
      const about = { vendorId: vendor.id, accountId: member.id, by: desk.account.id }
      if (params.action === 'role') demand(desk, 'invite and manage colleagues', vendor.id)
      else if (params.action !== 'remove') throw notFound()
      const outcome =
        params.action === 'role'
          ? await setRole(parts.store, { ...about, role: roleOf(params.role) }, parts.now())
          : await removeMember(parts.store, about, parts.now())
      if (outcome === 'last owner') throw lastOwner(vendor)
      if (outcome !== 'done') throw overtaken('Who works for your company')
      return seeOther('/developer/colleagues')
    },
  }
}

/** A colleague whom the person may manage; everybody else is 404. */
async function colleagueAt(
  parts: Parts,
  desk: Desk,
  number: string | undefined,
): Promise<{ member: Member; vendor: Vendor }> {
  const vendor = await companyOf(parts, desk)
  const accountId = wholeNumber(number)
  const isSelf = accountId === desk.account.id
  const deed = isSelf ? 'leave the vendor' : 'invite and manage colleagues'
  if (!vendor) throw notFound()
  demand(desk, deed, vendor.id)
  const member = await findMember(parts.store, { vendorId: vendor.id, accountId })
  if (!member) throw notFound()
  return { member, vendor }
}

function lastOwner({ name }: Vendor): PageError {
  return new PageError(409, {
    title: 'Somebody has to speak for the company',
    what: `This is the only owner of ${name}. Nothing was changed.`,
    mend: 'Make a colleague an owner first.',
  })
}
