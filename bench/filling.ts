// Many connections at once, for `--rows`: made in the database itself, because only their number
// matters. They are exchanged, alive, and spread over a year.

import type { Store } from '@latchkey/platform/admin'

const year = 365 * 86_400_000

/** The id's first six bytes are its time, as for every connection; the rest is random. */
const made = {
  sqlite: (first: number, step: number) =>
    `unhex(printf('%012x', ${first} + i * ${step}) || hex(randomblob(10)))`,
  postgres: (first: number, step: number) =>
    `decode(lpad(to_hex(${first} + i * ${step}::bigint), 12, '0') || substr(md5(random()::text), 1, 20), 'hex')`,
}

const numbers = {
  sqlite: (from: number, to: number) =>
    `with recursive n (i) as (select ${from} union all select i + 1 from n where i < ${to})`,
  postgres: (from: number, to: number) => `with n (i) as (select generate_series(${from}, ${to}))`,
}

const batch = 100_000

/** Adds so many; accounts are taken in turn. */
export async function fill(
  store: Store,
  { rows, appId, accounts }: { rows: number; appId: number; accounts: readonly number[] },
): Promise<void> {
  const now = Date.now()
  const step = Math.max(1, Math.floor(year / rows))
  const first = now - year - 86_400_000
  const [lowest = 1] = accounts
  for (let from = 0; from < rows; from += batch) {
    const to = Math.min(rows, from + batch) - 1
    await store.write(tx =>
      tx.run(`${numbers[store.engine](from, to)}
        insert into connection (id, app_id, account_id, generation, permissions, redirect_uri,
          redirect_uri_sent, created_at, refreshed_at)
        select ${made[store.engine](first, step)}, ${appId}, ${lowest} + i % ${accounts.length}, 1,
          'profile:read', 'https://vendor.example/callback', 1, ${first} + i * ${step}, ${now} from n`),
    )
  }
}

/** Ids of so many of them, or of all when there are no more, in an order that means nothing. */
export async function draw(store: Store, rows: number, count: number): Promise<Uint8Array[]> {
  if (rows <= count) {
    const all = await store.read<{ id: Uint8Array }>('select id from connection order by id')
    return shuffled(all.map(({ id }) => id))
  }
  const now = Date.now()
  const ids = new Map<string, Uint8Array>()
  while (ids.size < count) {
    const from = Buffer.alloc(16)
    from.writeUIntBE(Math.floor(now - year - 86_400_000 + Math.random() * year * 0.999), 0, 6)
    const [row] = await store.read<{ id: Uint8Array }>(
      'select id from connection where id >= $1 order by id limit 1',
      from,
    )
    if (row) ids.set(Buffer.from(row.id).toString('hex'), row.id)
  }
  return [...ids.values()]
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map(one => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}
