/**
 * When a connection was last used, to the day: what the connected-apps page shows. Noted in memory and
 * written in one batch now and then, at most once a day per connection; a crash loses a day's mark.
 */
import type { Store } from '../store/store.ts'

export interface LastUse {
  touch(connection: { id: Uint8Array; last_used_at: number | null }, now: number): void
  /** Writes what was noted. */
  flush(): Promise<void>
}

const day = 86_400_000
const mark =
  'update connection set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)'

export function createLastUse(store: Store): LastUse {
  let noted = new Map<string, { id: Uint8Array; at: number }>()
  return {
    touch: ({ id, last_used_at }, now) => {
      if (last_used_at !== null && Math.floor(last_used_at / day) >= Math.floor(now / day)) return
      noted.set(Buffer.from(id).toString('latin1'), { id, at: now })
    },
    flush: async () => {
      if (noted.size === 0) return
      const batch = noted
      noted = new Map()
      const marks = [...batch.values()]
      await store.write(
        async tx => {
          for (const { id, at } of marks) await tx.run(mark, id, at)
        },
        marks.map(({ id }) => id),
      )
    },
  }
}
