/**
 * Logos: the pixels that `picture.ts` made, under the hash of their content. An app, or a change of one,
 * names the hash; a logo that none names cannot be seen, and the purge takes it.
 */
import { hash } from 'node:crypto'
import type { Store, Transaction } from '../store/store.ts'
import type { App } from './app.ts'

/** Keeps a picture, and answers its hash. It has a day to become some app's logo. */
export function addLogo(store: Store, png: Uint8Array, now: number): Promise<string> {
  const name = hash('sha256', png, 'hex')
  return store.write(async tx => {
    await tx.run(
      `insert into logo (hash, png, kept_at) values ($1, $2, $3)
       on conflict (hash) do update set kept_at = excluded.kept_at`,
      name,
      png,
      now,
    )
    return name
  })
}

/** Within the step that makes it an app's: its hash, or `''` when there is no such logo (any more). */
export async function keepLogo(tx: Transaction, name: string, now: number): Promise<string> {
  if (name === '') return ''
  const [kept] = await tx.run(
    'update logo set kept_at = $2 where hash = $1 returning hash',
    name,
    now,
  )
  return kept ? name : ''
}

/** The PNG, when an app or a change of one has it as logo; `null` otherwise. */
export async function findLogo(store: Store, name: string): Promise<Uint8Array | null> {
  const [row] = await store.read<{ png: Uint8Array }>(
    `select png from logo where hash = $1 and (exists (select 1 from app where logo = $1)
       or exists (select 1 from app_revision where logo = $1))`,
    name,
  )
  return row?.png ?? null
}

/** What a page needs to draw an app's mark. */
export function pictured({ name, logo }: Pick<App, 'name' | 'logo'>): {
  name: string
  logoUrl?: string
} {
  return logo === '' ? { name } : { name, logoUrl: `/logos/${logo}.png` }
}
