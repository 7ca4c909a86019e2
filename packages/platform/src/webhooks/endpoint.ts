/**
 * Where an app's events go: one URL. `app.webhooks` is 1 exactly while there is one that is not switched
 * off; nothing else decides whether an event is written.
 */
import { type Actor, audit } from '../connection/audit.ts'
import type { KeyRing } from '../connection/keys.ts'
import type { Store, Transaction } from '../store/store.ts'
import { addSigningSecret } from './signing-secret.ts'

export interface Endpoint {
  readonly url: string
  readonly created_at: number
  /** Since when nothing is sent there, because it answered 410; `null` while it is on. */
  readonly disabled_at: number | null
}

export async function findEndpoint(store: Store, appId: number): Promise<Endpoint | null> {
  const [endpoint] = await store.read<Endpoint>(
    'select url, created_at, disabled_at from webhook_endpoint where app_id = $1',
    appId,
  )
  return endpoint ?? null
}

export interface EndpointChange {
  readonly appId: number
  readonly actor: Actor
}

export interface EndpointSetting extends EndpointChange {
  readonly url: string
  readonly keys: KeyRing
  /** The URL that whoever sets it has seen; `''` for none. */
  readonly seen: string
}

/**
 * Sets the URL, or switches the endpoint on again. Answers with the signing secret when it is the app's
 * first, which is never to be had again. `null`: somebody else has set another URL meanwhile.
 */
export function setEndpoint(
  store: Store,
  { appId, actor, url, keys, seen }: EndpointSetting,
  now: number,
): Promise<{ readonly secret: string | null } | null> {
  return store.write(async tx => {
    await tx.run('update app set client_id = client_id where id = $1 returning id', appId)
    const [known] = await tx.run<{ url: string }>(
      'select url from webhook_endpoint where app_id = $1',
      appId,
    )
    if ((known?.url ?? '') !== seen) return null
    await setHearing(tx, appId, true)
    await tx.run(
      `insert into webhook_endpoint (app_id, url, created_at) values ($1, $2, $3)
       on conflict (app_id) do update set url = excluded.url, disabled_at = null`,
      appId,
      url,
      now,
    )
    await audit(tx, { at: now, kind: 'webhook.set', actor, appId, detail: new URL(url).host })
    if (known) return { secret: null }
    return { secret: await addSigningSecret(tx, { keys, appId, keep: false }, now) }
  })
}

/** Makes a new signing secret; the one before signs beside it for a day. `null`: there is no endpoint. */
export function rollSigningSecret(
  store: Store,
  { appId, actor, keys }: EndpointChange & { keys: KeyRing },
  now: number,
): Promise<string | null> {
  return store.write(async tx => {
    // Of two at once the second waits here, and ends what the first has made.
    await tx.run('update app set client_id = client_id where id = $1 returning id', appId)
    const [known] = await tx.run('select app_id from webhook_endpoint where app_id = $1', appId)
    if (!known) return null
    const secret = await addSigningSecret(tx, { keys, appId, keep: true }, now)
    const detail = `…${secret.slice(-4)}`
    await audit(tx, { at: now, kind: 'webhook.secret_rolled', actor, appId, detail })
    return secret
  })
}

/** Takes the endpoint and its secrets away; what waits is given up when its turn comes. */
export function removeEndpoint(
  store: Store,
  { appId, actor }: EndpointChange,
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    await setHearing(tx, appId, false)
    const [gone] = await tx.run(
      'delete from webhook_endpoint where app_id = $1 returning app_id',
      appId,
    )
    if (!gone) return false
    await tx.run('delete from webhook_secret where app_id = $1', appId)
    await audit(tx, { at: now, kind: 'webhook.removed', actor, appId })
    return true
  })
}

/** Switches it off, as its server has asked by 410; unless it goes elsewhere by now. */
export function disableEndpoint(
  store: Store,
  { appId, url }: { appId: number; url: string },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    await tx.run('update app set client_id = client_id where id = $1 returning id', appId)
    const [changed] = await tx.run(
      `update webhook_endpoint set disabled_at = $3
       where app_id = $1 and url = $2 and disabled_at is null returning app_id`,
      appId,
      url,
      now,
    )
    if (!changed) return false
    await setHearing(tx, appId, false)
    await audit(tx, { at: now, kind: 'webhook.disabled', actor: 'platform', appId })
    return true
  })
}

/** Locks the app as well, so that two changes at once are one after the other. */
async function setHearing(tx: Transaction, appId: number, hears: boolean): Promise<void> {
  await tx.run('update app set webhooks = $2 where id = $1 returning id', appId, hears ? 1 : 0)
}
