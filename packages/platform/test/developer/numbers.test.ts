/** Forms name rows by number: what is no number names none, on either engine, and is never a 5xx. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostgres } from '../../src/store/postgres.ts'
import { testDatabase } from '../postgres.ts'
import { makeApp, makeUser, setup, signIn } from '../setup.ts'

const noNumbers = ['NaN', '1.5', 'abc', '-1', '1e3', '99999999999999999999', '']

const forms: readonly [string, (app: string, number: string) => Record<string, string>][] = [
  ['/developer/authorizations/revoke', (app, secret) => ({ app, secret })],
  ['/developer/authorizations/app', (app, version) => ({ app, version, action: 'submit' })],
  ['/developer/authorizations/edit', (app, version) => ({ app, version })],
  ['/developer/colleagues/colleague', (_, account) => ({ account, action: 'remove' })],
  ['/review/app', (app, version) => ({ app, version, action: 'approve' })],
  ['/review/vendor', (_, seen) => ({ vendor: '1', seen, action: 'approve' })],
  ['/review/vendor', (_, vendor) => ({ vendor, seen: '1', action: 'approve' })],
  ['/review/vendor/step', (_, vendor) => ({ vendor, action: 'resume' })],
]

test('a form with something else than a number is refused on PostgreSQL too', async t => {
  const { url, stop } = await testDatabase()
  const store = openPostgres(url)
  await store.migrate()
  const fixture = await setup({ store })
  t.after(async () => {
    await fixture.platform.close()
    await stop()
  })
  const { platform, clock } = fixture
  await makeUser(platform, 'rita@example.com', clock.now(), true)
  const app = await makeApp(platform, { name: 'Other', mode: 'development' })
  for (const email of ['dana@example.com', 'rita@example.com']) {
    const person = fixture.browser()
    await signIn(person, email)
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await person.get('/')).html) ?? []
    for (const [path, form] of forms) {
      for (const number of noNumbers) {
        const page = await person.post(path, { ...form(app.clientId, number), csrf })
        assert.ok(page.status < 500, `${email} ${path} ${number}: ${page.status}`)
      }
    }
    for (const query of ['review/audit?before=1.5', 'developer/authorizations/activity?before=x']) {
      assert.ok((await person.get(`/${query}`)).status < 500)
    }
  }
})
