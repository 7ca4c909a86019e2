/** `createVendor`: checks the options, makes the parts, and is what a vendor's server talks to. */
import { type CallbackResult, takeCallback } from './callback.ts'
import { connect } from './connect.ts'
import {
  type Connection,
  type ConnectionStatus,
  createConnections,
  statusOf,
} from './connection.ts'
import { type DueReport, type Pace, type ReencryptReport, reencrypt, refreshDue } from './due.ts'
import { createEvents, type EventKind, type Listener } from './events.ts'
import { confirm, disconnect } from './lifecycle.ts'
import { checkOptions, defaults, keyOf, platformReader, type VendorOptions } from './options.ts'
import { createPendingConnects } from './pending.ts'
import { createRefresher } from './refresh.ts'
import { createKeyRing } from './seal.ts'
import { createTokenEndpoint } from './tokens.ts'
import { createVault, isKept } from './vault.ts'
import { abortable } from './wait.ts'

/** Which connection of a user; a user may hold several, by name. */
export interface Which {
  /** Default: `default`. */
  readonly name?: string
  readonly signal?: AbortSignal
}

export interface Vendor {
  /**
   * Answers with the redirect to the platform. `user` is your own, signed-in user; `returnTo` a path that
   * comes back in the result. Throws `network` when the platform's metadata is needed and cannot be had.
   */
  connect(
    request: Request,
    options: Which & { readonly user: string; readonly returnTo?: string },
  ): Promise<Response>
  /**
   * Takes the platform's answer at your redirect URL. Say who is signed in, if you know: an answer to
   * somebody else's connect is refused, and a connect begun inside the platform can be begun again here.
   */
  callback(
    request: Request,
    options?: Which & { readonly user?: string | null },
  ): Promise<CallbackResult>
  /**
   * Puts an `unconfirmed` connection to use: the person has said that it is theirs. `name` is that of the
   * result's connection, so that what is confirmed is what was shown. `connection` takes it too, for the
   * page that asks, and `disconnect`, for a no.
   */
  confirm(user: string, which: Which & { readonly name: string }): Promise<Connection>
  /** Asks nobody: a user without a connection gets `disconnected` from its calls. */
  connection(user: string, name?: string): Connection
  /** The user's connections, those that have ended included. */
  connections(
    user: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ConnectionStatus[]>
  /** Ends and forgets one connection, or all of the user's. `revoked` when the platform took all back. */
  disconnect(user: string, which?: Which): Promise<{ readonly revoked: boolean }>
  /** For a timer: refreshes what is due. Several processes may run it at once. */
  refreshDue(options?: Pace): Promise<DueReport>
  /** After a change of keys: seals every row under the first one. Then the older keys can go. */
  reencrypt(options?: Pace): Promise<ReencryptReport>
  /** Calls `listener` for each such event; answers a function that ends it. */
  on(kind: EventKind, listener: Listener): () => void
}

/** Makes the vendor's half. Throws `usage` for options that cannot work. */
export function createVendor(options: VendorOptions): Vendor {
  checkOptions(options)
  const settings = { ...defaults, ...options }
  const { store, clock } = settings
  const ring = createKeyRing(options.keys)
  const platform = platformReader(settings)
  const events = createEvents(clock)
  const base = { ...settings, ring, platform, events }
  const vault = createVault(base)
  const tokens = createTokenEndpoint(base)
  const pending = createPendingConnects(base)
  const refresher = createRefresher({ ...base, vault, tokens })
  const connection = createConnections({ ...base, vault, refresher })
  const parts = { ...base, vault, tokens, pending, refresher, connection }

  return {
    connect: async (request, { user, name, returnTo = null, signal }) =>
      connect(parts, request, { key: keyOf(user, name), returnTo, signal }),
    callback: async (request, { user = null, name, signal } = {}) => {
      /** Once in ten minutes, so that a browser without cookies is not sent round for ever. */
      const restart = async () => {
        if (user === null) return null
        const key = keyOf(user, name)
        const response = await connect(parts, request, { key, returnTo: null, signal })
        return (await pending.once(`restart:${user}`)) ? response : null
      }
      return takeCallback({ ...parts, restart }, { request, user, signal })
    },
    confirm: async (user, { name, signal }) =>
      abortable(() => confirm(parts, keyOf(user, name), signal), signal),
    connection: (user, name) => connection(keyOf(user, name)),
    connections: async (user, { signal } = {}) =>
      abortable(async () => {
        const keys = (await store.list({ user: keyOf(user).user })).filter(isKept)
        return Promise.all(keys.map(async key => statusOf(key, await vault.read(key))))
      }, signal),
    disconnect: async (user, { name, signal } = {}) => {
      const one = keyOf(user, name)
      const keys = name === undefined ? await store.list({ user }) : [one]
      const ends = await Promise.all(keys.map(key => disconnect(parts, key, signal)))
      return { revoked: ends.includes(true) && !ends.includes(false) }
    },
    refreshDue: pace => refreshDue(parts, pace),
    reencrypt: pace => reencrypt(parts, pace),
    on: events.on,
  }
}
