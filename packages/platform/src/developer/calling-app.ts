/** An app that calls an OAuth endpoint: what it has to be known by, and no more, because every call reads it. */
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { liveHashes, secretColumns, type WithSecret } from './secret.ts'

export type CallingApp = Pick<
  App,
  'id' | 'client_id' | 'is_public' | 'rotates' | 'webhooks' | 'stopped_at'
>

const callingApp = `
  select a.id, a.client_id, a.is_public, a.rotates, a.webhooks,
    coalesce(a.suspended_at, v.suspended_at) as stopped_at, ${secretColumns}
  from app a join vendor v on v.id = a.vendor_id left join app_secret s on s.app_id = a.id
  where a.client_id = $1`

/** The app with this `client_id` and the hashes of its secrets that work at `now`, or `null`. */
export async function findCallingApp(
  store: Store,
  clientId: string,
  now: number,
): Promise<{ app: CallingApp; secrets: Uint8Array[] } | null> {
  const rows = await store.find<CallingApp & WithSecret>(callingApp, clientId)
  const [app] = rows
  return app ? { app, secrets: liveHashes(rows, now) } : null
}

/** True when its refresh tokens are used up: of public apps, and apps set to rotate (RFC 9700 §4.14.2). */
export function rotates(app: CallingApp): boolean {
  return app.is_public === 1 || app.rotates === 1
}
