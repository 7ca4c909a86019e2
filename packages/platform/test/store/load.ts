/**
 * Steps and reads without end, for tests in which something goes wrong meanwhile. The rule in all of
 * them: what was answered is there, once; what was refused is not there at all.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreUnavailable } from '../../src/store/store.ts'
import { command } from '../postgres.ts'

export interface Load {
  /** Names of the steps that were answered. */
  readonly answered: Set<string>
  /** Names of the steps that were refused with `StoreUnavailable`. */
  readonly refused: Set<string>
  /** Names of the steps of which the store could not find out what became of them. */
  readonly unknown: Set<string>
  /** Resolves when so many more steps were answered. */
  more(steps: number): Promise<void>
  /** Resolves when so many more steps were not. */
  fewer(steps: number): Promise<void>
  /** Resolves when everything under way has ended. Throws what was neither answered nor refused. */
  stop(): Promise<void>
}

/** Each step writes its name in two tables; then the name is looked up. */
export function startLoad(t: TestContext, store: Store, clients = 24): Load {
  const answered = new Set<string>()
  const refused = new Set<string>()
  const unknown = new Set<string>()
  let running = true
  let next = 0
  const step = (name: string) =>
    store.write(async tx => {
      await tx.run('insert into vendor (name, created_at) values ($1, 0) returning id', name)
      await tx.run('insert into audit_event (at, kind, actor) values (0, $1, $2)', name, 'test')
    })
  const work = async () => {
    while (running) {
      const name = `row ${next++}`
      try {
        await step(name)
        answered.add(name)
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        const set = error.uncertain ? unknown : refused
        set.add(name)
      }
      const found = store.find('select id from vendor where name = $1', name)
      const rows = await found.catch(error => {
        if (!(error instanceof StoreUnavailable)) throw error
        return null
      })
      if (!rows) await sleep(5)
      else if (!unknown.has(name)) assert.equal(rows.length, answered.has(name) ? 1 : 0, name)
    }
  }
  const working = Promise.all(Array.from({ length: clients }, work)).finally(() => {
    running = false
  })
  working.catch(() => {})
  t.after(() => {
    running = false
  })
  return {
    answered,
    refused,
    unknown,
    more: async steps => {
      const goal = answered.size + steps
      await until(() => answered.size >= goal || !running)
    },
    fewer: async steps => {
      const goal = refused.size + unknown.size + steps
      await until(() => refused.size + unknown.size >= goal || !running)
    },
    stop: async () => {
      running = false
      await working
    },
  }
}

/** Waits for as long as it takes; the test's own timeout bounds it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5)
}

/** Asks the database itself, past the store. */
export async function checkLoad(url: string, load: Load): Promise<void> {
  const rows = await command(url, 'select name from vendor union all select kind from audit_event')
  const seen = new Map<unknown, number>()
  for (const { name } of rows) seen.set(name, (seen.get(name) ?? 0) + 1)
  for (const name of load.answered) assert.equal(seen.get(name), 2, `${name} was answered`)
  for (const name of load.refused) assert.equal(seen.get(name), undefined, `${name} was refused`)
  for (const [name, times] of seen) assert.equal(times, 2, `${name} took place once, or not at all`)
}
