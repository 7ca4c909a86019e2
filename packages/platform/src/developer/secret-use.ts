/**
 * When a secret was last used, to the day: what the app's page shows, so that nobody revokes the one that
 * a forgotten server still presents. Noted in memory and written in one batch now and then, at most once
 * a day for each secret and process; a crash loses a day's mark.
 */
import type { Store } from '../store/store.ts'

export interface SecretUse {
  /** `secretHash` is what is stored of the app's secret that was presented. */
  touch(appId: number, secretHash: Uint8Array, now: number): void
  /** Writes what was noted. */
  flush(): Promise<void>
}

const day = 86_400_000
const mark = `update app_secret set last_used_at = $3
  where app_id = $1 and hash = $2 and (last_used_at is null or last_used_at < $4)`

export function createSecretUse(store: Store): SecretUse {
  /** By hash: who used it today. What is noted already costs one look. */
  let today = -1
  let seen = new Set<string>()
  let noted = new Map<string, { appId: number; hash: Uint8Array; at: number }>()
  return {
    touch: (appId, hash, now) => {
      const date = Math.floor(now / day)
      if (date !== today) {
        today = date
        seen = new Set()
      }
      const key = Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('latin1')
      if (seen.has(key)) return
      seen.add(key)
      noted.set(key, { appId, hash, at: now })
    },
    flush: async () => {
      if (noted.size === 0) return
      const batch = noted
      noted = new Map()
      await store.write(async tx => {
        for (const { appId, hash, at } of batch.values()) {
          await tx.run(mark, appId, hash, at, at - (at % day))
        }
      })
    },
  }
}
