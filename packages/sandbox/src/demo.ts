/**
 * The demo people, the demo vendor and its approved app: made once, found again at every later start.
 * The app's secret is kept in a file beside the database, because the database holds only its hash.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import {
  addAccount,
  addApp,
  findApp,
  findByEmail,
  hashPassword,
  type Store,
} from '@latchkey/platform/admin'
import { newKey } from '@latchkey/vendor'

export interface Demo {
  readonly clientId: string
  readonly clientSecret: string
  /** What the demo vendor seals its tokens with. */
  readonly vendorKey: string
}

export const demoPassword = 'latchkey-demo'
export const demoUser = { email: 'dana@demo.example', firstName: 'Dana', lastName: 'Reyes' }
export const demoReviewer = { email: 'robin@demo.example', firstName: 'Robin', lastName: 'Okafor' }

/** Makes what is missing; `file` keeps the demo app's credentials (mode 0600). */
export async function ensureDemo(
  store: Store,
  { file, redirectUri }: { file: string | null; redirectUri: string },
): Promise<Demo> {
  await ensureAccount(store, demoUser, false)
  await ensureAccount(store, demoReviewer, true)
  const kept = file && readKept(file)
  if (kept && (await findApp(store, kept.clientId))) return kept.vendorKey ? kept : keep(kept, file)
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
  return keep({ clientId: app.client_id, clientSecret: clientSecret as string }, file)
}

function keep(credentials: Omit<Demo, 'vendorKey'>, file: string | null): Demo {
  const demo = { ...credentials, vendorKey: newKey() }
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
