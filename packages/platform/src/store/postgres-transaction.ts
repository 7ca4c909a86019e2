/**
 * One PostgreSQL transaction for a group of write steps.
 *
 * The steps run one after the other; those that name different keys run at once, so that their
 * statements share round trips. A statement that gives no rows is not waited for: it travels with
 * whatever comes next, and its failure shows when the transaction ends. Steps that wait for nothing go to
 * the server in one write, from BEGIN to COMMIT.
 */
import type { PoolClient } from 'pg'
import { type Finished, type Finishing, finishAll } from './finish.ts'
import { type Line, openLine } from './postgres-line.ts'
import { isConflict, isLost, isSpent, unavailable } from './postgres-pool.ts'
import type { Pending } from './postgres-queue.ts'
import { prepared, type Statement } from './postgres-statement.ts'
import { StoreUnavailable, type Transaction, Unchanged, type Value } from './store.ts'

export interface PendingWrite extends Pending, Finishing {
  readonly step: (tx: Transaction) => Promise<unknown>
  /** The rows that the step meets are this key's own; `null` when nothing is known about them. */
  readonly key: string | null
  /** 1 at first. */
  readonly attempt: number
}

export type Group = readonly PendingWrite[]

/**
 * What became of a transaction. `undone`: nothing has happened, for a conflict with somebody else or by
 * a step's own doing; `unchanged` are those that were seen to have no row to change. `lost`: nothing has
 * happened, the connection went. `refused`: it is no use to try again. `unknown`: the connection went while
 * it committed.
 */
export type Outcome =
  | { readonly kind: 'committed'; readonly finished: readonly Finished[] }
  | {
      readonly kind: 'undone'
      readonly error: unknown
      readonly conflict: boolean
      readonly unchanged: ReadonlySet<PendingWrite>
    }
  | { readonly kind: 'lost' | 'refused'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown; readonly finished: readonly Finished[] }

const rollback = prepared('rollback')

type Opening = readonly (readonly [Statement, ...Value[]])[]

/**
 * Runs the group and gives the connection back. `opening` leaves together with the first statements; it
 * begins the transaction and leaves its mark (see `postgres-write.ts`). With `look` it finds out which steps
 * have no row to change.
 */
export async function transact(
  client: PoolClient,
  group: Group,
  { opening, look }: { opening: Opening; look: boolean },
): Promise<Outcome> {
  const line = openLine(client, { look })
  let sound = true
  const unchanged = new Set<PendingWrite>()
  try {
    for (const [statement, ...values] of opening) line.run(statement, ...values)
    const values = await runSteps(group, line, unchanged)
    // A step may have caught a failure.
    if (line.failures.length > 0) throw line.failures[0]
    return await commit(client, line, () => finishAll(group, values))
  } catch (thrown) {
    // Behind a failure in the same batch it would be left out.
    line.flush()
    sound = (await line.run(rollback)) !== null
    const [failure] = line.failures
    if (failure) return undone(failure)
    return { kind: 'undone', error: thrown, conflict: false, unchanged }
  } finally {
    client.release(!sound || line.failures.some(isSpent))
  }
}

async function runSteps(
  group: Group,
  line: Line,
  unchanged: Set<PendingWrite>,
): Promise<unknown[]> {
  const { atOnce, oneByOne } = arrange(group)
  const values = new Map<PendingWrite, unknown>()
  const runStep = async (pending: PendingWrite) => {
    try {
      values.set(pending, await pending.step(line.transaction()))
    } catch (error) {
      if (!(error instanceof Unchanged)) throw error
      unchanged.add(pending)
    }
  }
  try {
    const settled = await Promise.allSettled(atOnce.map(runStep))
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    for (const pending of oneByOne) await runStep(pending)
  } finally {
    line.close()
  }
  if (unchanged.size > 0) throw new Unchanged()
  return group.map(pending => values.get(pending))
}

/** The first step of each key, in the order of the keys so that two groups do not deadlock; the rest. */
function arrange(group: Group): { atOnce: Group; oneByOne: Group } {
  const first = new Map<string, PendingWrite>()
  const oneByOne: PendingWrite[] = []
  for (const pending of group) {
    if (pending.key === null || first.has(pending.key)) oneByOne.push(pending)
    else first.set(pending.key, pending)
  }
  const atOnce = [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pending]) => pending)
  return { atOnce, oneByOne }
}

async function commit(client: PoolClient, line: Line, finish: () => Finished[]): Promise<Outcome> {
  let unconfirmed = false
  const listen = ({ code }: { code: string | undefined }) => {
    unconfirmed ||= code === '01000'
  }
  client.on('notice', listen)
  const committing = line.run(prepared('commit'))
  line.flush()
  const finished = finish()
  const answer = await committing
  client.off('notice', listen)
  if (answer?.command === 'COMMIT') {
    if (!unconfirmed) return { kind: 'committed', finished }
    // Somebody cancelled its wait for a synchronous replica: a failover could still undo it.
    const error = new StoreUnavailable(
      'PostgreSQL committed, but its replica has not confirmed it.',
      { uncertain: true },
    )
    return { kind: 'refused', error }
  }
  // What a failed statement has spoiled is rolled back, by COMMIT or here. No answer: that may be so or not.
  if (answer || (await line.run(rollback))) return undone(line.failures[0])
  return { kind: 'unknown', error: unavailable(line.failures.at(-1)), finished }
}

function undone(error: unknown): Outcome {
  if (isLost(error)) return { kind: 'lost', error: unavailable(error) }
  const conflict = isConflict(error)
  return { kind: 'undone', error: unavailable(error), conflict, unchanged: new Set() }
}
