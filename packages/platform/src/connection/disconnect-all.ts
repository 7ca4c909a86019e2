/** Ends every connection of an app, a few hundred in a step, so that nobody waits behind a million. */
import type { Store } from '../store/store.ts'
import type { Actor } from './audit.ts'
import { end } from './connection.ts'

const batch = 200

/**
 * Answers how many it ended. One that is made meanwhile is ended as well, for ids begin with their time;
 * so long as the app is in force there may be another one after that.
 */
export async function disconnectAll(
  store: Store,
  app: { id: number },
  actor: Actor,
  now: number,
): Promise<number> {
  let total = 0
  let after: Uint8Array = new Uint8Array(16)
  for (;;) {
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
    if (!last || ended.length < batch) return total
    after = last.id
  }
}
