/** What no page and no stored password may lose: headers that keep secrets in, and the way passwords are hashed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashPassword } from '../../src/accounts/password.ts'
import { readSettings } from '../../src/settings.ts'
import { connect, makeApp, post, setup, signIn } from '../setup.ts'

describe('every answer in a browser', () => {
  test('RFC 9700 §4.2.4 no page and no redirect tells the next host where it came from', async () => {
    const { platform, app, user, browser } = await setup()
    const person = browser()
    await signIn(person, user.email)
    const { url } = platform.settings
    for (const path of ['/', '/sign-in', '/account/connections', '/docs/index.html', '/nowhere']) {
      const answer = await platform.fetch(new Request(url + path))
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path)
    }
    const page = await person.get(`/page/vendor-auth.html?clientId=${app.clientId}`)
    const { location, headers } = await page.submit({ decision: 'authorize' })
    assert.match(location ?? '', /[?&]code=lk_ac_/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
  })

  test('a page may load what it names and nothing else', async () => {
    const { platform } = await setup()
    const answer = await platform.fetch(new Request(`${platform.settings.url}/sign-in`))
    assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'; /)
  })
})

test('RFC 9106 §4 passwords are argon2id, each with a salt of its own', async () => {
  const [one, other] = [await hashPassword('correct horse'), await hashPassword('correct horse')]
  assert.match(one, /^\$argon2id\$v=19\$/)
  assert.notEqual(one, other)
})

test('RFC 7662 §2.2 a token newer than its row is not active', async () => {
  const fixture = await setup()
  const { platform, app } = fixture
  const tokens = await connect(fixture)
  const asked = { token: tokens.access_token }
  const active = async () =>
    (await post(platform, '/oauth/introspect', asked, app.basic)).body.active
  assert.equal(await active(), true)
  // A backup from before the exchange.
  await platform.store.write(tx => tx.run('update connection set generation = 0'))
  assert.equal(await active(), false)
})

test('an empty flag is as good as none', () => {
  const { database, keys } = readSettings({}, { database: '', keys: '' })
  assert.equal(database, './data/latchkey.db')
  assert.equal(keys, './data/keys.json')
})

test('an empty Basic password is no secret: a public app may send it', async () => {
  const { platform } = await setup()
  const app = await makeApp(platform, { name: 'Public', isPublic: true })
  const form = { grant_type: 'refresh_token', refresh_token: 'none' }
  const basic = { Authorization: `Basic ${btoa(`${app.clientId}:`)}` }
  const { status, body } = await post(platform, '/oauth/token', form, basic)
  assert.equal(status, 400)
  assert.equal(body.error, 'invalid_grant')
})
