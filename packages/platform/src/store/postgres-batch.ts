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
  /** How many rows it changed, or gave. */
  readonly rowCount: number
  readonly rows: Row[]
  /** For each row whose it is, when its first column says that. */
  readonly places: number[]
}

/** Sends them at once. `ended` hears of a failure, or of `null`, just before they hear of their answers. */
export function sendBatch(
  client: PoolClient,
  asked: readonly Asked[],
  ended: (failure: unknown) => void,
): void {
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
  readonly #ended: (failure: unknown) => void
  /** One for each statement that has ended; `null` when its rows cannot be read. */
  readonly #answers: (Answer | null)[] = []
  #prepared = new Map<string, readonly Column[]>()
  #firstUses: string[] = []
  #rows: Row[] = []
  #places: number[] = []
  #unreadable: unknown = null
  #failure: unknown = null
  #settled = false
  /** Set by `pg`, whose patience it ends. */
  declare callback?: (error: unknown) => void

  constructor(asked: readonly Asked[], ended: (failure: unknown) => void) {
    super('')
    this.#asked = asked
    this.#ended = ended
  }

  override submit = (connection: Connection) => {
    const known = preparedOn.get(connection)
    if (known) this.#prepared = known
    else preparedOn.set(connection, this.#prepared)
    connection.stream.cork()
    for (const { statement, values } of this.#asked) {
      const { name, text } = statement
      const isNew = !this.#prepared.has(name)
      if (isNew) {
        // After a failure it is not known whether PostgreSQL has it.
        connection.close({ type: 'S', name }, true)
        connection.parse({ name, text, types: [] }, true)
        this.#prepared.set(name, [])
        this.#firstUses.push(name)
      }
      connection.bind({ statement: name, values: values.map(onTheWire) }, true)
      if (isNew) connection.describe({ type: 'P', name: '' }, true)
      connection.execute(null, true)
    }
    connection.sync()
    connection.stream.uncork()
  }

  #columns(): readonly Column[] {
    return this.#prepared.get(this.#current()) ?? []
  }

  #current(): string {
    return this.#asked[this.#answers.length]?.statement.name ?? ''
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }) {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }))
    this.#prepared.set(this.#current(), columns)
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
    const rowCount = Number(/\d+$/.exec(text)?.[0] ?? 0)
    const answer = { command, rowCount, rows: this.#rows, places: this.#places }
    this.#answers.push(this.#unreadable === null ? answer : null)
    this.#failure ??= this.#unreadable
    this.#unreadable = null
    this.#rows = []
    this.#places = []
  }

  handleReadyForQuery() {
    if (this.#settled) return
    this.#settled = true
    this.#ended(this.#failure)
    this.#asked.forEach(({ resolve }, i) => {
      resolve(this.#answers[i] ?? null)
    })
    this.callback?.(null)
  }

  /** PostgreSQL says nothing more of the statements behind it; `pg` then has no more to say either. */
  handleError(error: unknown) {
    for (const name of this.#firstUses) this.#prepared.delete(name)
    this.#failure ??= error
    this.handleReadyForQuery()
  }
}
