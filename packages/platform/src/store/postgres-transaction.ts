/**
 * One PostgreSQL transaction for a group of write steps.
 *
 * The steps run one after the other; those that name different keys run at once, so that their
 * statements share round trips. A statement that gives no rows is not waited for: it travels with
 * whatever comes next, and its failure shows when the transaction ends.
 */
import type { PoolClient } from 'pg'
import { type Finished, type Finishing, finishAll } from './finish.ts'
import { type Line, openLine } from './postgres-line.ts'
import { isConflict, isLost, isSpent, type Statement, unavailable } from './postgres-pool.ts'
import type { Pending } from './postgres-queue.ts'
import { StoreUnavailable, type Transaction, type Value } from './store.ts'

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
 * a step's own doing. `lost`: nothing has happened, the connection went. `refused`: it is no use to try
 * again. `unknown`: the connection went while it committed.
 */
export type Outcome =
  | { readonly kind: 'committed'; readonly finished: readonly Finished[] }
  | { readonly kind: 'undone'; readonly error: unknown; readonly conflict: boolean }
  | { readonly kind: 'lost' | 'refused'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown; readonly finished: readonly Finished[] }

type Opening = readonly (readonly [Statement | string, ...Value[]])[]

/**
 * Runs the group and gives the connection back. `opening` leaves together with the first statement; it
 * begins the transaction and leaves its mark (see `postgres-write.ts`).
 */
export async function transact(
  client: PoolClient,
  group: Group,
  opening: Opening,
): Promise<Outcome> {
  const line = openLine(client)
  try {
    const opened = opening.map(([statement, ...values]) => line.run(statement, values))
    const values = await runSteps(group, line)
    // COMMIT is not sent before the mark is ours for certain: otherwise somebody who looks for it may
    // come first, find nothing, and be overtaken by the commit.
    await Promise.all(opened)
    if (line.failures.length > 0) throw line.failures[0]
    return await commit(client, line, () => finishAll(group, values))
  } catch (thrown) {
    await line.run('rollback')
    const [failure] = line.failures
    return failure ? undone(failure) : { kind: 'undone', error: thrown, conflict: false }
  } finally {
    client.release(line.failures.some(isSpent))
  }
}

async function runSteps(group: Group, line: Line): Promise<unknown[]> {
  const { atOnce, oneByOne } = arrange(group)
  const values = new Map<PendingWrite, unknown>()
  const runStep = async (pending: PendingWrite) => {
    values.set(pending, await pending.step(line.transaction()))
  }
  try {
    const settled = await Promise.allSettled(atOnce.map(runStep))
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    for (const pending of oneByOne) await runStep(pending)
  } finally {
    line.close()
  }
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
  const committing = line.run('commit')
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
  const last = line.failures.at(-1)
  if (!answer && isLost(last)) return { kind: 'unknown', error: unavailable(last), finished }
  // A statement that was not waited for had failed: then COMMIT rolls back, and says so.
  return undone(line.failures[0])
}

function undone(error: unknown): Outcome {
  return isLost(error)
    ? { kind: 'lost', error: unavailable(error) }
    : { kind: 'undone', error: unavailable(error), conflict: isConflict(error) }
}
