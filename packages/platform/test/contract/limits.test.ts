import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, makeUser, password, post, refresh, setup } from '../setup.ts'

describe('throttled sign-in', () => {
  const limitSignIn = { points: 3, seconds: 900 }

  test('no number of attempts at once outruns it', async () => {
    const fixture = await setup({ limitSignIn })
    const person = fixture.browser()
    const page = await person.get('/sign-in')
    const tries = Array.from({ length: 12 }, () =>
      page.submit({ email: fixture.user.email, password: 'wrong' }),
    )
    const answers = await Promise.all(tries)
    assert.equal(answers.filter(answer => answer.status === 401).length, 3)
    const refused = answers.filter(answer => answer.status === 429)
    assert.equal(refused.length, 9)
    assert.ok(Number(refused[0]?.headers.get('retry-after')) > 0)
    assert.equal((await page.submit({ email: fixture.user.email, password })).status, 429)
  })

  test('the owner stays in a live session, and other accounts are not touched', async () => {
    const fixture = await setup({ limitSignIn })
    const other = await makeUser(fixture.platform, 'eve@example.com', 0)
    const owner = fixture.browser()
    await (await owner.get('/sign-in')).submit({ email: fixture.user.email, password })
    const stranger = fixture.browser()
    const page = await stranger.get('/sign-in')
    for (let i = 0; i < 5; i++) await page.submit({ email: fixture.user.email, password: 'wrong' })
    assert.match((await owner.get('/account/connections')).html, /No apps are connected/)
    const answer = await page.submit({ email: other.email, password })
    assert.equal(answer.status, 200)
  })

  test('a right password forgets the failures before it', async () => {
    const fixture = await setup({ limitSignIn })
    for (let round = 0; round < 3; round++) {
      const page = await fixture.browser().get('/sign-in')
      await page.submit({ email: fixture.user.email, password: 'wrong' })
      await page.submit({ email: fixture.user.email, password: 'wrong' })
      assert.equal((await page.submit({ email: fixture.user.email, password })).status, 200)
    }
  })
})

describe('throttled app authentication', () => {
  test('answers 429 with Retry-After, and never keeps the right secret out', async () => {
    const fixture = await setup({ limitAppAuth: { points: 3, seconds: 60 } })
    const { platform, app } = fixture
    const tokens = await connect(fixture)
    const wrong = { Authorization: `Basic ${btoa(`${app.clientId}:wrong`)}` }
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(platform, '/oauth/token', form, wrong)),
    )
    assert.equal(answers.filter(answer => answer.status === 401).length, 3)
    const refused = answers.find(answer => answer.status === 429)
    assert.ok(Number(refused?.headers.get('retry-after')) > 0)
    assert.equal(refused?.body.error, 'invalid_client')
    assert.equal((await refresh(fixture, tokens.refresh_token)).status, 200)
  })
})
