/**
 * The queue of what is to be delivered. A row is waiting while `due_at` is set. To claim it is to move
 * `due_at` ahead under a lease that only the claimer knows: of any number of couriers one succeeds, and
 * when it dies the row becomes due again by itself. The first waiting row of a lane holds back the others.
 */
import { randomBytes } from 'node:crypto'
import { noKey, type Store } from '../store/store.ts'
import type { Failure } from './failure.ts'

/** How long a claim holds, in milliseconds; several times what an attempt may take. */
export const leaseTime = 60_000

/** A claimed event: whoever holds its lease delivers it, and nobody else. */
export interface Claimed {
  readonly id: number
  readonly name: string
  readonly app_id: number
  readonly lane: string
  readonly type: string
  readonly body: string
  readonly until: number
  readonly lease: string
  /** This one included. */
  readonly attempts: number
}

interface Due {
  readonly id: number
  readonly app_id: number
  readonly due_at: number
}

/** How many due rows are looked at in one go. */
const lookedAt = 100
/** How long those of an app that is busy already step aside when others may stand behind them. */
const stepAside = 5_000

const due = `
  select id, app_id, due_at from webhook_event e
  where due_at <= $1 and not exists (
    select 1 from webhook_event b where b.lane = e.lane and b.due_at is not null and b.id < e.id)
  order by due_at, id limit ${lookedAt}`

const take = `
  update webhook_event set due_at = $3, lease = $4, attempts = attempts + 1
  where id = $1 and due_at = $2
  returning id, name, app_id, lane, type, body, until, lease, attempts`

/** Which rows a courier has room for. */
export interface Room {
  readonly total: number
  /** How many more it would take of this app. */
  readonly forApp: (appId: number) => number
}

/** Claims what is due, as far as there is room. Writes nothing when nothing is due. */
export async function claim(store: Store, room: Room, now: number): Promise<Claimed[]> {
  const rows = await store.read<Due>(due, now)
  if (rows.length === 0) return []
  const { taken, left } = choose(rows, room)
  const aside = rows.length === lookedAt ? left : []
  if (taken.length + aside.length === 0) return []
  const lease = randomBytes(12).toString('base64url')
  return store.write(async tx => {
    const claimed: Claimed[] = []
    for (const { id, due_at } of taken) {
      claimed.push(...(await tx.run<Claimed>(take, id, due_at, now + leaseTime, lease)))
    }
    for (const { id, due_at } of aside) {
      await tx.run(
        'update webhook_event set due_at = $3 where id = $1 and due_at = $2',
        id,
        due_at,
        now + stepAside,
      )
    }
    return claimed
  }, noKey)
}

/** `left` are those of apps that have all they may have; what only lacks room is in neither. */
function choose(rows: readonly Due[], room: Room): { taken: Due[]; left: Due[] } {
  const byApp = new Map<number, number>()
  const taken: Due[] = []
  const left: Due[] = []
  for (const row of rows) {
    const count = byApp.get(row.app_id) ?? 0
    if (count >= room.forApp(row.app_id)) left.push(row)
    else if (taken.length < room.total) {
      byApp.set(row.app_id, count + 1)
      taken.push(row)
    }
  }
  return { taken, left }
}

/** What came of an attempt. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'given up'; readonly failure: Failure; readonly status: number | null }
  | {
      readonly kind: 'again'
      readonly failure: Failure
      readonly status: number | null
      readonly at: number
    }

/** Writes down what came of it; `false` when the lease had run out, and somebody else has the event. */
export function settle(
  store: Store,
  { id, lease, lane, attempts }: Claimed,
  outcome: Outcome,
  now: number,
): Promise<boolean> {
  const again = outcome.kind === 'again' ? outcome.at : null
  const failure = outcome.kind === 'delivered' ? '' : outcome.failure
  return store.write(async tx => {
    const [settled] = await tx.run(
      `update webhook_event set due_at = $3, lease = null, over_at = $4, status = $5, failure = $6
       where id = $1 and lease = $2 returning id`,
      id,
      lease,
      again,
      again === null ? now : null,
      outcome.status,
      failure,
    )
    if (!settled) return false
    // What waits behind it need not be looked at before.
    if (again !== null) {
      await tx.run(
        'update webhook_event set due_at = $3 where lane = $1 and id > $2 and due_at < $3',
        lane,
        id,
        again,
      )
    }
    // What was told to wait as long goes on at once; a reminder's time is its own.
    if (again === null && attempts > 1) {
      await tx.run(
        `update webhook_event set due_at = $3
         where lane = $1 and id > $2 and due_at > $3 and created_at <= $3 and attempts = 0`,
        lane,
        id,
        now,
      )
    }
    return true
  }, noKey)
}

/** Milliseconds since the event that has waited longest; 0 when none waits. */
export async function oldestWaiting(store: Store, now: number): Promise<number> {
  const [row] = await store.read<{ created_at: number }>(
    'select created_at from webhook_event where due_at is not null order by created_at limit 1',
  )
  return row ? Math.max(0, now - row.created_at) : 0
}
