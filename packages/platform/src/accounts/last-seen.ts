/**
 * When a session was last seen, to five minutes. Noted in memory and written in one batch now and then,
 * so that looking at a page costs no write; a crash loses a mark.
 */
import { noKey, type Store } from '../store/store.ts'
import type { Session } from './session.ts'

export interface LastSeen {
  touch(session: Session, now: number): void
  /** Writes what was noted. */
  flush(): Promise<void>
}

const every = 300_000

export function createLastSeen(store: Store): LastSeen {
  let noted = new Map<string, { id: Uint8Array; at: number }>()
  return {
    touch: ({ id, seen_at }, now) => {
      if (seen_at !== null && now < seen_at + every) return
      noted.set(Buffer.from(id).toString('latin1'), { id, at: now })
    },
    flush: async () => {
      if (noted.size === 0) return
      const batch = noted
      noted = new Map()
      await store.write(async tx => {
        for (const { id, at } of batch.values()) {
          await tx.run('update session set seen_at = $2 where id = $1', id, at)
        }
      }, noKey)
    },
  }
}
