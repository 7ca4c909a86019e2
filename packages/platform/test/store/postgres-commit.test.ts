/** Connections that go away during COMMIT: the store finds out what happened, and never guesses. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Store, StoreUnavailable } from '../../src/store/store.ts'
import { command, freshDatabase } from '../postgres.ts'
import { until } from './load.ts'
import { type Line, startProxy } from './proxy.ts'
import { startPostgres, type TestServer } from './server.ts'

let server: TestServer
let url: string
let proxy: Line
let store: Store

before(async () => {
  server = await startPostgres()
  url = (await freshDatabase(server.url)).url
  proxy = await startProxy(url)
  store = openPostgres(proxy.url)
  await store.migrate()
})

after(async () => {
  await store.close()
  await proxy.stop()
  await server.stop('SIGQUIT')
})

// Nothing in the table keeps it from being added twice.
const add = `insert into audit_event (at, kind, actor, detail) values (0, '', '', $1)`

/**
 * Steps that count how often they run. One that looks has left its mark before COMMIT is sent; one that does
 * not sends all it has in one write.
 */
function addEvents(names: readonly string[], look: boolean) {
  const runs = new Map<string, number>()
  const done = Promise.all(
    names.map(name =>
      store.write(async tx => {
        runs.set(name, (runs.get(name) ?? 0) + 1)
        await tx.run(add, name)
        if (look) await tx.run('select 1')
        return name
      }),
    ),
  )
  return { runs, done }
}

function events(like: string) {
  return command(url, `select detail from audit_event where detail like '${like}' order by id`)
}

for (const [fate, look, runsExpected] of [
  ['answer lost', true, [1]],
  ['late', true, [1]],
  ['lost', true, [2]],
  // Whoever looks for the mark may come before the transaction has left it, and then keeps it from doing so.
  ['answer lost', false, [1, 2]],
  ['late', false, [2]],
  ['lost', false, [2]],
] as const) {
  const all = look ? 'behind the steps' : 'in one write with all of them'
  test(`COMMIT ${fate}, ${all}: every step takes place once`, async () => {
    for (let round = 0; round < (fate === 'late' ? 4 : 20); round++) {
      const label = `${fate} ${look} ${round}`
      const names = Array.from({ length: 1 + (round % 4) }, (_, i) => `${label} ${i}`)
      proxy.nextCommit = fate
      const { runs, done } = addEvents(names, look)
      assert.deepEqual(await done, names)
      assert.equal(proxy.nextCommit, null)
      for (const run of runs.values())
        assert.ok(
          runsExpected.some(n => n === run),
          `${run} runs`,
        )
      await proxy.done()
      assert.equal((await events(`${label} %`)).length, names.length)
    }
  })
}

for (const fate of ['lost', 'answer lost'] as const) {
  test(`COMMIT ${fate}, and nobody there to ask: refused as uncertain`, async t => {
    const hasty = openPostgres(proxy.url, { patience: 200 })
    t.after(hasty.close)
    await hasty.read('select 1')
    proxy.nextCommit = fate
    const step = hasty.write(async tx => {
      await tx.run(add, 'uncertain')
      proxy.closed = true
    })
    const error = await step.catch(error => error)
    proxy.closed = false
    assert.ok(error instanceof StoreUnavailable && error.uncertain, String(error))
    const refused = openPostgres(Object.assign(new URL(url), { port: '1' }).href)
    t.after(refused.close)
    const certain = await refused.write(tx => tx.run('select 1')).catch(error => error)
    assert.ok(certain instanceof StoreUnavailable && !certain.uncertain, String(certain))
  })
}

/** Makes COMMIT wait for a replica that does not exist. */
async function waitForReplica(wait: boolean): Promise<void> {
  const names = wait ? 'nobody' : ''
  await command(server.url, `alter system set synchronous_standby_names = '${names}'`)
  await command(server.url, 'select pg_reload_conf()')
  await until(async () => {
    const [row] = await command(server.url, 'show synchronous_standby_names')
    return row?.synchronous_standby_names === names
  })
}

/** Whether somebody waits for the mark of a commit that has not ended. */
async function isAwaited(): Promise<boolean> {
  const rows = await command(
    url,
    `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%commit_mark%'`,
  )
  return rows.length > 0
}

test('a commit that is still under way is waited for', async () => {
  await waitForReplica(true)
  // A connection that has not heard of the setting yet commits at once; then the next one is asked.
  for (let attempt = 0; ; attempt++) {
    assert.ok(attempt < 20, 'no commit waited for the replica')
    const name = `under way ${attempt}`
    proxy.nextCommit = 'answer lost'
    const { runs, done } = addEvents([name], true)
    let settled = false
    done.finally(() => {
      settled = true
    })
    await until(async () => settled || (await isAwaited()))
    if (settled) continue
    assert.deepEqual(await events(name), [])
    await waitForReplica(false)
    await done
    assert.equal(runs.get(name), 1)
    assert.equal((await events(name)).length, 1)
    return
  }
})

test('a commit that its replica has not confirmed is not called done', async () => {
  await waitForReplica(true)
  const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`
  for (let attempt = 0; ; attempt++) {
    assert.ok(attempt < 20, 'no commit waited for the replica')
    const { done } = addEvents([`unconfirmed ${attempt}`], false)
    let settled = false
    const outcome = done.then(
      () => null,
      (error: unknown) => error,
    )
    outcome.then(() => {
      settled = true
    })
    let cancelled = false
    await until(async () => {
      cancelled ||= (await command(url, cancel)).length > 0
      return settled || cancelled
    })
    const error = await outcome
    if (!cancelled) continue
    assert.ok(error instanceof StoreUnavailable)
    assert.match(error.message, /replica/)
    assert.ok(error.uncertain)
    break
  }
  await waitForReplica(false)
})

test('a commit that a crash swallowed is not mistaken for another with its number', async () => {
  const number = 'select pg_current_xact_id()::text as number'
  await command(url, 'checkpoint')
  let lost: unknown
  proxy.nextCommit = 'held'
  const done = store.write(async tx => {
    const [row] = await tx.run(number)
    lost ??= row?.number
    await tx.run(add, 'crashed')
  })
  await until(() => proxy.nextCommit === null)
  proxy.closed = true
  await server.stop('SIGQUIT')
  await server.start()
  // Somebody else comes first, gets the number, and commits.
  const [next] = await command(url, number)
  await command(
    url,
    `insert into audit_event (at, kind, actor, detail) values (0, '', '', 'somebody else')`,
  )
  assert(BigInt(String(next?.number)) <= BigInt(String(lost)), 'the number was given again')
  const [status] = await command(url, `select pg_xact_status('${lost}') as status`)
  assert.equal(status?.status, 'committed')
  assert.deepEqual(await events('crashed'), [])
  proxy.closed = false
  await done
  assert.equal((await events('crashed')).length, 1)
})
