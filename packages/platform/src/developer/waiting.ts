/** What reviewers look for: who waits, and vendors and apps by a part of their name. All of it in pages. */
import { type Page, type Paged, readPage } from '../page.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { type Vendor, vendorColumns } from './qualification.ts'

/** The vendors that wait, the one that waits longest first. */
export function waitingVendors(store: Store, page: Page): Promise<Paged<Vendor>> {
  return readPage(page, (limit, offset) =>
    store.read<Vendor>(
      `select ${vendorColumns} from vendor v where v.state in ('in_review', 'change_in_review')
       order by v.submitted_at, v.id limit $1 offset $2`,
      limit,
      offset,
    ),
  )
}

export interface WaitingApp
  extends Pick<App, 'client_id' | 'name' | 'logo' | 'vendor_name' | 'mode'> {
  readonly submitted_at: number
}

/** The apps that wait, the one that waits longest first. */
export function waitingApps(store: Store, page: Page): Promise<Paged<WaitingApp>> {
  return readPage(page, (limit, offset) =>
    store.read<WaitingApp>(
      `select a.client_id, r.name, r.logo, v.name as vendor_name, a.mode, r.submitted_at
       from app_revision r join app a on a.id = r.app_id join vendor v on v.id = a.vendor_id
       where r.state = 'in_review' order by r.submitted_at, a.id limit $1 offset $2`,
      limit,
      offset,
    ),
  )
}

export interface FoundApp
  extends Pick<
    App,
    'client_id' | 'name' | 'logo' | 'vendor_id' | 'vendor_name' | 'mode' | 'suspended_at'
  > {}

/** Apps whose name or Client ID holds these words, whatever their case, or whose vendor's name does. */
export function searchApps(store: Store, words: string, page: Page): Promise<Paged<FoundApp>> {
  return readPage(page, (limit, offset) =>
    store.read<FoundApp>(
      `select a.client_id, a.name, a.logo, a.vendor_id, v.name as vendor_name, a.mode, a.suspended_at
       from app a join vendor v on v.id = a.vendor_id
       where lower(a.name) like $1 escape '\\' or lower(v.name) like $1 escape '\\'
         or lower(a.client_id) like $1 escape '\\'
       order by a.id desc limit $2 offset $3`,
      patternOf(words),
      limit,
      offset,
    ),
  )
}

export interface FoundVendor extends Pick<Vendor, 'id' | 'name' | 'state' | 'suspended_at'> {}

/** Vendors whose name or contact's email holds these words, whatever their case. */
export function searchVendors(
  store: Store,
  words: string,
  page: Page,
): Promise<Paged<FoundVendor>> {
  return readPage(page, (limit, offset) =>
    store.read<FoundVendor>(
      `select v.id, v.name, v.state, v.suspended_at from vendor v
       where lower(v.name) like $1 escape '\\' or lower(v.contact_email) like $1 escape '\\'
       order by v.id desc limit $2 offset $3`,
      patternOf(words),
      limit,
      offset,
    ),
  )
}

function patternOf(words: string): string {
  const escaped = words
    .trim()
    .toLowerCase()
    .replaceAll(/[\\%_]/g, sign => `\\${sign}`)
  return `%${escaped}%`
}
