/**
 * What one transaction sends. Statements leave in one write with whatever is run in the same turn; those
 * of the same text, run in the same turn by several steps, leave as one (`postgres-together.ts`).
 */
import { DatabaseError, type PoolClient } from 'pg'
import { type Answer, type Asked, sendBatch, shared } from './postgres-batch.ts'
import { type Parameter, prepared, type Statement } from './postgres-statement.ts'
import { demanding, together } from './postgres-together.ts'
import { type Row, type Transaction, Unchanged, type Value } from './store.ts'

export interface Line {
  /** Runs a statement. Never rejects: `null` for a statement that failed. */
  run(statement: Statement, ...values: Value[]): Promise<Answer | null>
  /** Sends what was run so far, instead of at the end of the turn. */
  flush(): void
  /** What one step may do. */
  transaction(): Transaction
  /** From now on a step that still runs something is told that it has ended. */
  close(): void
  /** In the order of the statements. */
  readonly failures: unknown[]
}

type Waiting = Omit<Asked, 'statement'>

/** With `look` it waits for what must change, and tells the step itself when it has not. */
export function openLine(client: PoolClient, { look }: { look: boolean }): Line {
  const failures: unknown[] = []
  let batch: Asked[] = []
  let waiting = new Map<string, Waiting[]>()
  let turn = 0
  let closed = false

  const flush = () => {
    if (batch.length === 0) return
    const asked = batch
    batch = []
    sendBatch(client, asked, (failure, failed) => {
      if (failure === null) return
      const unchanged = failed?.demanding && isDivisionByZero(failure)
      failures.push(unchanged ? new Unchanged() : failure)
    })
  }

  const add = (asked: Asked) => {
    if (batch.length === 0) process.nextTick(flush)
    batch.push(asked)
  }

  const addWaiting = () => {
    turn++
    const texts = waiting
    waiting = new Map()
    for (const [sql, asked] of texts) {
      const rows = asked.map(({ values }) => values as Value[])
      const one = asked.length > 1 ? together(sql, rows) : null
      if (one) add({ ...one, resolve: answer => shareOut(answer, asked) })
      else for (const each of asked) add({ ...each, statement: prepared(sql) })
    }
  }

  const transaction = (): Transaction => {
    let askedIn = -1
    const ask = (sql: string, values: readonly Parameter[], resolve: Waiting['resolve']) => {
      if (closed) throw new Error('A statement was run after its step had ended.')
      // Behind a failed BEGIN it would stand alone.
      if (failures.length > 0) throw failures[0]
      // One step's statements keep their order.
      if (askedIn === turn) addWaiting()
      askedIn = turn
      if (waiting.size === 0) queueMicrotask(addWaiting)
      const asked = waiting.get(sql)
      if (asked) asked.push({ values, resolve })
      else waiting.set(sql, [{ values, resolve }])
    }
    const answerTo = async (sql: string, values: readonly Value[]) => {
      const answer = await new Promise<Answer | null>(resolve => ask(sql, values, resolve))
      if (!answer) throw failures[0]
      return answer
    }
    return {
      run: async <R = Row>(sql: string, ...values: Value[]) => {
        if (!prepared(sql).silent) return (await answerTo(sql, values)).rows as R[]
        ask(sql, values, nobody)
        return []
      },
      must: async (sql, ...values) => {
        if (!look) return ask(demanding(sql), values, nobody)
        const { rows } = await answerTo(`${sql} returning 1`, values)
        if (rows.length === 0) throw new Unchanged()
      },
    }
  }

  return {
    run: (statement, ...values) => new Promise(resolve => add({ statement, values, resolve })),
    flush,
    transaction,
    close: () => {
      closed = true
    },
    failures,
  }
}

function isDivisionByZero(failure: unknown): boolean {
  return failure instanceof DatabaseError && failure.code === '22012'
}

function nobody(): void {}

/** Gives each its own rows of an answer to all. Of one text either all wait or nobody does. */
function shareOut(answer: Answer | null, asked: readonly Waiting[]): void {
  if (asked[0]?.resolve === nobody) return
  const own = answer && shared(answer, asked.length)
  asked.forEach(({ resolve }, i) => {
    resolve(answer && { ...answer, rows: own?.[i] ?? [] })
  })
}
