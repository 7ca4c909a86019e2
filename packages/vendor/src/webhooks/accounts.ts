/**
 * Which of the vendor's connections are of which account on the platform: webhooks name the account. Kept
 * in the same store as the connections, sealed with the same keys, in rows that nothing else looks at.
 */
import { randomText } from '../base64url.ts'
import { createKeyRing } from '../seal.ts'
import { type ConnectionKey, never, type Store } from '../store/store.ts'

export interface Accounts {
  /** Remembers that this connection is of that account. */
  add(account: string, key: ConnectionKey): Promise<void>
  of(account: string): Promise<readonly ConnectionKey[]>
}

export interface AccountsParts {
  readonly store: Store
  readonly keys: string | readonly string[]
  readonly clientId: string
}

/** Of one account; the oldest is forgotten first. */
const mostKept = 50

export function createAccounts({ store, keys, clientId }: AccountsParts): Accounts {
  const ring = createKeyRing(keys)
  // No connection can have such a name. The purpose is a connection's, so that `reencrypt` knows it.
  const placeOf = (account: string) => ({ user: `?account ${account}`, name: '??account' })
  const purposeOf = ({ user, name }: ConnectionKey) => ['connection', clientId, user, name]

  const read = async (place: ConnectionKey) => {
    const row = await store.read(place)
    const known = row ? ((await ring.open(row.sealed, purposeOf(place))) as ConnectionKey[]) : []
    return { revision: row?.revision ?? null, known }
  }

  return {
    add: async (account, { user, name }) => {
      const place = placeOf(account)
      for (;;) {
        const { revision, known } = await read(place)
        if (known.some(key => key.user === user && key.name === name)) return
        const all = [...known, { user, name }].slice(-mostKept)
        const sealed = await ring.seal(all, purposeOf(place))
        if (await store.write(place, { revision: randomText(), dueAt: never, sealed }, revision))
          return
      }
    },
    of: async account => (await read(placeOf(account))).known,
  }
}
