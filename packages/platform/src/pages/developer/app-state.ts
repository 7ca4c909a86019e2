/** How an app stands, in words: for its developers and for reviewers alike. */
import type { App } from '../../developer/app.ts'
import type { Revision } from '../../developer/revision.ts'
import type { Html } from '../html.ts'
import { badge } from './shell.ts'

/** The state of the live app. */
export function appBadge({ mode, suspended_at }: App): Html {
  if (suspended_at !== null) return badge('Suspended', 'bad')
  return mode === 'production' ? badge('Production', 'good') : badge('Development', 'plain')
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
