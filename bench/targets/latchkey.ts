// Latchkey as it is served, with two limits off: the API's calls a minute and failed app
// authentications. The database is a file beside the bench, not in a temporary folder that may be
// memory; it is removed at the end. Accounts, the app, connections and codes are made by the
// functions that the pages use.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPlatform, serve } from '@latchkey/platform'
import { addAccount, addApp, openStore } from '@latchkey/platform/admin'
import {
  decide,
  exchange,
  findConnection,
  newConnectionId,
} from '../../packages/platform/src/connection/connection.ts'
import { signHandle } from '../../packages/platform/src/connection/handle.ts'
import { createKeyRing, newKey } from '../../packages/platform/src/connection/keys.ts'
import { ownDatabase } from '../database.ts'
import { draw, fill } from '../filling.ts'
import { announce } from '../target.ts'

const REDIRECT_URI = 'https://vendor.example/callback'
const PERMISSIONS = 'profile:read'
const CONNECTIONS = 1000

const data = fileURLToPath(new URL('../data/', import.meta.url))
mkdirSync(data, { recursive: true })
const folder = mkdtempSync(`${data}run-`)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit())

const database = (await ownDatabase()) ?? `${folder}/latchkey.db`
const opened = await openStore(database)
await opened.migrate()
await opened.close()
const platform = await createPlatform({
  database,
  keyRing: createKeyRing([newKey(0)]),
  keys: `${folder}/keys.json`,
  codeTtl: 600,
  limitApi: null,
  limitAppAuth: null,
  log: 'warn',
})
const { store, keys } = platform

const accountIds = await store.write(async tx => {
  const ids: number[] = []
  for (let user = 0; user < CONNECTIONS; user++) {
    const email = `user-${user}@example.com`
    const account = { email, firstName: 'Ada', lastName: 'Byron', passwordHash: null }
    const id = await addAccount(tx, { ...account, isReviewer: false }, 'operator', Date.now())
    if (id !== null) ids.push(id)
  }
  return ids
})
const { app, clientSecret } = await addApp(
  store,
  {
    vendor: 'Bench',
    name: 'Bench',
    redirectUris: [REDIRECT_URI],
    permissions: [PERMISSIONS],
    isPublic: false,
    rotates: false,
    mode: 'production',
  },
  'operator',
  Date.now(),
)

/** What a click on Authorize does: a row, and the code that is its handle. */
async function authorize(accountId: number) {
  const now = Date.now()
  const id = newConnectionId(now)
  const agreed = { permissions: PERMISSIONS, redirectUri: REDIRECT_URI, redirectUriSent: true }
  const decision = { ...agreed, id, appId: app.id, accountId, codeChallenge: null, granted: true }
  await decide(store, decision, now)
  const code = signHandle(keys, { kind: 'code', connectionId: id, generation: 0, issuedAt: now })
  return { id, code }
}

async function connect(accountId: number) {
  const { id } = await authorize(accountId)
  const connection = await findConnection(store, id)
  const issuedAt = Date.now()
  if (!connection || !(await exchange(store, connection, issuedAt)))
    throw new Error('not connected')
  const handle = { connectionId: id, generation: 1, issuedAt }
  return {
    accessToken: signHandle(keys, { kind: 'access', ...handle }),
    refreshToken: signHandle(keys, { kind: 'refresh', ...handle }),
  }
}

function tokensOf(id: Uint8Array) {
  const handle = { connectionId: id, generation: 1, issuedAt: Date.now() }
  return {
    accessToken: signHandle(keys, { kind: 'access', ...handle }),
    refreshToken: signHandle(keys, { kind: 'refresh', ...handle }),
  }
}

const rows = Number(process.env.LATCHKEY_BENCH_ROWS ?? 0)
if (rows > 0) await fill(store, { rows, appId: app.id, accounts: accountIds })
const connections =
  rows > 0
    ? (await draw(store, rows, 20 * CONNECTIONS)).map(tokensOf)
    : await Promise.all(accountIds.map(connect))

async function mint(count: number) {
  const codes: string[] = []
  while (codes.length < count) {
    const group = await Promise.all(accountIds.slice(0, count - codes.length).map(authorize))
    codes.push(...group.map(({ code }) => code))
  }
  return codes
}

const { port } = await serve(platform, { port: 0, host: '127.0.0.1' })
const form = {
  method: 'POST',
  path: '/oauth/token',
  headers: {
    Authorization: `Basic ${btoa(`${app.client_id}:${clientSecret}`)}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  },
} as const
const redirect = encodeURIComponent(REDIRECT_URI)

announce(
  {
    port,
    state: `${store.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} on disk, every change synced before its answer${rows > 0 ? `, ${rows.toLocaleString('en')} connections` : ''}`,
    steps: {
      refresh: {
        request: { ...form, body: 'grant_type=refresh_token&refresh_token={value}' },
        values: connections.map(({ refreshToken }) => refreshToken),
        mark: '"access_token"',
      },
      exchange: {
        request: {
          ...form,
          body: `grant_type=authorization_code&redirect_uri=${redirect}&code={value}`,
        },
        values: [],
        mark: '"refresh_token"',
      },
      me: {
        request: { method: 'GET', path: '/v1.0/me', headers: { Authorization: 'Bearer {value}' } },
        values: connections.map(({ accessToken }) => accessToken),
        mark: '"email"',
      },
    },
  },
  mint,
)
