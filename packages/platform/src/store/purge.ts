/** What time has made worthless: codes nobody exchanged, denials, ended sessions, emailed codes. */
import type { Store } from './store.ts'

/** How many rows one step deletes at most, so that nobody waits long behind it. */
const batch = 500
const day = 86_400_000

const statements = {
  codes: `delete from connection where id in (
    select id from connection where generation = 0 and created_at < $1 limit ${batch}) returning id`,
  sessions: `delete from session where id in (
    select id from session where expires_at < $1 limit ${batch}) returning id`,
  emailCodes: `delete from email_code where id in (
    select id from email_code where expires_at < $1 limit ${batch}) returning id`,
}

export type Purged = { readonly [K in keyof typeof statements]: number }

/** Deletes in small steps until nothing is left; answers how many rows of each kind went. */
export async function purge(store: Store, now: number): Promise<Purged> {
  return {
    codes: await drain(store, statements.codes, now - day),
    sessions: await drain(store, statements.sessions, now),
    emailCodes: await drain(store, statements.emailCodes, now),
  }
}

async function drain(store: Store, sql: string, before: number): Promise<number> {
  let total = 0
  for (;;) {
    const gone = await store.write(tx => tx.run(sql, before))
    total += gone.length
    if (gone.length < batch) return total
  }
}
