/**
 * What every engine keeps. The suite runs once for each: `make` gives an empty database and opens as
 * many stores on it as a test wants, each standing for a process of its own.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { migrations } from '../../src/store/migrations.ts'
import {
  type Store,
  StoreUnavailable,
  type Transaction,
  Unchanged,
  unlessUnchanged,
  type Value,
} from '../../src/store/store.ts'

export interface Database {
  open(): Store
  stop(): Promise<void>
}

const addVendor = 'insert into vendor (name, created_at) values ($1, $2) returning id'
const addVendorSilently = 'insert into vendor (name, created_at) values ($1, $2)'
const vendorByName = 'select name, created_at from vendor where name = $1'

const vendor =
  (name: string, at = 0) =>
  (tx: Transaction) =>
    tx.run(addVendor, name, at)

async function changed(tx: Transaction, sql: string, ...values: Value[]): Promise<number> {
  return (await tx.run(`${sql} returning 1`, ...values)).length
}

export function storeContract(engine: string, make: () => Promise<Database>): void {
  /** Runs a test on a fresh schema; `open` gives further stores, and all are closed after it. */
  const onStore = (
    name: string,
    body: (store: Store, open: () => Store) => Promise<void>,
    migrated = true,
  ) =>
    test(name, async () => {
      const database = await make()
      const stores: Store[] = []
      const open = () => {
        const store = database.open()
        stores.push(store)
        return store
      }
      try {
        const store = open()
        if (migrated) await store.migrate()
        await body(store, open)
      } finally {
        await Promise.all(stores.map(store => store.close()))
        await database.stop()
      }
    })

  describe(`${engine}: values`, () => {
    onStore('come back as they went in', async store => {
      const insert = `insert into email_code
        (id, purpose, email, code_hash, attempts, detail, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)`
      const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
      const texts = [
        '',
        ' ',
        'it\'s "quoted" \\ and $1, ?1, {id}',
        'Zoë, 東京, 👩‍👩‍👧, e\u0301, \u202e',
        'x'.repeat(100_000),
        'line\nline\r\n\ttab',
      ]
      const numbers = [0, -1, 1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
      for (const [i, text] of texts.entries()) {
        const id = Uint8Array.from([i, 0, 255])
        const number = numbers[i] ?? 0
        await store.write(tx => tx.run(insert, id, text, text, everyByte, i, text, number, -number))
        const [row] = await store.read('select * from email_code where id = $1', id)
        assert.deepEqual(
          { ...row, id: bytes(row?.id), code_hash: bytes(row?.code_hash) },
          {
            id: bytes(id),
            purpose: text,
            email: text,
            code_hash: bytes(everyByte),
            attempts: i,
            detail: text,
            created_at: number,
            expires_at: number === 0 ? 0 : -number,
          },
        )
      }
    })

    onStore('null, no bytes and a part of a larger buffer', async store => {
      const part = Buffer.from('before|part|after').subarray(7, 11)
      await store.write(async tx => {
        const [{ id } = { id: 0 }] = await tx.run<{ id: number }>(addVendor, 'v', 1)
        const add = `insert into app (client_id, vendor_id, name, mode, is_public, rotates,
          redirect_uris, permissions, created_at, suspended_at)
          values ($1, $2, '', '', 0, 0, '', '', 0, $3) returning id`
        const [app] = await tx.run<{ id: number }>(add, 'c', id, null)
        const secret =
          'insert into app_secret (app_id, hash, tail, created_at) values ($1, $2, $3, 0)'
        await tx.run(secret, app?.id ?? 0, new Uint8Array(), 'none')
        await tx.run(secret, app?.id ?? 0, part, 'part')
      })
      const rows = await store.read<{ hash: Uint8Array; suspended_at: null }>(
        `select s.hash, a.suspended_at from app_secret s join app a on a.id = s.app_id
         order by s.id`,
      )
      assert.deepEqual(
        rows.map(row => ({ ...row, hash: bytes(row.hash) })),
        [
          { hash: '', suspended_at: null },
          { hash: bytes(part), suspended_at: null },
        ],
      )
    })

    onStore('counts, sums and comparisons are numbers', async store => {
      await Promise.all([1, 2, 3].map(n => store.write(vendor(`v${n}`, n))))
      const [row] = await store.read(
        `select count(*) as n, sum(created_at) as total, max(created_at) as last, 1 = 1 as yes,
           1 = 2 as no from vendor`,
      )
      assert.deepEqual({ ...row }, { n: 3, total: 6, last: 3, yes: 1, no: 0 })
    })

    onStore('an integer that a number cannot hold is refused, not rounded', async store => {
      await assert.rejects(store.read('select 9007199254740993 as n'), RangeError)
      assert.deepEqual(await one(store.read('select 9007199254740991 as n')), {
        n: Number.MAX_SAFE_INTEGER,
      })
    })
  })

  describe(`${engine}: a write step`, () => {
    onStore(
      'is answered with what its finish makes; one that cannot is told so, alone',
      async store => {
        const outcomes = await Promise.allSettled(
          ['a', 'b', 'c'].map(name =>
            store.write(vendor(name), Buffer.from(name), ([row]) => {
              if (name === 'b') throw new Error('no answer')
              return `${name} has a number: ${typeof row?.id}`
            }),
          ),
        )
        assert.deepEqual(
          outcomes.map(outcome => ('value' in outcome ? outcome.value : outcome.reason.message)),
          ['a has a number: number', 'no answer', 'c has a number: number'],
        )
        // All three had been committed by then.
        assert.equal((await store.read('select id from vendor')).length, 3)
        const undone = store.write(
          async () => {
            throw new Error('no')
          },
          Buffer.from('d'),
          () => assert.fail('what was undone is not finished'),
        )
        await assert.rejects(undone, /^Error: no$/)
      },
    )

    onStore('gives what it returns, and the rows of its statements', async store => {
      const seen = await store.write(async tx => {
        const added = await tx.run<{ id: number }>(addVendor, 'Acme', 1)
        const silent = await tx.run(addVendorSilently, 'Bolt', 2)
        const both = await tx.run('select name from vendor order by name')
        const again = await tx.run(
          `insert into vendor (name, created_at) values ($1, $2)
           on conflict (name) do nothing returning id`,
          'Acme',
          3,
        )
        const updated = await tx.run(
          'update vendor set created_at = $2 where name = $1 returning name, created_at',
          'Bolt',
          4,
        )
        const deleted = await tx.run('delete from vendor where name = $1 returning name', 'none')
        return { ids: added.length, silent, both, again, updated, deleted }
      })
      assert.deepEqual(plain(seen), {
        ids: 1,
        silent: [],
        both: [{ name: 'Acme' }, { name: 'Bolt' }],
        again: [],
        updated: [{ name: 'Bolt', created_at: 4 }],
        deleted: [],
      })
    })

    onStore('gives a row for each that a statement changed', async store => {
      await Promise.all([store.write(vendor('Acme')), store.write(vendor('Bolt'))])
      const update = 'update vendor set created_at = $2 where name = $1'
      const seen = await Promise.all(
        ['Acme', 'none', 'Bolt'].map(name =>
          store.write(async tx => [
            await changed(tx, update, name, 7),
            await changed(tx, addVendorSilently, `${name} & sons`, 8),
            await changed(tx, 'delete from vendor where created_at = $1', 99),
          ]),
        ),
      )
      assert.deepEqual(seen, [
        [1, 1, 0],
        [0, 1, 0],
        [1, 1, 0],
      ])
      const all = store.write(tx => changed(tx, 'update vendor set created_at = 1'))
      assert.equal(await all, 5)
      const refused = store.write(tx => changed(tx, 'update vendor set name = null'))
      await assert.rejects(refused, error => !(error instanceof StoreUnavailable))
    })

    onStore('whose row must change is undone when there is none, alone', async store => {
      const update = 'update vendor set created_at = $2 where name = $1 and created_at = 0'
      const names = Array.from({ length: 40 }, (_, i) => `v${i}`)
      await Promise.all(names.map(name => store.write(vendor(name))))
      const note = `insert into audit_event (at, kind, actor) values ($1, 'x', 'operator')`
      const changeOnce = (name: string) =>
        store.write(
          async tx => {
            await tx.run(note, 1)
            await tx.must(update, name, 7)
            await tx.run(note, 2)
          },
          Buffer.from(name),
          () => name,
        )
      assert.equal(await changeOnce('v0'), 'v0')
      await assert.rejects(changeOnce('v0'), Unchanged)
      const asked = ['none', ...names]
      const answers = await Promise.all(asked.map(name => unlessUnchanged(changeOnce(name))))
      assert.deepEqual(answers, [null, null, ...names.slice(1)])
      const notes = await store.read(
        'select at, count(*) as n from audit_event group by at order by at',
      )
      assert.deepEqual(plain(notes), [
        { at: 1, n: 40 },
        { at: 2, n: 40 },
      ])
      const changed = await store.read('select id from vendor where created_at = 7')
      assert.equal(changed.length, 40)
    })

    onStore('sees what it changed a moment ago', async store => {
      await Promise.all([store.write(vendor('a')), store.write(vendor('b'))])
      const seen = await Promise.all(
        ['a', 'b'].map((name, i) =>
          store.write(async tx => {
            await tx.must('update vendor set created_at = $2 where name = $1', name, i + 5)
            await tx.must('update vendor set created_at = created_at * 2 where name = $1', name)
            return tx.run(vendorByName, name)
          }, Buffer.from(name)),
        ),
      )
      assert.deepEqual(plain(seen), [
        [{ name: 'a', created_at: 10 }],
        [{ name: 'b', created_at: 12 }],
      ])
    })

    onStore('of fifty that must change one row in two processes, one does', async (store, open) => {
      const stores = [store, open()]
      const names = ['a', 'b', 'c']
      for (const name of names) await store.write(vendor(name))
      const once = 'update vendor set created_at = 1 where name = $1 and created_at = 0'
      const outcomes = await Promise.all(
        names.flatMap(name =>
          Array.from({ length: 50 }, (_, i) => {
            const written = stores[i % 2]?.write(tx => tx.must(once, name), Buffer.from(name))
            return written && unlessUnchanged(written.then(() => name))
          }),
        ),
      )
      assert.deepEqual(
        outcomes.filter(name => name !== null),
        names,
      )
    })

    onStore('that throws leaves nothing, and its neighbours commit', async store => {
      const steps = Array.from({ length: 60 }, (_, i) =>
        store.write(async tx => {
          await tx.run(addVendorSilently, `before ${i}`, i)
          if (i % 7 === 3) throw new Error(`step ${i}`)
          await tx.run(addVendor, `after ${i}`, i)
          return i
        }),
      )
      const results = await Promise.allSettled(steps)
      for (const [i, result] of results.entries()) {
        if (i % 7 !== 3) assert.deepEqual(result, { status: 'fulfilled', value: i })
        else assert.equal((result as PromiseRejectedResult).reason.message, `step ${i}`)
      }
      const rows = await store.read<{ created_at: number; n: number }>(
        'select created_at, count(*) as n from vendor group by created_at order by created_at',
      )
      const left = Array.from({ length: 60 }, (_, i) => i).filter(i => i % 7 !== 3)
      assert.deepEqual(
        plain(rows),
        left.map(created_at => ({ created_at, n: 2 })),
      )
    })

    onStore('runs three times at most, however many beside it throw', async store => {
      let runs = 0
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, i) =>
          store.write(
            async tx => {
              runs++
              await tx.run(addVendorSilently, `v${i}`, i)
              if (i % 2) throw new Error(`step ${i}`)
            },
            Buffer.from(`v${i}`),
          ),
        ),
      )
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        outcomes.map((_, i) => (i % 2 ? 'rejected' : 'fulfilled')),
      )
      assert.ok(runs <= 180, `${runs} runs`)
      assert.equal((await store.read('select id from vendor')).length, 30)
    })

    onStore('whose statement the database refuses fails alone', async store => {
      await store.write(vendor('taken'))
      const broken: ((tx: Transaction) => Promise<unknown>)[] = [
        tx => tx.run(addVendor, 'taken', 1),
        tx => tx.run(addVendorSilently, 'taken', 1),
        async tx => {
          await tx.run(addVendorSilently, 'taken', 1)
          await tx.run(addVendor, 'not to be seen', 1)
        },
        tx =>
          tx.run(
            'insert into session (id, account_id, created_at, expires_at) values ($1, 404, 1, 1)',
            Uint8Array.of(1),
          ),
        tx => tx.run('insert into vendor (name) values ($1)', 'no time'),
        tx => tx.run('selekt 1'),
      ]
      const sound = Array.from({ length: 20 }, (_, i) => store.write(vendor(`sound ${i}`)))
      for (const step of broken) {
        await assert.rejects(store.write(step), error => !(error instanceof StoreUnavailable))
      }
      await Promise.all(sound)
      assert.deepEqual(await one(store.read('select count(*) as n from vendor')), { n: 21 })
    })

    onStore('500 at once', async store => {
      await Promise.all(Array.from({ length: 500 }, (_, i) => store.write(vendor(`v${i}`))))
      assert.deepEqual(await one(store.read('select count(*) as n from vendor')), { n: 500 })
    })
  })

  describe(`${engine}: at once`, () => {
    onStore('50 compare-and-sets have one winner', async (store, open) => {
      const other = open()
      for (let round = 0; round < 10; round++) {
        await store.write(vendor(`row ${round}`))
        const claims = Array.from({ length: 50 }, (_, i) =>
          (i % 2 ? store : other).write(async tx => {
            const [won] = await tx.run(
              `update vendor set suspended_at = $2 where name = $1 and suspended_at is null
               returning id`,
              `row ${round}`,
              i,
            )
            await tx.run(addVendorSilently, `${won ? 'winner' : 'loser'} ${round} ${i}`, 0)
            return won !== undefined
          }),
        )
        assert.equal((await Promise.all(claims)).filter(Boolean).length, 1)
        const marks = await store.read(
          'select id from vendor where name like $1',
          `winner ${round} %`,
        )
        assert.equal(marks.length, 1)
      }
    })

    onStore('no increment is lost', async (store, open) => {
      const other = open()
      await store.write(vendor('counter'))
      const numbers = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          (i % 2 ? store : other).write(async tx => {
            const [row] = await tx.run<{ created_at: number }>(
              'update vendor set created_at = created_at + 1 where name = $1 returning created_at',
              'counter',
            )
            return row?.created_at
          }),
        ),
      )
      assert.equal(new Set(numbers).size, 200)
      assert.deepEqual(await one(store.find(vendorByName, 'counter')), {
        name: 'counter',
        created_at: 200,
      })
    })

    onStore('of many insertions of one row one takes place', async (store, open) => {
      const other = open()
      const add = `insert into vendor (name, created_at) values ($1, $2)
        on conflict (name) do nothing returning created_at`
      const seen = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          (i % 2 ? store : other).write(async tx => {
            const [made] = await tx.run<{ created_at: number }>(add, 'one', i)
            const [standing] = await tx.run<{ created_at: number }>(vendorByName, 'one')
            return { made: made !== undefined, at: standing?.created_at }
          }),
        ),
      )
      const winner = seen.filter(({ made }) => made)
      assert.equal(winner.length, 1)
      for (const { at } of seen) assert.equal(at, winner[0]?.at)
    })

    onStore('steps that lock rows in opposite orders all succeed', async (store, open) => {
      const other = open()
      await store.write(vendor('a'))
      await store.write(vendor('b'))
      const touch = 'update vendor set created_at = created_at + 1 where name = $1 returning id'
      const steps = Array.from({ length: 24 }, (_, i) =>
        (i % 2 ? store : other).write(async tx => {
          for (const name of i % 2 ? ['a', 'b'] : ['b', 'a']) await tx.run(touch, name)
        }),
      )
      await Promise.all(steps)
      const rows = await store.read('select created_at from vendor order by name')
      assert.deepEqual(plain(rows), [{ created_at: 24 }, { created_at: 24 }])
    })
  })

  describe(`${engine}: a read`, () => {
    onStore('sees what was committed before it, by whomever', async (store, open) => {
      const other = open()
      await store.write(vendor('row', 0))
      await store.write(vendor('still', 0))
      for (let round = 1; round <= 60; round++) {
        const [writer, reader] = round % 3 ? [store, other] : [store, store]
        await writer.write(tx =>
          tx.run('update vendor set created_at = $2 where name = $1', 'row', round),
        )
        const seen = await Promise.all([
          reader.read(vendorByName, 'row'),
          reader.find(vendorByName, 'row'),
          reader.find(vendorByName, 'still'),
          reader.find(vendorByName, 'row'),
        ])
        const row = [{ name: 'row', created_at: round }]
        assert.deepEqual(plain(seen), [row, row, [{ name: 'still', created_at: 0 }], row])
      }
    })

    onStore('never sees half a step, or one that failed', async (store, open) => {
      const other = open()
      let writing = true
      const writers = Array.from({ length: 80 }, (_, i) =>
        store
          .write(async tx => {
            await tx.run(addVendor, `left ${i}`, 0)
            await tx.run(addVendorSilently, `right ${i}`, 1)
            if (i % 4 === 0) throw new Error('on purpose')
          })
          .catch(() => {}),
      )
      const count = `select sum(case when created_at = 0 then 1 else -1 end) as difference,
        count(*) as n from vendor`
      const reader = async (store: Store) => {
        const counts: number[] = []
        while (writing) {
          const [row] = await store.read<{ difference: number | null; n: number }>(count)
          assert.equal(row?.difference ?? 0, 0)
          counts.push(row?.n ?? 0)
        }
        assert.deepEqual(
          counts,
          counts.toSorted((a, b) => a - b),
        )
      }
      const readers = [store, other].map(reader)
      await Promise.all(writers)
      writing = false
      await Promise.all(readers)
      assert.deepEqual(await one(store.read(count)), { difference: 0, n: 120 })
    })

    onStore('by one key gives the same rows to all who ask at once', async store => {
      await Promise.all([1, 2].map(n => store.write(vendor(`v${n}`, n))))
      const names = [...Array.from({ length: 20 }, () => 'v1'), 'v2', 'v3', 'v3', 'v2']
      const found = await Promise.all(names.map(name => store.find(vendorByName, name)))
      assert.deepEqual(
        found.map(rows => plain(rows)[0]?.name),
        names.map(name => (name === 'v3' ? undefined : name)),
      )
      await store.write(tx => tx.run("update vendor set name = 'v3' where name = 'v1'"))
      const after = await Promise.all(names.map(name => store.find(vendorByName, name)))
      assert.deepEqual(
        after.map(rows => plain(rows)[0]?.name),
        names.map(name => (name === 'v1' ? undefined : name)),
      )
    })

    onStore('by key gives each its own rows', async store => {
      await Promise.all(Array.from({ length: 50 }, (_, i) => store.write(vendor(`v${i}`, i))))
      await store.write(tx =>
        tx.run(`insert into account (email, email_key, first_name, last_name, created_at)
          values ('a', 'a', '', '', 0)`),
      )
      const hashes = [1, 2, 3].map(n => Uint8Array.of(0, n))
      await store.write(async tx => {
        for (const hash of hashes)
          await tx.run(
            `insert into session (id, account_id, created_at, expires_at)
            select $1, id, 5, 6 from account`,
            hash,
          )
      })
      const session = 'select id, created_at, expires_at from session where id = $1'
      const since = 'select name from vendor where created_at >= $1'
      const asked = await Promise.all([
        ...Array.from({ length: 60 }, (_, i) => store.find(vendorByName, `v${i}`)),
        ...[45, 48, 49, 50, 48].map(at => store.find(since, at)),
        ...[...hashes, Uint8Array.of(9)].map(hash => store.find(session, hash)),
      ])
      asked.slice(0, 60).forEach((rows, i) => {
        assert.deepEqual(plain(rows), i < 50 ? [{ name: `v${i}`, created_at: i }] : [])
      })
      assert.deepEqual(
        asked.slice(60, 65).map(rows => rows.map(row => row.name).sort()),
        [['v45', 'v46', 'v47', 'v48', 'v49'], ['v48', 'v49'], ['v49'], [], ['v48', 'v49']],
      )
      assert.deepEqual(
        asked.slice(65).map(rows => rows.map(row => bytes(row.id))),
        [...hashes.map(hash => [bytes(hash)]), []],
      )
    })

    onStore('that the database refuses fails alone', async store => {
      await store.write(vendor('v'))
      const sound = () => [
        store.read(vendorByName, 'v'),
        ...['v', 'v', 'none'].map(name => store.find(vendorByName, name)),
      ]
      const group = sound()
      const broken = [store.read('select nothing from vendor'), store.find('selekt $1', 'v')]
      // PostgreSQL refuses a zero character in a text; SQLite finds nothing.
      const strange = store.find(vendorByName, 'v\0').catch(() => [])
      const more = sound()
      const refused = broken.map(read =>
        assert.rejects(read, error => !(error instanceof StoreUnavailable)),
      )
      await Promise.all(refused)
      assert.deepEqual(await strange, [])
      const row = [{ name: 'v', created_at: 0 }]
      assert.deepEqual(plain(await Promise.all(group)), [row, row, row, []])
      assert.deepEqual(plain(await Promise.all(more)), [row, row, row, []])
    })
  })

  describe(`${engine}: the schema`, () => {
    const names = migrations.map(({ name }) => name)

    onStore(
      'is brought up to date once, however many ask for it',
      async (store, open) => {
        assert.equal(await store.schemaVersion(), 0)
        const stores = [store, open(), open()]
        const ran = await Promise.all(stores.map(store => store.migrate()))
        assert.deepEqual(ran.flat().sort(), names.toSorted())
        for (const store of stores) assert.equal(await store.schemaVersion(), migrations.length)
        assert.deepEqual(await store.migrate(), [])
      },
      false,
    )
  })

  describe(`${engine}: closing`, () => {
    onStore('finishes what was begun, and takes nothing more', async (store, open) => {
      const other = open()
      const reads = Array.from({ length: 20 }, () => store.read('select 1 as n'))
      const writes = Array.from({ length: 20 }, (_, i) => store.write(vendor(`v${i}`)))
      const closed = store.close()
      await assert.rejects(store.read('select 1'), StoreUnavailable)
      await assert.rejects(store.find(vendorByName, 'v'), StoreUnavailable)
      await assert.rejects(store.write(vendor('late')), StoreUnavailable)
      for (const rows of await Promise.all(reads)) assert.deepEqual(plain(rows), [{ n: 1 }])
      await Promise.all(writes)
      await closed
      await store.close()
      assert.deepEqual(await one(other.read('select count(*) as n from vendor')), { n: 20 })
    })
  })
}

/** Rows without what only their prototype tells. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}

async function one(rows: Promise<unknown[]>): Promise<unknown> {
  const [row] = plain(await rows)
  return row
}

function bytes(value: unknown): string {
  assert(value instanceof Uint8Array)
  return Buffer.from(value).toString('hex')
}
