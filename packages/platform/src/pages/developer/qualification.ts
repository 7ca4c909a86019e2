/** My Qualification: who the company is, and how far its review has come. */
import {
  isApproved,
  isWaiting,
  type QualificationRow,
  type Vendor,
} from '../../developer/qualification.ts'
import type { QualificationForm } from '../../developer/qualification-form.ts'
import { day } from '../date.ts'
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { companyDifference } from './difference.ts'
import { developerPage } from './shell.ts'

export interface QualificationView extends Frame {
  readonly csrf: string
  /** `null` for somebody who has no company here yet. */
  readonly vendor: Vendor | null
  /** What waits for a reviewer beside what is approved. */
  readonly change: QualificationRow | null
  readonly isOwner: boolean
  readonly values: Partial<QualificationForm>
  readonly problems: Partial<Record<keyof QualificationForm, string>>
}

export function qualificationPage(view: QualificationView): Html {
  const { vendor, change, isOwner } = view
  const locked = (vendor !== null && isWaiting(vendor)) || !isOwner
  const body = html`<h1>My Qualification</h1>
<p class="lead">Tell us who you are. A person looks at it once; then your apps can go live.</p>
${vendor && stateOf(vendor)}
${Object.keys(view.problems).length > 0 && notice('problem', 'Please look at the fields marked below.')}
${vendor && change && html`<section class="card stack sheet"><h2>The change</h2>${companyDifference(vendor, change)}</section>`}
${locked ? facts(view) : form(view)}`
  return developerPage(view, { tab: 'My Qualification', title: 'My Qualification', body })
}

function stateOf({ state, reason, submitted_at, suspended_at }: Vendor): Html | null {
  if (suspended_at !== null) {
    return notice(
      'problem',
      html`<strong>Your company is suspended.</strong> None of its apps can be connected or used. Ask the platform why.`,
    )
  }
  switch (state) {
    case 'draft':
      return null
    case 'in_review':
      return notice(
        'caution',
        html`<strong>Under review</strong> since ${day(submitted_at ?? 0)}. We write to you as soon as it is decided. You can register an application meanwhile and try it out.`,
      )
    case 'change_in_review':
      return notice(
        'caution',
        html`<strong>Your change is under review</strong> since ${day(submitted_at ?? 0)}. Until it is decided, what was approved stays, and your applications go on as they are.`,
      )
    case 'approved':
      return reason === ''
        ? notice(
            'done',
            html`<strong>Approved.</strong> You can submit your applications for review.`,
          )
        : notice(
            'caution',
            html`<strong>Your change was declined.</strong> <q>${reason}</q> What was approved before stays as it is.`,
          )
    case 'declined':
      return notice(
        'problem',
        html`<strong>Declined.</strong> ${reason || 'Ask the platform why.'} Change what is needed, and submit it again.`,
      )
  }
}

function form({ csrf, values, problems, vendor }: QualificationView): Html {
  const wrong = Object.keys(problems)[0]
  const about = (name: keyof QualificationForm) => ({
    name,
    value: values[name],
    problem: problems[name],
    first: name === wrong,
  })
  return html`<form method="post" action="/developer" class="card stack sheet">
<h2>The company</h2>
${field({ ...about('name'), label: 'Company', autocomplete: 'organization', longest: 80 })}
<div class="pair">
${field({ ...about('website'), label: 'Website', type: 'url', autocomplete: 'url', hint: 'Begins with https://' })}
${field({ ...about('privacyUrl'), label: 'Privacy policy', type: 'url', autocomplete: 'off', hint: 'The page your users can read' })}
</div>
<h2>The person who speaks for it</h2>
<div class="pair">
${field({ ...about('contactName'), label: 'Full name', autocomplete: 'name', longest: 120 })}
${field({ ...about('contactTitle'), label: 'Title', autocomplete: 'organization-title', longest: 120 })}
${field({ ...about('contactEmail'), label: 'Email', type: 'email', autocomplete: 'email' })}
${field({ ...about('contactPhone'), label: 'Phone', type: 'tel', autocomplete: 'tel' })}
</div>
${hiddenField('csrf', csrf)}
${vendor?.state === 'approved' && notice('caution', 'A reviewer looks at a change first. Until then, what is approved stays, and your apps go on working.')}
<div class="actions"><button class="button button-primary">Submit</button></div>
</form>`
}

function facts({ values, isOwner, vendor }: QualificationView): Html {
  const isApprovedNow = vendor !== null && isApproved(vendor)
  const rows: [string, string | undefined][] = [
    ['Company', values.name],
    ['Website', values.website],
    ['Privacy policy', values.privacyUrl],
    ['Full name', values.contactName],
    ['Title', values.contactTitle],
    ['Email', values.contactEmail],
    ['Phone', values.contactPhone],
  ]
  return html`<section class="card stack sheet"><h2>${isApprovedNow ? 'As approved' : 'The company'}</h2><dl class="sheet-facts">${rows.map(
    ([label, value]) => html`<div><dt>${label}</dt><dd><bdi>${value ?? ''}</bdi></dd></div>`,
  )}</dl></section>
${!isOwner && html`<p class="below">Only an owner of your company can change this.</p>`}`
}
