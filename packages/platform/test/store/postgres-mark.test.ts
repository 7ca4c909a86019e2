/** The marks by themselves, in orders of events that a network makes once in a year. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { leaveMark, markTable, settleMark } from '../../src/store/postgres-mark.ts'
import { type TestDatabase, testDatabase } from '../postgres.ts'

let database: TestDatabase
let client: Client

before(async () => {
  database = await testDatabase()
  client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query(markTable)
})

after(async () => {
  await client.end()
  await database.stop()
})

const leave = (slot: string, mark: number) => client.query({ ...leaveMark, values: [slot, mark] })

async function settle(slot: string, mark: number): Promise<number> {
  const { rows } = await client.query({ ...settleMark, values: [slot, mark] })
  return Number(rows[0].mark)
}

for (const earlier of [false, true]) {
  const where = earlier ? 'behind an earlier one' : 'in a new slot'
  const slot = `slot ${earlier}`

  test(`a mark that was left is found, ${where}`, async () => {
    if (earlier) await leave(slot, 2)
    await leave(slot, 4)
    assert.equal(await settle(slot, 4), 4)
    assert.equal(await settle(slot, 4), 4)
    await leave(slot, 6)
  })

  test(`who is given up cannot leave its mark any more, ${where}`, async () => {
    const given = `given up ${earlier}`
    if (earlier) await leave(given, 2)
    assert.notEqual(await settle(given, 4), 4)
    await assert.rejects(leave(given, 4))
    assert.notEqual(await settle(given, 4), 4)
    await leave(given, 6)
    assert.equal(await settle(given, 6), 6)
  })
}

test('a look that comes late takes no mark back, and lets nobody in', async () => {
  await leave('late', 4)
  await leave('late', 6)
  await settle('late', 4)
  assert.equal(await settle('late', 6), 6)
  assert.notEqual(await settle('late', 8), 8)
  await settle('late', 4)
  await settle('late', 6)
  await assert.rejects(leave('late', 8))
})

test('a mark that settles is a fresh one, for those who clean up', async () => {
  await leave('old', 4)
  await client.query(`update commit_mark set at = now() - interval '2 days' where slot = 'old'`)
  await settle('old', 6)
  const { rows } = await client.query(
    `select 1 from commit_mark where slot = 'old' and at > now() - interval '1 hour'`,
  )
  assert.equal(rows.length, 1)
})
