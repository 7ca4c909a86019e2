/** Rows that a connection needs beside it, written without the functions of the platform. */
import type { Store } from '../../src/store/store.ts'

/** An account, a vendor and its app, each with the number 1. */
export async function addOneOfEach(store: Store): Promise<void> {
  await store.write(async tx => {
    await tx.run(`insert into account (id, email, email_key, first_name, last_name, created_at)
      values (1, 'a', 'a', '', '', 0)`)
    await tx.run(`insert into vendor (id, name, created_at) values (1, 'v', 0)`)
    await tx.run(`insert into app (id, client_id, vendor_id, name, mode, is_public, rotates,
      redirect_uris, permissions, created_at) values (1, 'c', 1, 'n', 'production', 0, 0, '', '', 0)`)
  })
}
