// What a bench of Latchkey needs in a database: people, an app, connections, and codes on demand. Made
// by the functions that the pages use, so rows and events are those of real use.

import { addAccount, addApp, type Store } from '@latchkey/platform/admin'
import { decide, exchange } from '../packages/platform/src/connection/connection.ts'
import { signHandle } from '../packages/platform/src/connection/handle.ts'
import type { KeyRing } from '../packages/platform/src/connection/keys.ts'
import { newConnectionId } from '../packages/platform/src/connection/name.ts'
import { findConnection } from '../packages/platform/src/connection/row.ts'
import { draw, fill } from './filling.ts'
import type { Step, Work } from './target.ts'

const REDIRECT_URI = 'https://vendor.example/callback'
const PERMISSIONS = 'profile:read'
const CONNECTIONS = 1000
/** How many of the many are asked about. */
const ACTIVE = 10_000

export type Furniture = {
  readonly steps: Readonly<Record<Step, Work>>
  /** So many codes that were never used. */
  readonly mint: (count: number) => Promise<string[]>
  /** The same steps with the tokens of so many connections, drawn from those that stand beside. */
  readonly drawn: (count: number) => Promise<Furniture['steps']>
}

/** Furnishes an empty database; `rows` connections stand in it beside those that are asked about. */
export async function furnish(store: Store, keys: KeyRing, rows = 0): Promise<Furniture> {
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
  const authorize = async (accountId: number) => {
    const now = Date.now()
    const id = newConnectionId(now)
    const agreed = { permissions: PERMISSIONS, redirectUri: REDIRECT_URI, redirectUriSent: true }
    const decision = { ...agreed, id, appId: app.id, accountId, codeChallenge: null, granted: true }
    await decide(store, decision, now)
    const code = signHandle(keys, { kind: 'code', connectionId: id, generation: 0, issuedAt: now })
    return { id, code }
  }

  const tokensOf = (id: Uint8Array) => {
    const handle = { connectionId: id, generation: 1, issuedAt: Date.now() }
    return {
      accessToken: signHandle(keys, { kind: 'access', ...handle }),
      refreshToken: signHandle(keys, { kind: 'refresh', ...handle }),
    }
  }

  const connect = async (accountId: number) => {
    const { id } = await authorize(accountId)
    const connection = await findConnection(store, id)
    if (
      !connection ||
      !(await exchange(store, connection, { hearing: null, now: Date.now() }, () => true))
    )
      throw new Error('not connected')
    return tokensOf(id)
  }

  const mint = async (count: number) => {
    const codes: string[] = []
    while (codes.length < count) {
      const group = await Promise.all(accountIds.slice(0, count - codes.length).map(authorize))
      codes.push(...group.map(({ code }) => code))
    }
    return codes
  }

  if (rows > 0) await fill(store, { rows, appId: app.id, accounts: accountIds })
  const steps = (tokens: readonly Tokens[]) => stepsFor(`${app.client_id}:${clientSecret}`, tokens)
  const drawn = async (count: number) => steps((await draw(store, rows, count)).map(tokensOf))
  return {
    steps: rows > 0 ? await drawn(ACTIVE) : steps(await Promise.all(accountIds.map(connect))),
    mint,
    drawn,
  }
}

type Tokens = { readonly accessToken: string; readonly refreshToken: string }

function stepsFor(credentials: string, connections: readonly Tokens[]): Furniture['steps'] {
  const form = {
    method: 'POST',
    path: '/oauth/token',
    headers: {
      Authorization: `Basic ${btoa(credentials)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  } as const
  const redirect = encodeURIComponent(REDIRECT_URI)
  return {
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
  }
}
