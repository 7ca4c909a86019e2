/**
 * What each app does, counted by the hour. Counting is one addition to a number in memory; the numbers are
 * added to the database in batches, by every process to the same rows, so nothing here is on the way of an
 * answer. A crash loses the last few seconds.
 */
import type { Store, Transaction } from '../store/store.ts'

/** What is counted; in the database under these names. */
export const kinds = [
  'authorized',
  'denied',
  'exchanged',
  'refreshed',
  'token refused',
  'other refused',
  'api passed',
  'api refused',
  'api limited',
  'api busiest minute',
  'not authenticated',
  'not logged',
  'connected',
  'disconnected',
] as const

export type CountKind = (typeof kinds)[number]

/** Of this one the largest counts, not the sum. */
const largest: CountKind = 'api busiest minute'

export const hourLength = 3_600_000

export interface CountRow {
  readonly clientId: string
  readonly hour: number
  readonly kind: CountKind
  readonly n: number
}

export interface Counts {
  /** Adds one at `now` (milliseconds). */
  add(clientId: string, kind: CountKind, now: number): void
  /** Notes how many calls the app has made in the minute that is under way. */
  busy(clientId: string, calls: number, now: number): void
  /** Everything counted since it was last asked. */
  take(): CountRow[]
  /** Counts again what could not be written. */
  giveBack(rows: readonly CountRow[]): void
}

type Numbers = { [kind in CountKind]?: number }

export function createCounts(): Counts {
  let hour = 0
  let current = new Map<string, Numbers>()
  let earlier: CountRow[] = []

  const numbersOf = (clientId: string, now: number): Numbers => {
    if (now >= hour + hourLength || now < hour) {
      earlier.push(...rowsOf(current, hour))
      current = new Map()
      hour = hourOf(now)
    }
    let numbers = current.get(clientId)
    if (!numbers) {
      numbers = {}
      current.set(clientId, numbers)
    }
    return numbers
  }

  return {
    add: (clientId, kind, now) => {
      const numbers = numbersOf(clientId, now)
      numbers[kind] = (numbers[kind] ?? 0) + 1
    },
    busy: (clientId, calls, now) => {
      const numbers = numbersOf(clientId, now)
      if (calls > (numbers[largest] ?? 0)) numbers[largest] = calls
    },
    take: () => {
      const rows = [...earlier, ...rowsOf(current, hour)]
      earlier = []
      current = new Map()
      return rows
    },
    giveBack: rows => {
      earlier.push(...rows)
    },
  }
}

export function hourOf(time: number): number {
  return Math.floor(time / hourLength) * hourLength
}

function rowsOf(apps: ReadonlyMap<string, Numbers>, hour: number): CountRow[] {
  return [...apps].flatMap(([clientId, numbers]) =>
    Object.entries(numbers).map(([kind, n]) => ({ clientId, hour, kind: kind as CountKind, n })),
  )
}

/** A number for the database; the app by its id there. */
export interface AppCount {
  readonly appId: number
  readonly hour: number
  readonly kind: CountKind
  readonly n: number
}

const upsert = (sum: string) => `
  insert into app_hour (app_id, hour, kind, n) values ($1, $2, $3, $4)
  on conflict (app_id, hour, kind) do update set n = ${sum}`

const addUp = upsert('app_hour.n + excluded.n')
const keepLargest = upsert('case when app_hour.n > excluded.n then app_hour.n else excluded.n end')

/** Adds the numbers within a step, always in the same order, so that two processes never wait in a ring. */
export async function writeCounts(tx: Transaction, counts: readonly AppCount[]): Promise<void> {
  const sorted = counts.toSorted(
    (a, b) => a.appId - b.appId || a.hour - b.hour || (a.kind < b.kind ? -1 : 1),
  )
  for (const { appId, hour, kind, n } of sorted) {
    await tx.run(kind === largest ? keepLargest : addUp, appId, hour, kind, n)
  }
}

/** The app's numbers in `[from, to)`, hour by hour. */
export function readCounts(
  store: Store,
  appId: number,
  { from, to }: { from: number; to: number },
): Promise<{ hour: number; kind: CountKind; n: number }[]> {
  return store.read(
    'select hour, kind, n from app_hour where app_id = $1 and hour >= $2 and hour < $3',
    appId,
    from,
    to,
  )
}
