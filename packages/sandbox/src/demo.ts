/**
 * The demo people, the demo vendor and its approved app: made once, found again at every later start.
 * The app's secret is kept in a file beside the database, because the database holds only its hash.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Platform } from '@latchkey/platform'
import {
  addAccount,
  addApp,
  findApp,
  findByEmail,
  findEndpoint,
  hashPassword,
  rollSigningSecret,
  type Store,
  setDefaultRedirectUri,
  setEndpoint,
} from '@latchkey/platform/admin'
import { newKey } from '@latchkey/vendor'

export interface Demo {
  readonly clientId: string
  readonly clientSecret: string
  /** What the demo vendor seals its tokens with. */
  readonly vendorKey: string
  /** What its webhooks are signed with. */
  readonly webhookSecret: string
}

export const demoPassword = 'latchkey-demo'
export const demoUser = { email: 'dana@demo.example', firstName: 'Dana', lastName: 'Reyes' }
export const demoReviewer = { email: 'robin@demo.example', firstName: 'Robin', lastName: 'Okafor' }

export interface DemoPlace {
  /** Keeps the demo app's credentials (mode 0600); `null` for nowhere. */
  readonly file: string | null
  readonly redirectUri: string
  readonly webhookUrl: string
}

/** Makes what is missing. */
export async function ensureDemo(
  { store, keys }: Pick<Platform, 'store' | 'keys'>,
  { file, redirectUri, webhookUrl }: DemoPlace,
): Promise<Demo> {
  await ensureAccount(store, demoUser, false)
  await ensureAccount(store, demoReviewer, true)
  const ensureEndpoint = async (appId: number) => {
    const about = { appId, actor: 'operator', keys } as const
    const set = await setEndpoint(store, { ...about, url: webhookUrl, seen: '' }, Date.now())
    return set?.secret ?? (await rollSigningSecret(store, about, Date.now())) ?? ''
  }
  const kept = file && readKept(file)
  const known = kept && (await findApp(store, kept.clientId))
  if (kept && known) {
    // It may have been registered while the vendor listened on another port.
    const added = { app: known, uri: redirectUri, actor: 'operator' } as const
    await setDefaultRedirectUri(store, added, Date.now())
    await followVendor({ store, keys }, known.id, webhookUrl)
    if (kept.webhookSecret) return kept
    return keep({ ...kept, webhookSecret: await ensureEndpoint(known.id) }, file)
  }
  const { app, clientSecret } = await addApp(
    store,
    {
      vendor: 'Northwind Dialers',
      name: 'Northwind Dialer',
      description: 'Calls your leads and writes down what was said.',
      website: 'https://northwind.example',
      redirectUris: [redirectUri],
      permissions: ['profile:read'],
      isPublic: false,
      rotates: false,
      mode: 'production',
    },
    'operator',
    Date.now(),
  )
  const webhookSecret = await ensureEndpoint(app.id)
  const clientId = app.client_id
  return keep({ clientId, clientSecret: clientSecret as string, webhookSecret }, file)
}

/** Webhooks go where the demo vendor listens now, unless somebody has taken them elsewhere. */
async function followVendor(
  { store, keys }: Pick<Platform, 'store' | 'keys'>,
  appId: number,
  url: string,
): Promise<void> {
  const seen = (await findEndpoint(store, appId))?.url ?? ''
  if (seen === url || !/^http:\/\/localhost:\d+\/webhooks$/.test(seen)) return
  await setEndpoint(store, { appId, actor: 'operator', keys, url, seen }, Date.now())
}

function keep(credentials: Omit<Demo, 'vendorKey'>, file: string | null): Demo {
  const demo = { vendorKey: newKey(), ...credentials }
  if (file) writeFileSync(file, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  return demo
}

function readKept(file: string): Demo | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Demo
  } catch {
    return null
  }
}

async function ensureAccount(
  store: Store,
  person: { email: string; firstName: string; lastName: string },
  isReviewer: boolean,
): Promise<void> {
  if (await findByEmail(store, person.email)) return
  const passwordHash = await hashPassword(demoPassword)
  await store.write(tx =>
    addAccount(tx, { ...person, passwordHash, isReviewer }, 'operator', Date.now()),
  )
}
