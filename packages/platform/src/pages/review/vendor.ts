/** One company, as a reviewer sees it. */
import type { App } from '../../developer/app.ts'
import { pictured } from '../../developer/logo.ts'
import type { Member } from '../../developer/member.ts'
import { isWaiting, type QualificationRow, type Vendor } from '../../developer/qualification.ts'
import type { Paged } from '../../page.ts'
import { moment } from '../date.ts'
import { appBadge, vendorBadge } from '../developer/app-state.ts'
import { companyDifference } from '../developer/difference.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { pager } from '../pager.ts'
import { decisionForm, reviewPage } from './shell.ts'
import { stepLink } from './step.ts'

export interface ReviewVendorView extends Frame {
  readonly csrf: string
  readonly vendor: Vendor
  /** What would stand in the place of what is approved; `null` when nothing waits beside it. */
  readonly change: QualificationRow | null
  readonly apps: Paged<App>
  readonly members: Paged<Member>
  readonly problem?: string
}

export function reviewVendorPage(view: ReviewVendorView): Html {
  const { vendor, change, csrf, problem } = view
  const fields = { csrf, vendor: String(vendor.id), seen: String(vendor.submitted_at) }
  const buttons = html`<button class="button button-primary" name="action" value="approve">Approve</button><button class="button button-danger" name="action" value="decline">Decline</button>`
  const body = html`<div class="head head-app">${appMark({ name: vendor.name }, 'large')}<div><h1><bdi>${vendor.name}</bdi></h1><p class="badges">${vendorBadge(vendor)}</p></div></div>
${vendor.suspended_at !== null && notice('problem', html`<strong>Suspended</strong> since ${moment(vendor.suspended_at)}. None of its apps works.`)}
${change && html`<section class="card stack sheet"><h2>What changes</h2>${companyDifference(vendor, change)}</section>`}
${qualification(view)}
${isWaiting(vendor) && decisionForm('vendor', fields, { problem, buttons })}
${apps(view)}
${people(view)}
${kill(vendor)}`
  return reviewPage(view, { tab: null, title: vendor.name, body })
}

function qualification({ vendor, change }: ReviewVendorView): Html {
  return html`<section class="card stack sheet"><h2>${change ? 'As approved' : 'Qualification'}</h2>
<dl class="sheet-facts">
${fact('Website', vendor.website)}${fact('Privacy policy', vendor.privacy_url)}
${fact('Person', [vendor.contact_name, vendor.contact_title].filter(Boolean).join(', '))}${fact('Email', vendor.contact_email)}${fact('Phone', vendor.contact_phone)}
${vendor.submitted_at !== null && html`<div><dt>Submitted</dt><dd>${moment(vendor.submitted_at)}</dd></div>`}
${vendor.reason && fact('Last reason', vendor.reason)}
</dl>
<p class="field-hint">Addresses are shown and not linked: look them up yourself.</p>
</section>`
}

function fact(label: string, value: string): Html {
  return html`<div><dt>${label}</dt><dd><bdi>${value || 'None'}</bdi></dd></div>`
}

function apps({ vendor, apps: shown, members }: ReviewVendorView): Html {
  return html`<section class="sheet-part"><h2>Apps</h2>
${shown.items.length === 0 ? html`<p class="card nothing">It has registered no app yet.</p>` : html`<ul class="card entries">${shown.items.map(app => html`<li class="entry">${appMark(pictured(app))}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p class="badges">${appBadge(app)}</p></div></li>`)}</ul>`}
${pager('apps', shown, number => address(vendor, number, members.number))}
</section>`
}

function people({ vendor, apps: shown, members }: ReviewVendorView): Html {
  return html`<section class="sheet-part"><h2>People</h2>
${members.items.length === 0 ? html`<p class="card nothing">Nobody here works for it: it was made by the operator.</p>` : html`<ul class="card rows">${members.items.map(({ email, first_name, last_name, organization, phone, role }) => html`<li><div><strong><bdi>${`${first_name} ${last_name}`.trim() || email}</bdi></strong><p><bdi>${[email, phone, organization].filter(Boolean).join(' · ')}</bdi></p></div><span>${role === 'owner' ? 'Owner' : 'Member'}</span></li>`)}</ul>`}
${pager('people', members, number => address(vendor, shown.number, number))}
</section>`
}

function address({ id }: Vendor, apps: number, people: number): string {
  return `/review/vendor?vendor=${id}&apps=${apps}&people=${people}`
}

function kill(vendor: Vendor): Html {
  const suspended = vendor.suspended_at !== null
  return html`<section class="card stack sheet"><h2>${suspended ? 'Let it go on' : 'Stop it'}</h2>
<p>${suspended ? 'Resuming lets its apps and their connections go on.' : 'Suspending stops all of its apps at once, and can be undone. You are asked once more.'}</p>
<div class="actions">${stepLink('vendor', { vendor: String(vendor.id) }, suspended ? 'resume' : 'suspend')}<a class="button" href="/review/audit?vendor=${vendor.id}">Audit log</a></div>
</section>`
}
