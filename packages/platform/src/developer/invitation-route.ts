/** `/developer/invitation`: where the link in the mail leads, and accepting it. */
import { emailKey } from '../accounts/account.ts'
import { readOwnForm } from '../accounts/visitor.ts'
import { PageError } from '../error.ts'
import { type Route, seeOther } from '../http.ts'
import { invitationPage } from '../pages/developer/invitation.ts'
import { fromQuery } from '../params.ts'
import type { Parts } from '../platform.ts'
import { atDesk, type Desk, isAnswer } from './desk.ts'
import { accept, findInvitation, type OpenInvitation } from './invitation.ts'
import { findVendor } from './qualification.ts'

const table = {
  token: { description: 'The secret of the link.', required: true, secret: true },
} as const

export function invitationRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { token } = fromQuery(table, call.query).params
      const invitation = await findInvitation(parts.store, token, parts.now())
      if (!invitation) throw gone()
      if (desk.membership?.vendor_id === invitation.vendor_id) throw hereAlready(invitation)
      if (desk.membership) throw await elsewhere(parts, desk)
      if (emailKey(invitation.email) !== emailKey(desk.account.email)) {
        throw notYours(desk, invitation)
      }
      const page = invitationPage({ ...desk.frame, invitation, token: token ?? '' })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { token } = await readOwnForm(table, call, desk.visitor)
      const invitation = await findInvitation(parts.store, token, parts.now())
      if (!invitation) throw gone()
      const about = { secret: token ?? '', account: desk.account }
      const outcome = await accept(parts.store, about, parts.now())
      if (outcome === 'gone') throw gone()
      if (outcome === 'not yours') throw notYours(desk, invitation)
      if (outcome === 'elsewhere') throw await elsewhere(parts, desk)
      return seeOther('/developer/authorizations')
    },
  }
}

function gone(): PageError {
  return new PageError(410, {
    title: 'This invitation is over',
    what: 'It was used before, taken back, or is older than seven days.',
    mend: 'If you have joined already, open the Developer Platform. Otherwise ask your colleague to invite you again.',
  })
}

function notYours({ account }: Desk, { email, vendor_name }: OpenInvitation): PageError {
  return new PageError(403, {
    title: 'This invitation is for another account',
    what: `${vendor_name} has invited ${email}, and you are signed in as ${account.email}.`,
    mend: 'Sign out, open the link again, and sign in or sign up with that address; or ask your colleague to invite the one you use.',
  })
}

function hereAlready({ vendor_name }: OpenInvitation): PageError {
  return new PageError(409, {
    title: 'You work here already',
    what: `Your account belongs to ${vendor_name}.`,
    mend: 'There is nothing to accept: open the Developer Platform.',
  })
}

/** A person belongs to one company. */
async function elsewhere(parts: Parts, { membership }: Desk): Promise<PageError> {
  const vendor = membership && (await findVendor(parts.store, membership.vendor_id))
  const name = vendor && vendor.state !== 'draft' ? vendor.name : 'a company of your own'
  return new PageError(409, {
    title: 'You work for another company',
    what: `Your account belongs to ${name}, and a person belongs to one company here. Nothing was changed.`,
    mend: 'Leave that one first (Developer Platform, Colleagues), or ask your colleague to invite another address of yours.',
  })
}
