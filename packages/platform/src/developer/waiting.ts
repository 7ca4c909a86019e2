/** What reviewers look for: the apps that wait, and apps by a part of their name. */
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'

export interface WaitingApp extends Pick<App, 'client_id' | 'name' | 'vendor_name' | 'mode'> {
  readonly submitted_at: number
}

/** The one that waits longest first. */
export function waitingApps(store: Store): Promise<WaitingApp[]> {
  return store.read<WaitingApp>(
    `select a.client_id, r.name, v.name as vendor_name, a.mode, r.submitted_at
     from app_revision r join app a on a.id = r.app_id join vendor v on v.id = a.vendor_id
     where r.state = 'in_review' order by r.submitted_at, a.id`,
  )
}

export interface FoundApp
  extends Pick<App, 'client_id' | 'name' | 'vendor_id' | 'vendor_name' | 'mode' | 'suspended_at'> {}

const foundAtMost = 50

/** Apps whose name, vendor or Client ID holds these words, whatever their case; at most fifty. */
export function searchApps(store: Store, words: string): Promise<FoundApp[]> {
  const pattern = `%${words
    .trim()
    .toLowerCase()
    .replaceAll(/[\\%_]/g, sign => `\\${sign}`)}%`
  return store.read<FoundApp>(
    `select a.client_id, a.name, a.vendor_id, v.name as vendor_name, a.mode, a.suspended_at
     from app a join vendor v on v.id = a.vendor_id
     where lower(a.name) like $1 escape '\\' or lower(v.name) like $1 escape '\\'
       or lower(a.client_id) like $1 escape '\\'
     order by a.id desc limit ${foundAtMost}`,
    pattern,
  )
}
