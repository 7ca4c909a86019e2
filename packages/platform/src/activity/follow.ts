/**
 * How many connections an app gains and loses, counted from the audit trail: every process writes its
 * events there, the command line too, and a mark says how far they are counted. So neither an exchange nor
 * a disconnect writes one row more, and nothing is counted twice, however many processes follow.
 */
import { noKey, type Store } from '../store/store.ts'
import { type AppCount, type CountKind, hourOf, writeCounts } from './counts.ts'

/** How many events one step looks at, and how many steps one round takes. */
const stretch = 1_000
const stretchesAtMost = 20

/**
 * PostgreSQL numbers events before they are committed, so one with a lower number may appear after one
 * with a higher. Events this young (milliseconds) are left for later; SQLite has one writer at a time.
 */
const settled: Readonly<Record<Store['engine'], number>> = { sqlite: 0, postgres: 15_000 }

interface Event {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly app_id: number | null
  readonly generation: number | null
}

const events = `
  select e.id, e.at, e.kind, e.app_id, c.generation from audit_event e
  left join connection c on c.id = e.connection_id and e.kind = 'connection.disconnected'
  where e.id > $1 order by e.id limit ${stretch}`

/** Counts the events that have settled by `now`. */
export async function followConnections(store: Store, now: number): Promise<void> {
  for (let i = 0; i < stretchesAtMost; i++) {
    const mark = await readMark(store)
    const read = await store.read<Event>(events, mark)
    const young = read.findIndex(({ at }) => at > now - settled[store.engine])
    const old = young < 0 ? read : read.slice(0, young)
    const last = old.at(-1)
    if (last) await count(store, mark, { last: last.id, counts: countsOf(old) })
    if (old.length < stretch) return
  }
}

async function readMark(store: Store): Promise<number> {
  const [row] = await store.read<{ audit_id: number }>(
    'select audit_id from activity_mark where id = 1',
  )
  return row?.audit_id ?? 0
}

/** Moves the mark and adds the numbers, unless another process has moved it meanwhile. */
function count(
  store: Store,
  mark: number,
  { last, counts }: { last: number; counts: readonly AppCount[] },
): Promise<void> {
  return store.write(async tx => {
    await tx.run('insert into activity_mark (id, audit_id) values (1, 0) on conflict do nothing')
    const [moved] = await tx.run(
      'update activity_mark set audit_id = $2 where id = 1 and audit_id = $1 returning id',
      mark,
      last,
    )
    if (moved) await writeCounts(tx, counts)
  }, noKey)
}

function countsOf(read: readonly Event[]): AppCount[] {
  const sums = new Map<string, AppCount>()
  for (const event of read) {
    const kind = kindOf(event)
    if (!kind || event.app_id === null) continue
    const hour = hourOf(event.at)
    const key = `${event.app_id} ${hour} ${kind}`
    const n = (sums.get(key)?.n ?? 0) + 1
    sums.set(key, { appId: event.app_id, hour, kind, n })
  }
  return [...sums.values()]
}

/** A connection begins with its exchange; one that ends before that was none. */
function kindOf({ kind, generation }: Event): CountKind | null {
  if (kind === 'connection.exchanged') return 'connected'
  return kind === 'connection.disconnected' && generation !== 0 ? 'disconnected' : null
}
