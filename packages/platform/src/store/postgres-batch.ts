/**
 * Statements that travel to PostgreSQL in one write and are answered in one go. By itself `pg` ends each
 * with a Sync: that costs the server a packet, and this process a turn of its event loop. When one fails,
 * PostgreSQL leaves out those behind it.
 */
import { type Connection, type PoolClient, Query } from 'pg'
import { onTheWire, type Parameter, parserOf, place, type Statement } from './postgres-statement.ts'
import type { Row, Value } from './store.ts'

export interface Asked {
  readonly statement: Statement
  readonly values: readonly Parameter[]
  /** Hears of the answer; of `null` when it failed, or stood behind one that did. */
  readonly resolve: (answer: Answer | null) => void
}

export interface Answer {
  /** The first word of what PostgreSQL says it did. */
  readonly command: string
  readonly rows: Row[]
  /** For each row whose it is, when its first column says that. */
  readonly places: number[]
}

/** Hears of a failure, with the statement that failed, or of `null`. */
export type Ended = (failure: unknown, failed: Statement | undefined) => void

/** Sends them at once. `ended` is called just before they hear of their answers. */
export function sendBatch(client: PoolClient, asked: readonly Asked[], ended: Ended): void {
  client.query(new Batch(asked, ended))
}

/** Sends a statement by itself. */
export function send(
  client: PoolClient,
  statement: Statement,
  values: readonly Parameter[],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let failure: unknown = null
    const ended = (error: unknown) => {
      failure = error
    }
    const tell = (answer: Answer | null) => (answer ? resolve(answer) : reject(failure))
    sendBatch(client, [{ statement, values, resolve: tell }], ended)
  })
}

/** Each asker's own rows. */
export function shared({ rows, places }: Answer, askers: number): Row[][] {
  const own: Row[][] = Array.from({ length: askers }, () => [])
  for (let i = 0; i < rows.length; i++) own[(places[i] ?? 0) - 1]?.push(rows[i] as Row)
  return own
}

interface Column {
  readonly name: string
  readonly parse: (text: string) => Value
}

/** What each connection has prepared, by name, with the columns of its answer. */
const preparedOn = new WeakMap<Connection, Map<string, readonly Column[]>>()

/** The messages to and from PostgreSQL, as `pg` lets a query of one's own handle them. */
class Batch extends Query {
  readonly #asked: readonly Asked[]
  readonly #ended: Ended
  /** One for each statement that has ended; `null` when its rows cannot be read. */
  readonly #answers: (Answer | null)[] = []
  #prepared = new Map<string, readonly Column[]>()
  /** What this batch prepares; others hear of it when the batch has ended well. */
  readonly #firstUses = new Map<string, readonly Column[]>()
  #rows: Row[] = []
  #places: number[] = []
  #unreadable: unknown = null
  #failure: unknown = null
  #settled = false
  /** Set by `pg`, whose patience it ends. */
  declare callback?: (error: unknown) => void

  constructor(asked: readonly Asked[], ended: Ended) {
    super('')
    this.#asked = asked
    this.#ended = ended
  }

  /** An error that it returns is handed to `handleError`. */
  override submit = (connection: Connection): unknown => {
    let onWire: (Buffer | string | null)[][]
    try {
      onWire = this.#asked.map(({ values }) => values.map(onTheWire))
    } catch (error) {
      return error
    }
    const known = preparedOn.get(connection)
    if (known) this.#prepared = known
    else preparedOn.set(connection, this.#prepared)
    connection.stream.cork()
    for (const [i, { statement }] of this.#asked.entries()) {
      const { name, text } = statement
      const isNew = !this.#prepared.has(name) && !this.#firstUses.has(name)
      if (isNew) {
        // It is not known whether another batch, on its way or failed, has prepared it.
        connection.close({ type: 'S', name }, true)
        connection.parse({ name, text, types: [] }, true)
        this.#firstUses.set(name, [])
      }
      connection.bind({ statement: name, values: onWire[i] ?? [] }, true)
      if (isNew) connection.describe({ type: 'P', name: '' }, true)
      connection.execute(null, true)
    }
    connection.sync()
    connection.stream.uncork()
    return null
  }

  #columns(): readonly Column[] {
    const name = this.#current()?.name ?? ''
    return this.#firstUses.get(name) ?? this.#prepared.get(name) ?? []
  }

  #current(): Statement | undefined {
    return this.#asked[this.#answers.length]?.statement
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }) {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }))
    this.#firstUses.set(this.#current()?.name ?? '', columns)
  }

  handleDataRow({ fields }: { fields: (string | null)[] }) {
    const row: Record<string, Value> = {}
    try {
      for (const [i, { name, parse }] of this.#columns().entries()) {
        const text = fields[i] ?? null
        if (name === place) this.#places.push(Number(text))
        else row[name] = text === null ? null : parse(text)
      }
      this.#rows.push(row)
    } catch (error) {
      this.#unreadable = error
    }
  }

  handleCommandComplete({ text }: { text: string }) {
    const [command = ''] = text.split(' ', 1)
    const answer = { command, rows: this.#rows, places: this.#places }
    this.#answers.push(this.#unreadable === null ? answer : null)
    this.#failure ??= this.#unreadable
    this.#unreadable = null
    this.#rows = []
    this.#places = []
  }

  handleReadyForQuery() {
    if (this.#settled) return
    this.#settled = true
    const current = this.#current()
    if (!current) for (const [name, columns] of this.#firstUses) this.#prepared.set(name, columns)
    this.#ended(this.#failure, current)
    this.#asked.forEach(({ resolve }, i) => {
      resolve(this.#answers[i] ?? null)
    })
    this.callback?.(null)
  }

  /** PostgreSQL says nothing more of the statements behind it; `pg` then has no more to say either. */
  handleError(error: unknown) {
    this.#failure ??= error
    this.handleReadyForQuery()
  }
}
