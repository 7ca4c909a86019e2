/** My Qualification: who the company is, and how far its review has come. */
import type { Qualification, Vendor } from '../../developer/qualification.ts'
import { day } from '../date.ts'
import { field, hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { notice } from '../notice.ts'
import { developerPage } from './shell.ts'

export interface QualificationView extends Frame {
  readonly csrf: string
  /** `null` for somebody who has no company here yet. */
  readonly vendor: Vendor | null
  readonly isOwner: boolean
  readonly values: Partial<Qualification>
  readonly problems: Partial<Record<keyof Qualification, string>>
}

export function qualificationPage(view: QualificationView): Html {
  const { vendor, isOwner } = view
  const locked = vendor?.state === 'in_review' || !isOwner
  const body = html`<h1>My Qualification</h1>
<p class="lead">Tell us who you are. A person looks at it once; then your apps can go live.</p>
${vendor && stateOf(vendor)}
${Object.keys(view.problems).length > 0 && notice('problem', 'Please look at the fields marked below.')}
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
    case 'approved':
      return notice(
        'done',
        html`<strong>Approved.</strong> You can submit your applications for review.`,
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
  const about = (name: keyof Qualification) => ({
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
${vendor?.state === 'approved' && notice('caution', 'A change is looked at again. Your apps go on working meanwhile.')}
<button class="button button-primary">Submit</button>
</form>`
}

function facts({ values, isOwner }: QualificationView): Html {
  const rows: [string, string | undefined][] = [
    ['Company', values.name],
    ['Website', values.website],
    ['Privacy policy', values.privacyUrl],
    ['Full name', values.contactName],
    ['Title', values.contactTitle],
    ['Email', values.contactEmail],
    ['Phone', values.contactPhone],
  ]
  return html`<div class="card sheet"><dl class="sheet-facts">${rows.map(
    ([label, value]) => html`<div><dt>${label}</dt><dd><bdi>${value ?? ''}</bdi></dd></div>`,
  )}</dl></div>
${!isOwner && html`<p class="below">Only an owner of your company can change this.</p>`}`
}
