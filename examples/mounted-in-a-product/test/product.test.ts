/** The platform inside a product: the product says who is signed in, and the platform believes only that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deactivateAccount, findByEmail } from '@latchkey/platform/admin'
import { createLog } from '../../../packages/platform/src/log.ts'
import { createBrowser, type FormBrowser } from '../../../packages/platform/test/form-browser.ts'
import { makeApp, makeUser } from '../../../packages/platform/test/setup.ts'
import { createProduct } from '../src/product.ts'

const url = 'http://localhost:4400'

async function begin() {
  const made = await createProduct(url, { database: ':memory:', logger: createLog('silent') })
  const app = await makeApp(made.platform, {})
  const send = async (request: Request) => made.product.fetch(request)
  const enter = async (id: string) => {
    const person = createBrowser(send, url)
    await person.post('/login', { id, next: '/home' })
    return person
  }
  return { ...made, app, send, enter, person: () => createBrowser(send, url) }
}

const authorization = (clientId: string) => `/page/vendor-auth.html?clientId=${clientId}`

async function authorize(person: FormBrowser, clientId: string): Promise<string> {
  const page = await person.get(authorization(clientId))
  const answer = await page.submit({ decision: 'authorize' }, '/oauth/consent')
  return new URL(answer.location ?? 'missing:').searchParams.get('code') ?? ''
}

describe('a platform mounted in a product', () => {
  test('signing in happens in the product, and leads back to the authorization page', async () => {
    const { app, person } = await begin()
    const browser = person()
    const page = await browser.get(authorization(app.clientId))
    assert.match(page.path, /^\/login\?next=/)
    const consent = await browser.post('/login', { ...page.hidden(), id: 'member-17' })
    assert.match(consent.html, /Dana Reyes/)
    assert.ok(await authorize(browser, app.clientId))
  })

  test('our own ways to sign in are not there', async () => {
    const { person } = await begin()
    for (const path of ['/sign-up', '/forgot-password', '/sign-in/provider']) {
      assert.equal((await person().get(path)).status, 404, path)
    }
    assert.match((await person().get('/sign-in?continue=/account/connections')).path, /^\/login/)
  })

  test('a connection is the member’s, and their name there is their name here', async () => {
    const { app, enter, platform } = await begin()
    const code = await authorize(await enter('member-42'), app.clientId)
    const answer = await platform.fetch(
      new Request(`${url}/oauth/token`, {
        method: 'POST',
        headers: app.basic,
        body: new URLSearchParams({ grant_type: 'authorization_code', code }),
      }),
    )
    const { access_token } = (await answer.json()) as { access_token: string }
    const headers = { Authorization: `Bearer ${access_token}` }
    const me = await platform.fetch(new Request(`${url}/v1.0/me`, { headers }))
    assert.deepEqual(Object.entries((await me.json()) as object).slice(2, 5), [
      ['email', 'eve@product.example'],
      ['firstName', 'Eve'],
      ['lastName', 'Haddad'],
    ])
  })

  test('who signs out of the product is out here with the next request', async () => {
    const { app, enter } = await begin()
    const person = await enter('member-17')
    const page = await person.get(authorization(app.clientId))
    await person.get('/logout')
    const answer = await page.submit({ decision: 'authorize' }, '/oauth/consent')
    assert.equal(answer.status, 403)
    assert.match((await person.get('/account/connections')).path, /^\/login/)
  })

  test('a form of one member is worth nothing in the hands of another, in the same browser', async () => {
    const { app, enter } = await begin()
    const person = await enter('member-17')
    const page = await person.get(authorization(app.clientId))
    await person.post('/login', { id: 'member-42', next: '/home' })
    const answer = await page.submit({ decision: 'authorize' }, '/oauth/consent')
    assert.equal(answer.status, 403)
    assert.match((await person.get('/account/connections')).html, /No apps are connected/)
  })

  test('a form without our own cookie is refused', async () => {
    const { app, enter } = await begin()
    const person = await enter('member-17')
    const page = await person.get(authorization(app.clientId))
    person.cookies.delete('latchkey_visitor')
    assert.equal((await page.submit({ decision: 'authorize' }, '/oauth/consent')).status, 403)
  })

  test('an email never hands an account over, and a deactivated one stays out', async () => {
    const { enter, platform } = await begin()
    await makeUser(platform, 'eve@product.example', 0)
    const taken = await (await enter('member-42')).get('/account/connections')
    assert.equal(taken.status, 409)
    assert.match(taken.html, /belongs to another account/)
    const dana = await enter('member-17')
    assert.equal((await dana.get('/account/connections')).status, 200)
    const account = await findByEmail(platform.store, 'dana@product.example')
    if (!account) throw new Error('no account')
    await deactivateAccount(platform.store, account, 'operator', Date.now())
    assert.equal((await dana.get('/account/connections')).status, 403)
  })

  test('the product is asked once a request, however many parts of it want to know', async () => {
    const { app, enter, platform } = await begin()
    const people = await Promise.all(Array.from({ length: 20 }, () => enter('member-17')))
    await Promise.all(people.map(person => person.get(authorization(app.clientId))))
    const rows = await platform.store.read('select id from account')
    assert.equal(rows.length, 1)
  })
})
