/**
 * From what was gathered to rows: apps are looked up, failures explained, strangers held to their share.
 * Everything is read and put into words first; the steps that write do nothing else, and are small.
 */
import { type App, findApp } from '../developer/app.ts'
import { noKey, type Store } from '../store/store.ts'
import { type AppCount, type CountKind, type CountRow, hourOf, writeCounts } from './counts.ts'
import { explain } from './explain.ts'
import { followConnections } from './follow.ts'
import type { PendingRequest } from './pending.ts'
import { type NewEntry, writeEntries } from './request-log.ts'
import type { Strangers } from './strangers.ts'

export interface WriteParts {
  readonly store: Store
  readonly strangers: Strangers
  readonly giveBack: (rows: readonly CountRow[]) => void
  readonly now: () => number
}

export interface Gathered {
  readonly rows: readonly CountRow[]
  readonly requests: readonly PendingRequest[]
}

/** How many rows one step writes. */
const batch = 200
const longestExplanation = 600

/** Rejects when the store does; numbers that were not written are given back. */
export async function write(parts: WriteParts, { rows, requests }: Gathered): Promise<void> {
  const { store, now } = parts
  const find = finder(store)
  for (let i = 0; i < rows.length; i += batch) {
    try {
      const counts = await countsOf(rows.slice(i, i + batch), find)
      await store.write(tx => writeCounts(tx, counts), noKey)
    } catch (error) {
      parts.giveBack(rows.slice(i))
      throw error
    }
  }
  const { entries, more } = await entriesOf(parts, requests, find)
  for (let i = 0; i < entries.length; i += batch) {
    const part = entries.slice(i, i + batch)
    await store.write(tx => writeEntries(tx, part), noKey)
  }
  if (more.length > 0) await store.write(tx => writeCounts(tx, more), noKey)
  await followConnections(store, now())
}

type Find = (clientId: string) => Promise<App | null>

/** Each app is looked up once. */
function finder(store: Store): Find {
  const known = new Map<string, Promise<App | null>>()
  return clientId => {
    const app = known.get(clientId) ?? findApp(store, clientId)
    known.set(clientId, app)
    return app
  }
}

async function entriesOf(
  { store, strangers }: WriteParts,
  requests: readonly PendingRequest[],
  find: Find,
): Promise<{ entries: NewEntry[]; more: AppCount[] }> {
  const entries: NewEntry[] = []
  const more: AppCount[] = []
  for (const request of requests) {
    const clientId = request.clientId ?? (await clientOf(store, request.connectionId))
    const app = clientId === null ? null : await find(clientId)
    if (!app) continue
    const { at, outcome, endpoint, status, error, connectionId, times } = request
    const add = (kind: CountKind) => {
      more.push({ appId: app.id, hour: hourOf(at), kind, n: times })
    }
    const stranger = outcome === 'stranger'
    if (!request.counted) add(stranger ? 'not authenticated' : 'api refused')
    if (stranger && !strangers.admit(app.id, request.address, at)) {
      add('not logged')
      continue
    }
    const explanation = shown(await explain(store, app, request))
    const about = { outcome, endpoint, status, error, connectionId, times }
    entries.push({ ...about, appId: app.id, at, explanation })
  }
  return { entries, more }
}

async function clientOf(store: Store, connectionId: Uint8Array | null): Promise<string | null> {
  if (!connectionId) return null
  const [row] = await store.read<{ client_id: string }>(
    'select a.client_id from connection c join app a on a.id = c.app_id where c.id = $1',
    connectionId,
  )
  return row?.client_id ?? null
}

async function countsOf(rows: readonly CountRow[], find: Find): Promise<AppCount[]> {
  const counts: AppCount[] = []
  for (const { clientId, hour, kind, n } of rows) {
    const app = await find(clientId)
    if (app) counts.push({ appId: app.id, hour, kind, n })
  }
  return counts
}

/** Whatever a request put into its words: no handle or secret of ours stands in them. */
function shown(words: string): string {
  const masked = words.replaceAll(/lk_(ac|at|rt|sk)_[\w-]+/g, 'lk_$1_…')
  return masked.length > longestExplanation ? `${masked.slice(0, longestExplanation)}…` : masked
}
