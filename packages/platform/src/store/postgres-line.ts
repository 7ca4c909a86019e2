/**
 * What one transaction sends. Statements leave in one write with whatever is sent in the same turn; those
 * of the same text, sent in the same turn by several steps, leave as one (`postgres-together.ts`).
 */
import type { PoolClient } from 'pg'
import { type Answer, prepared, type Statement, send } from './postgres-pool.ts'
import { place, together } from './postgres-together.ts'
import type { Row, Transaction, Value } from './store.ts'

export interface Line {
  /** Sends a statement at once. Never rejects: `null` for a statement that failed. */
  run(statement: Statement | string, values?: readonly Value[]): Promise<Answer | null>
  /** What one step may do. */
  transaction(): Transaction
  /** From now on a step that still sends something is told that it has ended. */
  close(): void
  /** In the order of the statements. */
  readonly failures: unknown[]
}

interface Asked {
  readonly values: readonly Value[]
  readonly resolve: (answer: Answer | null) => void
}

export function openLine(client: PoolClient): Line {
  const failures: unknown[] = []
  let waiting = new Map<string, Asked[]>()
  let turn = 0
  let closed = false

  const run = (statement: Statement | string, values: readonly (Value | readonly Value[])[] = []) =>
    send(client, statement, values).catch(error => {
      failures.push(error)
      return null
    })

  const sendWaiting = () => {
    turn++
    const texts = waiting
    waiting = new Map()
    for (const [sql, asked] of texts) {
      const many =
        asked.length > 1
          ? together(
              sql,
              asked.map(({ values }) => values),
            )
          : null
      if (many) run(many.statement, many.values).then(answer => shareOut(answer, asked))
      else for (const { values, resolve } of asked) run(prepared(sql), values).then(resolve)
    }
  }

  const ask = (sql: string, values: readonly Value[]) =>
    new Promise<Answer | null>(resolve => {
      if (waiting.size === 0) queueMicrotask(sendWaiting)
      const asked = waiting.get(sql)
      if (asked) asked.push({ values, resolve })
      else waiting.set(sql, [{ values, resolve }])
    })

  const transaction = (): Transaction => {
    let askedIn = -1
    const askNext = (sql: string, values: readonly Value[]) => {
      if (closed) throw new Error('A statement was run after its step had ended.')
      // One step's statements keep their order.
      if (askedIn === turn) sendWaiting()
      askedIn = turn
      return ask(sql, values)
    }
    return {
      run: async <R = Row>(sql: string, ...values: Value[]) => {
        const asked = askNext(sql, values)
        if (prepared(sql).silent) return []
        const answer = await asked
        if (!answer) throw failures[0]
        return answer.rows as R[]
      },
      change: async (sql, ...values) => {
        const answer = await askNext(sql, values)
        if (!answer) throw failures[0]
        return answer.rowCount ?? 0
      },
    }
  }

  return {
    run,
    transaction,
    close: () => {
      closed = true
    },
    failures,
  }
}

/** Gives each its own rows of an answer to all. Rows that were only added belong to nobody: one each. */
function shareOut(answer: Answer | null, asked: readonly Asked[]): void {
  if (!answer) {
    for (const { resolve } of asked) resolve(null)
    return
  }
  const { command } = answer
  const added = command === 'INSERT'
  const own: Row[][] = asked.map(() => [])
  for (const { [place]: number, ...row } of answer.rows) own[Number(number) - 1]?.push(row)
  asked.forEach(({ resolve }, i) => {
    const rows = own[i] ?? []
    resolve({ command, rows, rowCount: added ? 1 : rows.length })
  })
}
