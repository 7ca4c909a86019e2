/** Colleagues: who works for the company and as what, who is invited, and the form to invite. */
import { type Invitation, invitationsAtMost } from '../../developer/invitation.ts'
import { mayInvite } from '../../developer/invitation-mail.ts'
import type { Member, Role } from '../../developer/member.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { Paged } from '../../page.ts'
import { day } from '../date.ts'
import { field, hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import { icon } from '../icon.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { pager } from '../pager.ts'
import { badge, developerPage } from './shell.ts'

export interface ColleaguesView extends Frame {
  readonly csrf: string
  readonly vendor: Vendor
  readonly members: Paged<Member>
  readonly invitations: readonly Invitation[]
  /** The account that looks. */
  readonly self: number
  readonly isOwner: boolean
  readonly now: number
  /** What was entered in the form, and why it was not taken. */
  readonly entered?: { readonly email: string; readonly role: Role; readonly problem: string }
}

export const roles: readonly (readonly [Role, string, string])[] = [
  ['member', 'Member', 'Works on the applications and their secrets.'],
  ['owner', 'Owner', 'Also speaks for the company: its qualification and its people.'],
]

export function colleaguesPage(view: ColleaguesView): Html {
  const { vendor, members, isOwner } = view
  const named = vendor.state !== 'draft'
  const body = html`<h1>Colleagues</h1>
<p class="lead">Who works on the applications of ${named ? html`<bdi>${vendor.name}</bdi>` : 'your company'}, and as what.</p>
<ul class="card rows sheet">${members.items.map(member => row(member, view))}</ul>
${pager('colleagues', members, number => `/developer/colleagues?page=${number}`)}
${invited(view)}
${isOwner ? inviting(view) : html`<p class="below">Only an owner can invite and remove colleagues.</p>`}`
  return developerPage(view, { tab: 'Colleagues', title: 'Colleagues', body })
}

function row(member: Member, { self, isOwner }: ColleaguesView): Html {
  const { id, email, first_name, last_name, role, deactivated_at } = member
  const name = `${first_name} ${last_name}`.trim() || email
  const isSelf = id === self
  return html`<li>
<div><strong><bdi>${name}</bdi></strong>${isSelf && ' (you)'}<p><bdi>${email}</bdi></p></div>
<span class="badges">${badge(role === 'owner' ? 'Owner' : 'Member', role === 'owner' ? 'good' : 'plain')} ${deactivated_at !== null && badge('Deactivated', 'bad')}</span>
${(isOwner || isSelf) && html`<form method="get" action="/developer/colleagues/member">${hiddenField('account', String(id))}<button class="button button-small" ${attributes({ 'aria-label': isSelf ? null : `Manage ${name}` })}>${isSelf ? (isOwner ? 'Role and leaving' : 'Leave') : 'Manage'}</button></form>`}
</li>`
}

function invited({ invitations, isOwner, csrf, now }: ColleaguesView): Html | null {
  if (invitations.length === 0) return null
  return html`<section class="sheet-part"><h2>Invited</h2>
<ul class="card rows">${invitations.map(({ email, role, expires_at }) => {
    const over = expires_at <= now
    const about = html`${hiddenField('csrf', csrf)}${hiddenField('email', email)}${hiddenField('role', role)}`
    return html`<li>
<div><strong><bdi>${email}</bdi></strong><p>as ${role === 'owner' ? 'an owner' : 'a member'}, ${over ? 'until' : 'good until'} ${day(expires_at)}</p></div>
<span class="badges">${over ? badge('Expired', 'bad') : badge('Pending', 'waiting')}</span>
${isOwner && html`<div class="actions"><form method="post" action="/developer/colleagues">${about}<button class="button button-small" name="action" value="invite" aria-label="Send again to ${email}">Send again</button></form><form method="post" action="/developer/colleagues">${about}<button class="button button-danger-quiet" name="action" value="take back" aria-label="Take back the invitation of ${email}">Take back</button></form></div>`}
</li>`
  })}</ul></section>`
}

function inviting({ csrf, vendor, invitations, entered }: ColleaguesView): Html {
  if (!mayInvite(vendor)) {
    return html`<div class="sheet">${notice('caution', vendor.suspended_at !== null ? 'Your company is suspended, so nobody can be invited.' : html`Before you invite somebody, tell us in <a href="/developer">My Qualification</a> which company they join.`)}</div>`
  }
  if (invitations.length >= invitationsAtMost) {
    return html`<p class="below">${invitationsAtMost} invitations are waiting. Take one back to send another.</p>`
  }
  return html`<form method="post" action="/developer/colleagues" class="card stack sheet">
<h2>Invite a colleague</h2>
${hiddenField('csrf', csrf)}
${field({ name: 'email', label: 'Email of a colleague', type: 'email', value: entered?.email, problem: entered?.problem, autocomplete: 'off', hint: 'They get a link that works once, for seven days, for an account with this very address.', first: entered !== undefined })}
${roleChoice(entered?.role ?? 'member')}
<div class="actions"><button class="button button-primary" name="action" value="invite">Send invitation</button></div>
</form>`
}

export function roleChoice(chosen: Role): Html {
  return html`<fieldset class="boxes">
<legend>Role</legend>
${roles.map(([role, title, description]) => html`<div class="box"><input type="radio" id="role-${role}" name="role" value="${role}" ${attributes({ checked: role === chosen })}><label for="role-${role}"><strong>${title}</strong><span>${description}</span></label></div>`)}
</fieldset>`
}

/** For somebody who belongs to no company yet. */
export function noCompanyPage(frame: Frame): Html {
  const body = html`<h1>Colleagues</h1>
<div class="card empty">
${icon('person')}
<h2>You have no company here yet</h2>
<p>Tell us who you are first. Or ask a colleague whose company is here already to invite you by email.</p>
<p class="actions actions-centre"><a class="button button-primary" href="/developer">My Qualification</a></p>
</div>`
  return developerPage(frame, { tab: 'Colleagues', title: 'Colleagues', body })
}
