/**
 * The guide's own lines back up a serving platform and restore it, and the restored one does what each
 * row of the guide's table says (`docs/guides/operations.md`, "Backup and restore").
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openHandle } from '../../src/connection/handle.ts'
import { connectionName } from '../../src/connection/name.ts'
import { createBrowser, type FormBrowser } from '../form-browser.ts'
import { command, testDatabase } from '../postgres.ts'
import { type Cluster, cluster, exchangeAt, meAt, type Node, refreshAt } from '../processes/node.ts'
import { makeApp, password, signIn, type TestApp } from '../setup.ts'
import { blockOf, runLines, versionOf } from './guide.ts'
import { main } from './serving.ts'

const guide = 'operations.md'
const newPassword = 'another long one'

interface Way {
  readonly backup: () => void
  /** After every process is gone. */
  readonly restore: () => Promise<void>
  /** What the damaged database says has ended since, by the guide's query. */
  readonly ended?: (since: number) => unknown[]
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-backup-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function onSqlite(t: TestContext, { environment }: Cluster, words: string): Way {
  const data = dirname(environment.LATCHKEY_DATABASE ?? '')
  const backups = folderOf(t)
  const folders = { '/var/lib/latchkey': data, '/var/backups/latchkey': backups }
  return {
    backup: () => {
      runLines(blockOf(guide, words), environment, folders)
      assert.equal(statSync(join(backups, 'latchkey.db')).mode & 0o777, 0o600)
    },
    restore: async () =>
      runLines(blockOf(guide, 'mv /var/lib/latchkey/latchkey.db*'), environment, folders),
    ended: since => {
      const damaged = new DatabaseSync(join(data, 'damaged/latchkey.db'))
      const query = blockOf(guide, 'from audit_event where').replace('1790000000000', `${since}`)
      const rows = damaged.prepare(query).all()
      damaged.close()
      return rows.map(({ kind }) => kind)
    },
  }
}

async function onPostgres(t: TestContext, { environment }: Cluster): Promise<Way> {
  const folders = { '/var/backups/latchkey': folderOf(t) }
  const empty = await testDatabase()
  t.after(empty.stop)
  return {
    backup: () => runLines(blockOf(guide, 'pg_dump --format'), environment, folders),
    restore: async () => {
      environment.LATCHKEY_DATABASE = empty.url
      runLines(blockOf(guide, 'pg_restore --exit'), environment, folders)
    },
  }
}

test('SQLite, by Node alone', async t => {
  const place = await cluster(t, 'SQLite')
  await backUpAndRestore(place, onSqlite(t, place, 'npx node -e'))
})

const noSqlite = versionOf('sqlite3') === null && 'no sqlite3 on PATH; see CONTRIBUTING.md'
test('SQLite, by the sqlite3 program', { skip: noSqlite }, async t => {
  const place = await cluster(t, 'SQLite')
  await backUpAndRestore(place, onSqlite(t, place, '.backup'))
})

test('PostgreSQL, by pg_dump', async t => {
  const { url, stop } = await testDatabase()
  const [row] = await command(url, 'show server_version')
  await stop()
  const version = Number.parseInt(String(row?.server_version), 10)
  if ((versionOf('pg_dump') ?? 0) < version) {
    return t.skip(`no pg_dump of PostgreSQL ${version} on PATH; see CONTRIBUTING.md`)
  }
  const place = await cluster(t, 'PostgreSQL')
  await backUpAndRestore(place, await onPostgres(t, place))
})

async function backUpAndRestore(place: Cluster, way: Way): Promise<void> {
  const { here } = place
  const node = await place.node()
  const rotating = await makeApp(here.platform, { name: 'Rotating', rotates: true })
  const stopped = await makeApp(here.platform, { name: 'Stopped' })
  const join = async (app: TestApp) => {
    const user = await place.user()
    const tokens = await exchange(node, app, await place.code(app, user.id))
    return { ...tokens, user, app }
  }
  const steady = await join(here.app)
  const turning = await join(rotating)
  const disconnected = await join(here.app)
  const suspended = await join(stopped)
  const deactivated = await join(here.app)
  const code = await place.code(here.app, here.user.id)
  const person = browserAt(node)
  await signIn(person, here.user.email)

  way.backup()
  const since = Date.now()

  const late = await join(here.app)
  const exchanged = await exchange(node, here.app, code)
  const steadyNow = await refresh(node, here.app, steady.refresh)
  const turningNow = await refresh(node, rotating, turning.refresh)
  const handle = openHandle(here.platform.keys, disconnected.access)
  const name = connectionName(handle?.connectionId ?? new Uint8Array())
  latchkey(place, 'connection', 'disconnect', name)
  latchkey(place, 'app', 'suspend', stopped.clientId)
  latchkey(place, 'account', 'deactivate', deactivated.user.email)
  for (const one of [disconnected, suspended, deactivated]) {
    assert.equal((await meAt(node, one.access))?.status, 401)
  }
  await changePassword(place)
  assert.equal(await isSignedIn(person), false)

  await here.platform.close()
  assert.equal(await node.stop(), 0)
  await way.restore()
  // On the database that was restored, and with the key file as it is.
  const again = await place.node()

  for (const { access, refresh } of [late, exchanged, turningNow]) {
    assert.equal((await meAt(again, access))?.status, 401)
    const app = refresh === turningNow.refresh ? rotating : here.app
    assert.equal((await refreshAt(again, app, refresh))?.body.error, 'invalid_grant')
  }
  for (const { refresh } of [steady, steadyNow]) {
    assert.equal((await refreshAt(again, here.app, refresh))?.status, 200)
  }
  for (const { access } of [steady, steadyNow]) {
    assert.equal((await meAt(again, access))?.status, 200)
  }
  assert.equal((await refreshAt(again, rotating, turning.refresh))?.status, 200)
  for (const { access, app, refresh } of [disconnected, suspended, deactivated]) {
    assert.equal((await meAt(again, access))?.status, 200, 'undone, as the guide warns')
    assert.equal((await refreshAt(again, app, refresh))?.status, 200)
  }
  const back = browserAt(again)
  for (const [key, value] of person.cookies) back.cookies.set(key, value)
  assert.equal(await isSignedIn(back), true)
  for (const [word, status] of [
    [password, 200],
    [newPassword, 401],
  ] as const) {
    const page = await browserAt(again).get('/sign-in')
    const answer = await page.submit({ email: here.user.email, password: word })
    assert.equal(answer.status, status)
  }
  assert.equal(latchkey(place, ...account('somebody-else@example.com')).id, late.user.id)
  const kinds = ['connection.disconnected', 'app.suspended', 'account.deactivated']
  if (way.ended) assert.deepEqual(new Set(way.ended(since)), new Set(kinds))
}

const account = (email: string) => ['account', 'add', '--email', email, '--password', password]

async function exchange(node: Node, app: TestApp, code: string) {
  return tokensOf(await exchangeAt(node, app, code))
}

async function refresh(node: Node, app: TestApp, token: string) {
  return tokensOf(await refreshAt(node, app, token))
}

function tokensOf(answer: Awaited<ReturnType<typeof exchangeAt>>) {
  assert.equal(answer?.status, 200, JSON.stringify(answer))
  const { access_token: access = '', refresh_token: refresh = '' } = answer?.body ?? {}
  return { access, refresh }
}

/** By "Forgot your password?" of the test's own node, which has the mails. */
async function changePassword({ here }: Cluster): Promise<void> {
  const page = await here.browser().get('/forgot-password')
  const next = await page.submit({ email: here.user.email })
  const [code = ''] = /\b\d{6}\b/.exec(here.mails.at(-1)?.text ?? '') ?? []
  const done = await next.submit({ code, password: newPassword })
  assert.equal(done.path, '/account/connections')
}

function browserAt({ port }: Node): FormBrowser {
  const go = async (request: Request) => {
    const { pathname, search } = new URL(request.url)
    const { method, headers } = request
    const body = method === 'POST' ? await request.text() : null
    const target = `http://127.0.0.1:${port}${pathname}${search}`
    return fetch(target, { method, headers, body, redirect: 'manual' })
  }
  return createBrowser(go, 'http://localhost:4400')
}

async function isSignedIn(person: FormBrowser): Promise<boolean> {
  return !/name="password"/.test((await person.get('/account/connections')).html)
}

function latchkey({ environment }: Cluster, ...words: string[]): Record<string, unknown> {
  const ran = spawnSync(process.execPath, [main, ...words, '--json'], {
    env: environment,
    encoding: 'utf8',
  })
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}
