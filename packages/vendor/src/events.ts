/** What happens to connections, told once per transition, in the process that made it. */
import type { ConnectionKey } from './store/store.ts'

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
  emit(kind: EventKind, key: ConnectionKey, at: number): void
}

/** A listener that fails is reported on the console and disturbs nothing else. */
export function createEvents(): Events {
  const listeners = new Set<{ kind: EventKind; listener: Listener }>()
  return {
    on: (kind, listener) => {
      const entry = { kind, listener }
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    emit: (kind, { user, name }, at) => {
      for (const entry of listeners) {
        if (entry.kind !== kind) continue
        Promise.try(entry.listener, { kind, user, name, at }).catch(console.error)
      }
    },
  }
}
