/** The heart of the contract once more, with the whole platform on PostgreSQL. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import { testDatabase } from '../postgres.ts'
import {
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  post,
  refresh,
  type Setup,
  setup,
  signIn,
} from '../setup.ts'

describe('the platform on PostgreSQL', () => {
  let fixture: Setup
  let stop: () => Promise<void>
  before(async () => {
    const database = await testDatabase()
    stop = database.stop
    const store = await openStore(database.url)
    await store.migrate()
    fixture = await setup({ store })
  })
  after(async () => {
    await fixture.platform.close()
    await stop()
  })

  test('connects, calls, refreshes, disconnects', async () => {
    const tokens = await connect(fixture)
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
    assert.equal((await refresh(fixture, tokens.refresh_token)).status, 200)
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const page = await person.get(`/account/connections/disconnect?app=${fixture.app.clientId}`)
    await page.submit({})
    assert.equal((await me(fixture.platform, tokens.access_token)).status, 401)
  })

  test('fifty exchanges at once give exactly one 200', async () => {
    const code = await freshCode(fixture)
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(fixture, code)))
    assert.equal(answers.filter(answer => answer.status === 200).length, 1)
  })

  test('twenty refreshes of one rotating token at once give one successor', async () => {
    const rotating = {
      ...fixture,
      app: await makeApp(fixture.platform, { name: 'R', rotates: true }),
    }
    const { refresh_token } = await connect(rotating)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(rotating, refresh_token)),
    )
    assert.ok(answers.every(answer => answer.status === 200))
    assert.equal(new Set(answers.map(answer => answer.body.refresh_token)).size, 1)
  })

  test('authorize and deny at once give one of the two', async () => {
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    for (let round = 0; round < 5; round++) {
      const page = await person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
      const decisions = ['authorize', 'deny', 'authorize', 'deny']
      const answers = await Promise.all(decisions.map(decision => page.submit({ decision })))
      assert.equal(new Set(answers.map(answer => answer.location)).size, 1)
    }
  })

  test('revocation and introspection', async () => {
    const tokens = await connect(fixture)
    const look = () =>
      post(fixture.platform, '/oauth/introspect', { token: tokens.access_token }, fixture.app.basic)
    assert.equal((await look()).body.active, true)
    await post(
      fixture.platform,
      '/oauth/revoke',
      { token: tokens.refresh_token },
      fixture.app.basic,
    )
    assert.deepEqual((await look()).body, { active: false })
  })
})
