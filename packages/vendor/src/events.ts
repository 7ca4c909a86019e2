/** What happens to connections, told once per transition, in the process that made it. */
import type { ConnectionKey } from './store/store.ts'
import { isKept } from './vault.ts'
import type { Clock } from './wait.ts'

/**
 * - `connected`: the user has connected, for the first time or once more while connected.
 * - `refreshed`: new tokens are saved.
 * - `disconnected`: the connection is over, by the platform's word or by `disconnect`.
 * - `recovered`: the user has connected again after the platform had ended the connection.
 */
export type EventKind = 'connected' | 'refreshed' | 'disconnected' | 'recovered'

export interface VendorEvent extends ConnectionKey {
  readonly kind: EventKind
  /** Milliseconds since the epoch. */
  readonly at: number
}

export type Listener = (event: VendorEvent) => unknown

export interface Events {
  /** Calls `listener` for each such event; answers a function that ends it. */
  on(kind: EventKind, listener: Listener): () => void
  /** Nothing is told of a connection that nobody has confirmed. */
  emit(kind: EventKind, key: ConnectionKey): void
}

/** A listener that fails is reported on the console and disturbs nothing else. */
export function createEvents({ now }: Pick<Clock, 'now'>): Events {
  const listeners = new Set<(event: VendorEvent) => Promise<unknown>>()
  return {
    on: (kind, listener) => {
      const tell = async (event: VendorEvent) => event.kind === kind && listener(event)
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    emit: (kind, { user, name }) => {
      if (!isKept({ name })) return
      for (const tell of listeners) tell({ kind, user, name, at: now() }).catch(console.error)
    },
  }
}
