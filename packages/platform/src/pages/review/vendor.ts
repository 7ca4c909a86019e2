/** One company, as a reviewer sees it. */
import type { App } from '../../developer/app.ts'
import type { Member } from '../../developer/member.ts'
import type { Vendor } from '../../developer/qualification.ts'
import { moment } from '../date.ts'
import { appBadge } from '../developer/app-state.ts'
import { badge } from '../developer/shell.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { decisionForm, reviewPage } from './shell.ts'

export interface ReviewVendorView extends Frame {
  readonly csrf: string
  readonly vendor: Vendor
  readonly apps: readonly App[]
  readonly members: readonly Member[]
  readonly problem?: string
}

const states = {
  draft: ['Not submitted', 'plain'],
  in_review: ['In review', 'waiting'],
  approved: ['Approved', 'good'],
  declined: ['Declined', 'bad'],
} as const

export function reviewVendorPage(view: ReviewVendorView): Html {
  const { vendor, apps, members, csrf, problem } = view
  const [words, tone] = states[vendor.state]
  const body = html`<div class="head head-app">${appMark(vendor, 'large')}<div><h1><bdi>${vendor.name}</bdi></h1><p class="badges">${badge(words, tone)} ${vendor.suspended_at !== null && badge('Suspended', 'bad')}</p></div></div>
<section class="card stack sheet"><h2>Qualification</h2>
<dl class="sheet-facts">
${fact('Website', vendor.website)}${fact('Privacy policy', vendor.privacy_url)}
${fact('Person', `${vendor.contact_name}, ${vendor.contact_title}`)}${fact('Email', vendor.contact_email)}${fact('Phone', vendor.contact_phone)}
${vendor.submitted_at !== null && html`<div><dt>Submitted</dt><dd>${moment(vendor.submitted_at)}</dd></div>`}
${vendor.reason && fact('Last reason', vendor.reason)}
</dl>
<p class="field-hint">Addresses are shown and not linked: look them up yourself.</p>
</section>
${vendor.state === 'in_review' && decisionForm('vendor', { csrf, vendor: String(vendor.id), seen: String(vendor.submitted_at) }, { problem, buttons: html`<button class="button button-primary" name="action" value="approve">Approve</button><button class="button button-danger" name="action" value="decline">Decline</button>` })}
<section class="sheet-part"><h2>Apps</h2>
${apps.length === 0 ? html`<p class="lead">None yet.</p>` : html`<ul class="card entries">${apps.map(app => html`<li class="entry">${appMark(app)}<div class="entry-name"><h3><a href="/review/app?app=${app.client_id}"><bdi>${app.name}</bdi></a></h3><p class="badges">${appBadge(app)}</p></div></li>`)}</ul>`}
</section>
<section class="sheet-part"><h2>People</h2>
${members.length === 0 ? html`<p class="lead">Nobody here works for it: it was made by the operator.</p>` : html`<ul class="card secrets">${members.map(({ email, role }) => html`<li><bdi>${email}</bdi><span>${role}</span></li>`)}</ul>`}
</section>
${kill(view)}`
  return reviewPage(view, { tab: null, title: vendor.name, body })
}

function fact(label: string, value: string): Html {
  return html`<div><dt>${label}</dt><dd><bdi>${value || 'None'}</bdi></dd></div>`
}

/** One press stops a whole company; its page says what that means. */
function kill({ vendor, apps, csrf }: ReviewVendorView): Html {
  const suspended = vendor.suspended_at !== null
  const live = `${apps.length} ${apps.length === 1 ? 'app' : 'apps'}`
  return html`<section class="card stack sheet"><h2>${suspended ? 'Suspended' : 'Suspend'}</h2>
${suspended ? notice('problem', html`None of its ${live} works. Resuming lets every connection go on.`) : html`<p>Stops all of its ${live} at once: no new connection, no token, no API call. It can be undone, and connections go on then.</p>`}
<form method="post" action="/review/vendor">${hiddenField('csrf', csrf)}${hiddenField('vendor', String(vendor.id))}${hiddenField('action', suspended ? 'resume' : 'suspend')}<button class="button ${suspended ? '' : 'button-danger'}">${suspended ? 'Resume the company' : 'Suspend the company'}</button></form>
</section>`
}
