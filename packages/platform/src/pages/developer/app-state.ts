/** How an app stands, in words: for its developers and for reviewers alike. */
import { countedAtMost } from '../../connection/connected-apps.ts'
import type { App } from '../../developer/app.ts'
import type { Vendor } from '../../developer/qualification.ts'
import type { Revision } from '../../developer/revision.ts'
import { type Html, html } from '../html.ts'
import { badge } from './shell.ts'

/** The state of the live app. */
export function appBadge({ mode, suspended_at }: Pick<App, 'mode' | 'suspended_at'>): Html {
  if (suspended_at !== null) return badge('Suspended', 'bad')
  return mode === 'production' ? badge('Production', 'good') : badge('Development', 'plain')
}

const vendorStates = {
  draft: ['Not submitted', 'plain'],
  in_review: ['In review', 'waiting'],
  approved: ['Approved', 'good'],
  change_in_review: ['Approved, change in review', 'waiting'],
  declined: ['Declined', 'bad'],
} as const

/** The state of a company. */
export function vendorBadge({ state, suspended_at }: Pick<Vendor, 'state' | 'suspended_at'>): Html {
  const [words, tone] = vendorStates[state]
  return html`${badge(words, tone)} ${suspended_at !== null && badge('Suspended', 'bad')}`
}

/** The state of what waits to become the live app; `null` when nothing does. */
export function revisionBadge(revision: Revision | null): Html | null {
  switch (revision?.state) {
    case undefined:
      return null
    case 'draft':
      return badge('Draft not submitted', 'plain')
    case 'in_review':
      return badge('In review', 'waiting')
    case 'changes_requested':
      return badge('Changes requested', 'waiting')
    case 'declined':
      return badge('Declined', 'bad')
    case 'approved':
      return badge('Approved, not published', 'good')
  }
}

/** Whom the platform may ask about it. */
export function contact(of: Pick<App, 'contact_name' | 'contact_email' | 'contact_phone'>): Html {
  const known = [of.contact_name, of.contact_email, of.contact_phone].filter(Boolean)
  return html`<bdi>${known.join(', ') || 'None'}</bdi>`
}

/** “3 connections”; past what is counted, that there are more. */
export function countedConnections(count: number): string {
  if (count > countedAtMost) return `more than ${countedAtMost.toLocaleString('en-US')} connections`
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'connection' : 'connections'}`
}
