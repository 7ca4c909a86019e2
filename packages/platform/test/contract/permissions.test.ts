/** Three lists: the catalogue's, those an app asks for, those on a connection. The last is what counts. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listConnections } from '../../src/connection/list.ts'
import { type Catalogue, defaultCatalogue } from '../../src/permissions.ts'
import { connect, exchange, makeApp, type Setup, setup, signIn } from '../setup.ts'

const permissions: Catalogue = [
  ...defaultCatalogue,
  { name: 'leads:read', title: 'See your leads', description: 'Names and numbers.' },
  { name: 'leads:write', title: 'Change your leads', description: '' },
]

async function withApp(names: readonly string[]): Promise<Setup> {
  const fixture = await setup({ permissions })
  const app = await makeApp(fixture.platform, { permissions: names, name: 'Leads' })
  return { ...fixture, app }
}

/** What of the catalogue a token opens. */
async function opened({ platform }: Setup, token: string): Promise<string[]> {
  const request = new Request('http://x', { headers: { Authorization: `Bearer ${token}` } })
  const tried = permissions.map(({ name }) =>
    platform.gate(request, name).then(
      () => name,
      error => {
        assert.equal(error.code, 'insufficient_scope')
        return null
      },
    ),
  )
  return (await Promise.all(tried)).filter(name => name !== null)
}

/** The app asks for something else from now on. */
async function ask({ platform, app }: Setup, names: string): Promise<void> {
  await platform.store.write(tx =>
    tx.run('update app set permissions = $2 where id = $1', app.id, names),
  )
}

async function consentPage(fixture: Setup) {
  const person = fixture.browser()
  await signIn(person, fixture.user.email)
  return person.get(`/page/vendor-auth.html?clientId=${fixture.app.clientId}`)
}

describe('the permissions of a connection', () => {
  test('are what its consent page named, and nothing else opens', async () => {
    const fixture = await withApp(['leads:read'])
    const page = await consentPage(fixture)
    assert.ok(page.html.includes('See your leads'))
    for (const word of ['Change your leads', 'See who you are']) {
      assert.equal(page.html.includes(word), false, word)
    }
    const answer = await page.submit({ decision: 'authorize' })
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const { access_token } = (await exchange(fixture, code)).body
    assert.deepEqual(await opened(fixture, access_token), ['leads:read'])
  })

  test('stay when the app asks for less; a new connection has less', async () => {
    const fixture = await withApp(['leads:read', 'leads:write'])
    const before = await connect(fixture)
    await ask(fixture, 'leads:read')
    assert.deepEqual(await opened(fixture, before.access_token), ['leads:read', 'leads:write'])
    const after = await connect(fixture)
    assert.deepEqual(await opened(fixture, after.access_token), ['leads:read'])
  })

  test('do not grow when the app asks for more: the user is asked first', async () => {
    const fixture = await withApp(['leads:read'])
    const before = await connect(fixture)
    await ask(fixture, 'leads:read leads:write')
    assert.deepEqual(await opened(fixture, before.access_token), ['leads:read'])
    const after = await connect(fixture)
    assert.deepEqual(await opened(fixture, after.access_token), ['leads:read', 'leads:write'])
  })

  test('are those of the page, also when the app changes while it is open', async () => {
    const fixture = await withApp(['leads:read'])
    const page = await consentPage(fixture)
    await ask(fixture, 'leads:read leads:write')
    const answer = await page.submit({ decision: 'authorize' })
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const { access_token } = (await exchange(fixture, code)).body
    assert.deepEqual(await opened(fixture, access_token), ['leads:read'])
  })

  test('never hold a name the page could not show', async () => {
    const fixture = await withApp(['leads:read', 'billing:read'])
    await connect(fixture)
    const rows = await listConnections(fixture.platform.store, {})
    assert.deepEqual(
      rows.map(row => row.permissions),
      ['leads:read'],
    )
  })

  test('of all connections of an app stand on the connected-apps page', async () => {
    const fixture = await withApp(['leads:write'])
    await connect(fixture)
    await ask(fixture, 'leads:read')
    await connect(fixture)
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const { html } = await person.get('/account/connections')
    assert.ok(html.includes('See your leads'))
    assert.ok(html.includes('Change your leads'))
    assert.equal(html.includes('See who you are'), false)
  })
})
