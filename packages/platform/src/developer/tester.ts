/**
 * Who may connect an app that is still in development: the vendor's own people, and up to 25 that it has
 * invited by email. Apps made on the command line are the operator's, and open to everyone.
 */
import { type Account, emailKey } from '../accounts/account.ts'
import { type Actor, audit } from '../connection/audit.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { membershipOf } from './member.ts'

export const testersAtMost = 25

export interface Tester {
  readonly email: string
  readonly created_at: number
}

/** In the order they were invited. */
export function testersOf(store: Store, appId: number): Promise<Tester[]> {
  return store.read<Tester>(
    'select email, created_at from app_tester where app_id = $1 order by created_at, email_key',
    appId,
  )
}

/** Invites somebody, who needs no account yet. `full`: 25 are invited already. */
export function inviteTester(
  store: Store,
  { app, email, actor }: { app: App; email: string; actor: Actor },
  now: number,
): Promise<'done' | 'full'> {
  return store.write(async tx => {
    await tx.run('update app set client_id = client_id where id = $1 returning id', app.id)
    const invited = await tx.run<{ email_key: string }>(
      'select email_key from app_tester where app_id = $1',
      app.id,
    )
    const key = emailKey(email)
    if (invited.some(({ email_key }) => email_key === key)) return 'done'
    if (invited.length >= testersAtMost) return 'full'
    await tx.run(
      'insert into app_tester (app_id, email_key, email, created_at) values ($1, $2, $3, $4)',
      app.id,
      key,
      email.trim(),
      now,
    )
    await audit(tx, { at: now, kind: 'tester.invited', actor, appId: app.id })
    return 'done'
  })
}

/** Takes the invitation back; connections that the tester has made stay until they disconnect them. */
export function removeTester(
  store: Store,
  { app, email, actor }: { app: App; email: string; actor: Actor },
  now: number,
): Promise<void> {
  return store.write(async tx => {
    const [gone] = await tx.run(
      'delete from app_tester where app_id = $1 and email_key = $2 returning app_id',
      app.id,
      emailKey(email),
    )
    if (gone) await audit(tx, { at: now, kind: 'tester.removed', actor, appId: app.id })
  })
}

/** Whether this person may connect the app as it stands. */
export async function mayConnect(store: Store, app: App, account: Account): Promise<boolean> {
  if (app.mode === 'production' || app.audience === 'everyone') return true
  const membership = await membershipOf(store, account.id)
  if (membership?.vendor_id === app.vendor_id) return true
  const [tester] = await store.read(
    'select 1 as one from app_tester where app_id = $1 and email_key = $2',
    app.id,
    emailKey(account.email),
  )
  return tester !== undefined
}
