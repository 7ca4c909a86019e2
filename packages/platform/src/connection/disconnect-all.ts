/** Ends the connections of an app, a few hundred in a step, so that nobody waits behind a million. */
import type { Store } from '../store/store.ts'
import type { Actor } from './audit.ts'
import { end } from './connection.ts'

const batch = 200

/** How many are ended in one go: more would keep whoever asks waiting past every proxy's patience. */
export const endedAtOnce = 20_000

/**
 * Ends up to `most` and answers how many, and whether there may be more. One that is made meanwhile is
 * ended as well, for ids begin with their time; so long as the app is in force there may be another one
 * after that.
 */
export async function disconnectAll(
  store: Store,
  { app, actor, most }: { app: { id: number }; actor: Actor; most: number },
  now: number,
): Promise<{ ended: number; more: boolean }> {
  let total = 0
  let after: Uint8Array = new Uint8Array(16)
  while (total < most) {
    const ended = await store.write(async tx => {
      const live = await tx.run<{ id: Uint8Array; app_id: number; account_id: number }>(
        `select id, app_id, account_id from connection
         where app_id = $1 and id > $2 and revoked_at is null order by id limit ${batch}`,
        app.id,
        after,
      )
      for (const connection of live) await end(tx, connection, { because: 'operator', actor }, now)
      return live
    })
    total += ended.length
    const last = ended.at(-1)
    if (!last || ended.length < batch) return { ended: total, more: false }
    after = last.id
  }
  return { ended: total, more: true }
}
