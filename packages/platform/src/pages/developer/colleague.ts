/** One colleague: the role, and the page that asks before somebody is removed or leaves. */
import type { Member } from '../../developer/member.ts'
import type { Vendor } from '../../developer/qualification.ts'
import { day } from '../date.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { roleChoice } from './colleagues.ts'
import { developerPage } from './shell.ts'

export interface ColleagueView extends Frame {
  readonly csrf: string
  readonly vendor: Vendor
  readonly member: Member
  readonly self: number
  readonly isOwner: boolean
}

export function colleaguePage(view: ColleagueView): Html {
  const { member, self, isOwner, csrf } = view
  const name = `${member.first_name} ${member.last_name}`.trim() || member.email
  const isSelf = member.id === self
  const hidden = html`${hiddenField('csrf', csrf)}${hiddenField('account', String(member.id))}`
  const body = html`<h1>${isSelf ? 'Your place here' : html`<bdi>${name}</bdi>`}</h1>
<p class="lead"><bdi>${member.email}</bdi>, here since ${day(member.joined_at)}</p>
${
  isOwner &&
  html`<form method="post" action="/developer/colleagues/member" class="card stack sheet">
${hidden}
${roleChoice(member.role)}
<div class="actions"><button class="button button-primary" name="action" value="role">Save role</button><a class="button" href="/developer/colleagues">Cancel</a></div>
</form>`
}
<form method="post" action="/developer/colleagues/member" class="card stack sheet">
${hidden}
<h2>${isSelf ? html`Leave ${company(view)}?` : html`Remove from ${company(view)}?`}</h2>
<ul class="points">
<li>${isSelf ? 'You' : 'They'} can no longer see its applications or make secrets, from that moment. A secret that ${isSelf ? 'you' : 'they'} copied goes on working until it is revoked.</li>
<li>Its applications stay, and no connection ends.</li>
<li>${isSelf ? 'To come back, you have to be invited again.' : 'They are not told by mail. They can be invited again.'}</li>
</ul>
<div class="actions"><button class="button button-danger" name="action" value="remove">${isSelf ? 'Leave' : 'Remove'}</button>${!isOwner && html`<a class="button" href="/developer/colleagues">Cancel</a>`}</div>
</form>`
  return developerPage(view, { tab: 'Colleagues', title: isSelf ? 'Your place here' : name, body })
}

function company({ vendor }: ColleagueView): Html {
  return vendor.state === 'draft' ? html`the company` : html`<bdi>${vendor.name}</bdi>`
}
