/** The life of an app: every action from every place, on both engines, and two people at once. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type App, addApp, findApp } from '../../src/developer/app.ts'
import {
  type Action,
  actionsAt,
  findRevision,
  placeOf,
  type RevisionState,
  takeStep,
  transitions,
} from '../../src/developer/revision.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { testDatabase } from '../postgres.ts'

const settings = {
  name: 'Changed',
  description: 'Other words.',
  website: 'https://changed.example',
  redirect_uris: '["https://changed.example/cb"]',
  permissions: 'profile:read leads:read',
  logo: '',
  contact_name: 'Dana Reyes',
  contact_email: 'dana@changed.example',
  contact_phone: '',
}

const engines = {
  SQLite: async () => openSqlite(':memory:') as Store,
  PostgreSQL: async (t: TestContext) => {
    const { url, stop } = await testDatabase()
    const store = openPostgres(url)
    t.after(async () => {
      await store.close()
      await stop()
    })
    return store as Store
  },
}

/** How an app gets to each place, from its registration. */
const ways: Readonly<Record<string, readonly Action[]>> = {
  'development none': [],
  'development in_review': ['submit'],
  'development changes_requested': ['submit', 'request_changes'],
  'development declined': ['submit', 'decline'],
  'production none': ['submit', 'approve'],
  'production draft': ['submit', 'approve', 'edit'],
  'production in_review': ['submit', 'approve', 'edit', 'submit'],
  'production changes_requested': ['submit', 'approve', 'edit', 'submit', 'request_changes'],
  'production declined': ['submit', 'approve', 'edit', 'submit', 'decline'],
  'production approved': ['submit', 'approve', 'edit', 'submit', 'approve'],
}

const actions = Object.keys(transitions) as Action[]

async function newApp(store: Store): Promise<App> {
  const { app } = await addApp(
    store,
    {
      vendor: 'Acme',
      name: 'First',
      redirectUris: ['https://first.example/cb'],
      permissions: ['profile:read'],
      isPublic: false,
      rotates: false,
      mode: 'development',
      audience: 'testers',
    },
    'operator',
    0,
  )
  return app
}

async function step(store: Store, clientId: string, action: Action, seen?: number) {
  const app = (await findApp(store, clientId)) as App
  const about = {
    app,
    action,
    actor: 'operator',
    seen: seen ?? app.version,
    reason: 'Because.',
  } as const
  return takeStep(store, { ...about, ...(action === 'edit' && { settings }) }, 1_000)
}

async function stand(store: Store, clientId: string) {
  const app = (await findApp(store, clientId)) as App
  const revision = await findRevision(store, app.id)
  return { app, revision, place: placeOf(app, revision) }
}

for (const [engine, open] of Object.entries(engines)) {
  describe(`the life of an app on ${engine}`, () => {
    test('what the table allows happens, and nothing else changes anything', async t => {
      const store = await open(t)
      await store.migrate()
      for (const [place, way] of Object.entries(ways)) {
        for (const action of actions) {
          const { client_id } = await newApp(store)
          for (const earlier of way) assert.ok(await step(store, client_id, earlier), earlier)
          const before = await stand(store, client_id)
          assert.equal(before.place, place)
          const allowed = actionsAt(before.place).includes(action)
          assert.equal(await step(store, client_id, action), allowed, `${action} at ${place}`)
          const after = await stand(store, client_id)
          if (!allowed) assert.deepEqual(after, before, `${action} at ${place}`)
          else checkStep(action, before, after)
        }
      }
    })

    test('of two reviewers at once one decides, and the other is told', async t => {
      const store = await open(t)
      await store.migrate()
      for (const first of ['approve', 'decline', 'request_changes'] as const) {
        const { client_id } = await newApp(store)
        await step(store, client_id, 'submit')
        const { app } = await stand(store, client_id)
        const decisions = await Promise.all(
          [first, 'approve', 'decline', 'withdraw'].map(action =>
            step(store, client_id, action as Action, app.version),
          ),
        )
        assert.equal(decisions.filter(Boolean).length, 1)
      }
    })

    test('a page that shows an older state decides nothing', async t => {
      const store = await open(t)
      await store.migrate()
      const { client_id } = await newApp(store)
      await step(store, client_id, 'submit')
      const { app } = await stand(store, client_id)
      await step(store, client_id, 'withdraw')
      await step(store, client_id, 'edit')
      await step(store, client_id, 'submit')
      assert.equal(await step(store, client_id, 'approve', app.version), false)
      assert.equal((await stand(store, client_id)).place, 'development in_review')
    })
  })
}

type Stand = Awaited<ReturnType<typeof stand>>

function checkStep(action: Action, before: Stand, after: Stand): void {
  const next = transitions[action][before.place] as RevisionState | 'none'
  assert.equal(after.revision?.state ?? 'none', next)
  assert.equal(after.app.version, before.app.version + 1)
  const live = before.app.mode === 'production'
  const goesLive = action === 'approve' || action === 'publish'
  assert.equal(after.app.mode, action === 'approve' || live ? 'production' : 'development')
  // The live app changes by publishing alone; an app in development at once.
  const published = action === 'publish' || (!live && action === 'edit')
  if (live && !published) assert.equal(after.app.name, before.app.name)
  if (published) assert.equal(after.app.name, 'Changed')
  if (goesLive && next === 'none') assert.equal(after.revision, null)
  if (action === 'decline') assert.equal(after.revision?.reason, 'Because.')
}
