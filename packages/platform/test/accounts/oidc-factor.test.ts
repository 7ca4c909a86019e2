/** Second factors and asking again, for people who sign in through the operator's provider. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digitsOf } from './factor-person.ts'
import { atProvider, type Operator, operator, signInThere, traveller } from './operator.ts'

let fixture: Operator
before(async () => {
  fixture = await operator()
})
after(() => fixture.provider.stop())

describe('through the provider', () => {
  test('there is no password to change, and no passkey leads around the provider', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    const page = await person.here.get('/account/security')
    assert.doesNotMatch(page.html, /Change your password/)
    const password = await person.here.get('/account/security/password')
    assert.equal(password.path, '/account/security')
    assert.equal((await fixture.browser().get('/sign-in/passkey')).status, 404)
  })

  test('who is asked again signs in there again, with credentials, and comes back', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    fixture.clock.forward(600)
    const path = '/account/security/authenticator'
    const asked = await person.here.get(path)
    assert.match(asked.html, /Sign in again with <bdi>Acme/)
    assert.doesNotMatch(asked.html, /type="password"/)
    const [, href = ''] = /href="(\/sign-in\/provider\?fresh[^"]*)"/.exec(asked.html) ?? []
    const left = await person.here.get(href.replaceAll('&amp;', '&'))
    const there = new URL(left.location ?? 'missing:')
    assert.equal(there.searchParams.get('prompt'), 'login')
    const back = await atProvider(person.there, there)
    assert.equal((await person.here.get(back.pathname + back.search)).path, path)
    const [rows] = await fixture.platform.store.read<{ n: number }>(
      'select count(*) as n from session where proved_at > $1',
      fixture.clock.now() - 1,
    )
    assert.equal(rows?.n, 1)
  })

  test('a second factor set up here is asked for after the provider as well', async () => {
    const person = traveller(fixture)
    await signInThere(person)
    const path = '/account/security/authenticator'
    const page = await person.here.get(path)
    const [, secret = ''] = /data-copy="([A-Z2-7]{32})"/.exec(page.html) ?? []
    await page.submit({ code: digitsOf(secret, fixture.clock.now()) }, path)
    fixture.clock.forward(30)
    const again = traveller(fixture)
    const step = await signInThere(again)
    assert.match(step.path, /^\/sign-in\/second-factor/)
    assert.match((await again.here.get('/account/sessions')).path, /^\/sign-in/)
    const code = digitsOf(secret, fixture.clock.now())
    const inside = await step.submit({ code }, '/sign-in/second-factor')
    assert.equal(inside.path, '/docs/index.html')
    assert.equal((await again.here.get('/account/sessions')).path, '/account/sessions')
  })
})
