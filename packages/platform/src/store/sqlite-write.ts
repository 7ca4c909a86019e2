/**
 * Writing to SQLite by group commit: steps that arrive while a commit is under way go into the next one
 * together. When one of them throws, the group is undone, and written again with a savepoint for each step, so
 * a step must bear being run twice. The commit itself only writes the WAL (`synchronous =
 * normal`); the WAL is then synced outside the event loop, and only after that are the steps answered.
 * The next group is committed meanwhile, and synced in its turn. So a slow disk holds up the writers, and
 * nobody else.
 */
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Finished, type Finishing, finishAll, tellAll } from './finish.ts'
import { isBusy, nextTurn, prepared, reason, unavailable } from './sqlite-statement.ts'
import {
  type Keys,
  noKey,
  type Row,
  StoreUnavailable,
  type Transaction,
  Unchanged,
  type Value,
  type Watch,
} from './store.ts'

interface Pending extends Finishing {
  readonly step: (tx: Transaction) => Promise<unknown>
  readonly key: Keys | undefined
}

/** How long a write waits for another process to finish its own, in milliseconds. */
export const patience = 5_000

export interface Writer {
  write(step: Pending['step'], key?: Keys, finish?: Pending['finish']): Promise<never>
  /** Throws `StoreUnavailable` when steps would be refused. */
  ready(): Promise<void>
  /** Resolves when nothing is being written. */
  idle(): Promise<void>
}

export interface WriterParts {
  /** Resolves once all that was committed is on the disk. */
  readonly sync: () => Promise<void>
  /** Hears of the keys whose rows a commit has changed; `null` when a step has not named its key. */
  readonly changed: (keys: readonly Uint8Array[] | null) => void
  readonly watch: Watch
}

/** A writer of groups; its promises resolve once `sync` says that what was committed is on the disk. */
export function createWriter(
  database: DatabaseSync,
  { sync, changed, watch }: WriterParts,
): Writer {
  const statement = prepared(database)
  let pending: Pending[] = []
  let turn: Promise<void> | null = null
  let refused: unknown = null
  /** Resolves when every group that was committed has been synced, and its steps answered. */
  let confirmed: Promise<void> = Promise.resolve()

  /** A full disk ends the transaction by itself: what a step then still wrote would stand alone. */
  const within = (sql: string) => {
    if (!database.isTransaction) throw new StoreUnavailable('The transaction has ended.')
    return statement(sql)
  }

  const tx: Transaction = {
    run: async <R = Row>(sql: string, ...values: Value[]) => within(sql).rows(...values) as R[],
    must: async (sql, ...values) => {
      if (within(sql).change(...values) === 0) throw new Unchanged()
    },
  }

  const writeTurn = async () => {
    await settled()
    while (pending.length > 0) {
      const group = pending
      pending = []
      await writeGroup(group)
      if (pending.length > 0) await settled()
    }
    turn = null
  }

  /** Waits while every turn of the event loop brings more steps: fewer, larger groups mean fewer syncs. */
  const settled = async () => {
    let seen = 0
    do {
      seen = pending.length
      await nextTurn()
    } while (pending.length > seen)
  }

  const writeGroup = async (group: readonly Pending[]) => {
    const values: unknown[] = []
    let failed: Pending | null = null
    const began = performance.now()
    try {
      await begin()
      for (const pending of group) {
        failed = pending
        values.push(await pending.step(tx))
      }
      failed = null
      commit(group)
    } catch (error) {
      // A full disk has ended the transaction by itself; what a step threw is that step's alone.
      const own = failed !== null && database.isTransaction
      if (database.isTransaction) statement('rollback').change()
      if (own && group.length > 1) await writeEach(group)
      else for (const { reject } of group) reject(unavailable(error))
      return
    }
    await answer(group, values, began)
  }

  /** Writes a group of which some throw: each has a savepoint, which costs as much as a statement or two. */
  const writeEach = async (group: readonly Pending[]) => {
    const written: Pending[] = []
    const values: unknown[] = []
    const thrown: (() => void)[] = []
    const began = performance.now()
    try {
      await begin()
      for (const pending of group) {
        statement('savepoint step').change()
        try {
          values.push(await pending.step(tx))
          written.push(pending)
        } catch (error) {
          if (!database.isTransaction) throw error
          statement('rollback to step').change()
          thrown.push(() => pending.reject(unavailable(error)))
        }
        statement('release step').change()
      }
      commit(written)
    } catch (error) {
      if (database.isTransaction) statement('rollback').change()
      for (const { reject } of group) reject(unavailable(error))
      return
    }
    // What one threw may come of what another has changed: it is told when that is on the disk.
    const tell = () => {
      for (const reject of thrown) reject()
    }
    if (written.length > 0) await answer(written, values, began, tell)
    else tell()
  }

  const commit = (group: readonly Pending[]) => {
    statement('commit').change()
    changed(keysOf(group))
  }

  /** Has the group answered once it is synced, and resolves when what was committed before it has been. */
  const answer = async (
    group: readonly Pending[],
    values: readonly unknown[],
    began: number,
    afterwards = () => {},
  ) => {
    const before = confirmed
    confirmed = before.then(() => confirm(group, values, began)).then(afterwards)
    await before
  }

  /** Answers a committed group once it is synced. Meanwhile the answers are made, and the next one is committed. */
  const confirm = async (group: readonly Pending[], values: readonly unknown[], began: number) => {
    let finished: Finished[] = []
    try {
      const syncing = sync()
      finished = finishAll(group, values)
      await syncing
    } catch (error) {
      // Steps that come later are refused before they begin; these are in the file already.
      refused = error
      const doubt = new StoreUnavailable(reason(error), { cause: error, uncertain: true })
      for (const { reject } of group) reject(doubt)
      return
    }
    watch('write', group.length, performance.now() - began)
    tellAll(group, finished)
  }

  /** Takes the write lock. Waits for another process without holding up this one's event loop. */
  const begin = async () => {
    if (refused !== null) throw refused
    const deadline = Date.now() + patience
    for (;;) {
      try {
        statement('begin immediate').change()
        return
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw error
      }
      await sleep(1 + Math.random() * 4)
    }
  }

  return {
    write: (step, key, finish) =>
      new Promise((resolve, reject) => {
        pending.push({ step, key, finish, resolve, reject })
        turn ??= writeTurn()
      }),
    ready: async () => {
      if (refused !== null) throw refused
      // A file that cannot be written is found out by taking its lock, and giving it back.
      await new Promise<void>((resolve, reject) => {
        pending.push({ step: async () => {}, key: noKey, finish: undefined, resolve, reject })
        turn ??= writeTurn()
      })
    },
    idle: async () => {
      while (turn) await turn
      await confirmed
    },
  }
}

function keysOf(group: readonly Pending[]): Uint8Array[] | null {
  const keys: Uint8Array[] = []
  for (const { key } of group) {
    if (!key) return null
    if (key instanceof Uint8Array) keys.push(key)
    else for (const one of key) keys.push(one)
  }
  return keys
}
