/** Another process at a SQLite file: `node sqlite-child.ts DEED FILE`. It says what happens, line by line. */
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../src/store/sqlite.ts'
import { type Store, StoreUnavailable, unlessUnchanged } from '../../src/store/store.ts'

const [, , deed = '', file = ''] = process.argv

const say = (line: string) => process.stdout.write(`${line}\n`)
const add = (store: Store, name: string, detail = '') =>
  store.write(async tx => {
    await tx.run('insert into vendor (name, created_at) values ($1, 0)', name)
    await tx.run(
      'insert into audit_event (at, kind, actor, detail) values (0, $1, $1, $2)',
      name,
      detail,
    )
  })

const refusal = (error: unknown) => {
  if (!(error instanceof StoreUnavailable)) throw error
  say('refused')
  return null
}

const deeds: Record<string, () => Promise<void>> = {
  /** Writes until it is killed; says the name of each row once it is answered. */
  write: async () => {
    const store = openSqlite(file)
    await store.migrate()
    const work = async () => {
      for (let i = 0; ; i++) {
        const name = `${process.pid} ${Math.random()} ${i}`
        await add(store, name)
        say(name)
      }
    }
    await Promise.all([work(), work(), work(), work()])
  },
  /** Writes until the disk is full; then reads, and tries once more. */
  fill: async () => {
    const store = openSqlite(file)
    await store.migrate()
    for (let i = 0, full = false; !full; i++) {
      await add(store, `row ${i}`, 'x'.repeat(20_000)).then(
        () => say(`row ${i}`),
        error => {
          refusal(error)
          full = true
        },
      )
    }
    const rows = await store.read<{ n: number }>('select count(*) as n from vendor')
    say(`reads ${rows[0]?.n}`)
    await add(store, 'one more', 'x'.repeat(20_000)).catch(refusal)
    await store.close()
  },
  /** Two race for a row beside a step that finds the disk full, in one group; then says what became of it. */
  race: async () => {
    const store = openSqlite(file)
    const key = Buffer.from('first')
    const win = async () => {
      const name = await unlessUnchanged(
        store.write(async tx => {
          await tx.must(`update vendor set created_at = 1 where name = 'first' and created_at = 0`)
          return 'won'
        }, key),
      )
      const lose = () =>
        store.write(tx => tx.run(`update vendor set created_at = 2 where name = 'first'`), key)
      if (name === null) await lose()
      say(name ?? 'lost')
    }
    const full = add(store, 'large', 'x'.repeat(4_000_000))
    await Promise.all([win().catch(refusal), win().catch(refusal), full.catch(refusal)])
    const [row] = await store.read(`select created_at from vendor where name = 'first'`)
    say(`stands at ${row?.created_at}`)
    await store.close()
  },
  /** Holds the write lock until it hears something. */
  lock: async () => {
    const database = new DatabaseSync(file)
    database.exec('begin immediate')
    say('locked')
    await new Promise(done => process.stdin.once('data', done))
    database.exec('commit')
    database.close()
    process.stdin.destroy()
  },
  /** Reads a row and writes one. */
  use: async () => {
    try {
      const store = openSqlite(file)
      await store.read('select name from vendor')
      say('reads')
      await add(store, 'by another process')
      say('writes')
      await store.close()
    } catch (error) {
      refusal(error)
    }
  },
}

await deeds[deed]?.()
