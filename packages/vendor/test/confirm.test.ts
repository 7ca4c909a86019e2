/** `missingState: confirm`: nothing is connected until the person has seen whose account it is, and said yes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeUser } from '../../platform/test/setup.ts'
import { article, connectUser, type Fixture, setup, stateless } from './setup.ts'

function isConnected(fixture: Fixture): Promise<boolean> {
  return fixture.vendor
    .connection('ada')
    .status()
    .then(({ state }) => state === 'connected')
}

describe('a connection that waits for its person', () => {
  test('nothing is connected until the person has said yes, once', async () => {
    const fixture = await setup({
      missingState: 'confirm',
      platform: article('http://localhost:4400'),
    })
    const before = await connectUser(fixture)
    const kept = await before.accessToken()
    const person = fixture.person()
    fixture.clock.forward(1)
    const result = await person.come(
      stateless(await person.decide(await person.begin({ user: 'ada', returnTo: '/done' }))),
    )
    assert.ok(result.outcome === 'unconfirmed')
    assert.equal(result.returnTo, '/done')
    assert.equal((await result.connection.api.me()).email, fixture.user.email)
    assert.equal(await before.accessToken(), kept, 'the connection in use is untouched')
    assert.equal((await fixture.vendor.connections('ada')).length, 1)
    assert.deepEqual(fixture.events, ['connected ada/default'])

    const { name } = result.connection
    const answers = await Promise.allSettled([
      fixture.vendor.confirm('ada', { name }),
      fixture.vendor.confirm('ada', { name }),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.notEqual(await before.accessToken(), kept)
    assert.deepEqual(fixture.events, ['connected ada/default', 'connected ada/default'])
    await assert.rejects(fixture.vendor.confirm('ada', { name }), { fault: 'disconnected' })
  })

  test('what is confirmed is what was shown, whatever arrived in the meantime', async () => {
    const fixture = await setup({ missingState: 'confirm' })
    const mallory = await makeUser(fixture.platform, 'mallory@example.com', fixture.clock.now())
    const person = fixture.person()
    const arrive = async (email?: string) => {
      const back = await person.decide(await person.begin({ user: 'ada' }), 'authorize', email)
      const result = await person.come(stateless(back))
      assert.ok(result.outcome === 'unconfirmed')
      return result.connection
    }
    const shown = await arrive()
    const slipped = await arrive(mallory.email)
    const connection = await fixture.vendor.confirm('ada', { name: shown.name })
    assert.equal(connection.name, 'default')
    assert.equal((await connection.api.me()).email, fixture.user.email)
    assert.equal((await slipped.api.me()).email, mallory.email, 'and the other still waits')
    await assert.rejects(fixture.vendor.confirm('bob', { name: slipped.name }), {
      fault: 'disconnected',
    })
  })

  test('takes no name of a connection in use, and connect none of one that waits', async () => {
    const fixture = await setup({ missingState: 'confirm' })
    await connectUser(fixture)
    fixture.clock.forward(600)
    await assert.rejects(fixture.vendor.confirm('ada', { name: 'default' }), { fault: 'usage' })
    assert.equal(await isConnected(fixture), true)
    await assert.rejects(fixture.person().begin({ user: 'ada', name: '?x' }), { fault: 'usage' })
  })

  test('a yes after ten minutes is too late, and the tokens are given back', async () => {
    const fixture = await setup({ missingState: 'confirm' })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    const result = await person.come(stateless(back))
    assert.ok(result.outcome === 'unconfirmed')
    const token = await result.connection.accessToken()
    fixture.clock.forward(600)
    const { name } = result.connection
    await assert.rejects(fixture.vendor.confirm('ada', { name }), { fault: 'disconnected' })
    assert.equal(await isConnected(fixture), false)
    const headers = { Authorization: `Bearer ${token}` }
    const me = new Request('http://localhost:4400/v1.0/me', { headers })
    assert.equal((await fixture.platform.fetch(me)).status, 401)
    assert.deepEqual(fixture.events, [])
  })

  test('a no takes the tokens back, and leaves the connection in use', async () => {
    const fixture = await setup({ missingState: 'confirm' })
    await connectUser(fixture)
    const person = fixture.person()
    const result = await person.come(
      stateless(await person.decide(await person.begin({ user: 'ada' }))),
    )
    assert.ok(result.outcome === 'unconfirmed')
    const { name } = result.connection
    assert.deepEqual(await fixture.vendor.disconnect('ada', { name }), { revoked: true })
    await assert.rejects(result.connection.api.me(), { fault: 'disconnected' })
    assert.equal(await isConnected(fixture), true)
    assert.deepEqual(fixture.events, ['connected ada/default'])
  })
})
