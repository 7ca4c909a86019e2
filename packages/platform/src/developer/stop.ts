/** What vendors are told when an app stops being in force, and when it is again: by itself, or with its vendor. */
import type { Transaction } from '../store/store.ts'
import { announce } from '../webhooks/outbox.ts'

interface HearingApp {
  readonly id: number
  readonly client_id: string
}

const hearingApps = 'select a.id, a.client_id from app a join vendor v on v.id = a.vendor_id'

/** Tells of an app that stops or goes on by itself; one whose vendor is suspended does neither. */
export async function announceAppStop(
  tx: Transaction,
  { appId, suspended }: { appId: number; suspended: boolean },
  now: number,
): Promise<void> {
  const [app] = await tx.run<HearingApp>(
    `${hearingApps} where a.id = $1 and a.webhooks = 1 and v.suspended_at is null`,
    appId,
  )
  if (app) await announceStop(tx, app, { suspended, because_of: 'app' }, now)
}

/** Tells of every app of a vendor that was in force, or is again: one that is suspended by itself is not. */
export async function announceVendorStop(
  tx: Transaction,
  { vendorId, suspended }: { vendorId: number; suspended: boolean },
  now: number,
): Promise<void> {
  const apps = await tx.run<HearingApp>(
    `${hearingApps} where a.vendor_id = $1 and a.webhooks = 1 and a.suspended_at is null order by a.id`,
    vendorId,
  )
  for (const app of apps) await announceStop(tx, app, { suspended, because_of: 'vendor' }, now)
}

async function announceStop(
  tx: Transaction,
  { id: appId, client_id }: HearingApp,
  { suspended, because_of }: { suspended: boolean; because_of: 'app' | 'vendor' },
  at: number,
): Promise<void> {
  const common = { appId, lane: client_id, at }
  if (!suspended) await announce(tx, { ...common, type: 'app.resumed', data: { client_id } })
  else await announce(tx, { ...common, type: 'app.suspended', data: { client_id, because_of } })
}
