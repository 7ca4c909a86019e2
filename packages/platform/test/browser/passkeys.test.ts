/** Passkeys in a real browser with a virtual authenticator: made, used, refused, removed. */
import assert from 'node:assert/strict'
import { createPrivateKey, hash, sign } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { createBrowser } from '../form-browser.ts'
import { type Listening, listening } from '../listening.ts'
import { makeUser, password } from '../setup.ts'
import { launchBrowser } from './browser.ts'

describe('passkeys', () => {
  let browser: Browser
  let platform: Listening
  let context: BrowserContext
  let page: Page
  let device: CDPSession
  let authenticatorId = ''
  let email = ''
  let people = 0
  const problems: string[] = []

  before(async () => {
    platform = await listening({ now: Date.now })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.serving.stop()
  })

  /** Somebody new, with a browser and a phone of their own. */
  beforeEach(async () => {
    await context?.close()
    email = `person-${++people}@example.com`
    await makeUser(platform.platform, email, Date.now())
    context = await browser.newContext({ baseURL: platform.url })
    page = await context.newPage()
    problems.length = 0
    page.on('console', message => {
      // The browser remarks on us: we click before the page that has just come has chosen a field.
      if (!message.text().startsWith('Autofocus processing was blocked'))
        problems.push(message.text())
    })
    page.on('pageerror', error => problems.push(String(error)))
    device = await context.newCDPSession(page)
    await device.send('WebAuthn.enable')
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    } as const
    const added = await device.send('WebAuthn.addVirtualAuthenticator', { options })
    authenticatorId = added.authenticatorId
  })

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const heading = () => page.getByRole('heading', { level: 1 }).innerText()

  async function signIn(): Promise<void> {
    await page.goto('/sign-in?continue=%2Faccount%2Fsecurity')
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await press('Sign in')
  }

  /** With a fresh session, or right after the sign-in. */
  async function addPasskey(name: string): Promise<void> {
    await page.goto('/account/security/passkeys/add')
    await page.getByLabel('Name').fill(name)
    await press('Add a passkey')
    await page.waitForURL(/\/account\/security(?:\?done=passkey|\/passkeys\/add)$/)
    await page.waitForFunction('!document.querySelector("[data-passkey]")')
  }

  async function signOut(): Promise<void> {
    await page.goto('/account/security')
    await press('Sign out')
    await page.waitForURL(/\/sign-in/)
  }

  const credentials = async () =>
    (await device.send('WebAuthn.getCredentials', { authenticatorId })).credentials

  test('one is added, brings recovery codes, and signs in by itself', async () => {
    await signIn()
    await addPasskey('My phone')
    assert.equal(await heading(), 'Your second factor is on')
    assert.equal(await page.locator('.codes li').count(), 10)
    const [credential] = await credentials()
    assert.equal(credential?.rpId, 'localhost')
    assert.equal(credential?.isResidentCredential, true)
    await signOut()
    await page.goto('/sign-in?continue=%2Faccount%2Fsessions')
    await page.getByRole('link', { name: 'Use a passkey' }).click()
    await press('Use a passkey')
    await page.waitForURL('/account/sessions')
    assert.equal(await heading(), 'Sessions')
    await page.goto('/account/security')
    assert.match(await page.getByRole('main').innerText(), /My phone[\s\S]*Last used: Today/)
    assert.deepEqual(problems, [])
  })

  test('one is the second step after a password, and proves it again later', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    await signIn()
    assert.equal(await heading(), 'One more step')
    await press('Use a passkey')
    await page.waitForURL('/account/security')
    await platform.platform.store.write(tx => tx.run('update session set proved_at = 0'))
    await page.goto('/account/security/recovery-codes')
    assert.equal(await heading(), 'Confirm that it is you')
    await press('Use a passkey')
    await page.waitForURL('/account/security/recovery-codes')
    assert.deepEqual(problems, [])
  })

  test('several are told apart, and a removed one is refused', async () => {
    await signIn()
    await addPasskey('My phone')
    const [first] = await credentials()
    await device.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    const options = {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    } as const
    const added = await device.send('WebAuthn.addVirtualAuthenticator', { options })
    authenticatorId = added.authenticatorId
    await addPasskey('Blue key')
    await page.goto('/account/security')
    const text = await page.getByRole('main').innerText()
    assert.match(text, /My phone[\s\S]*Blue key/)
    assert.ok(first)
    await page.getByRole('link', { name: 'Remove the passkey Blue key' }).click()
    await press('Remove it')
    assert.doesNotMatch(await page.getByRole('main').innerText(), /Blue key/)
    await signOut()
    await page.goto('/sign-in/passkey')
    await press('Use a passkey')
    await page.getByRole('alert').waitFor()
    assert.match(await page.getByRole('alert').innerText(), /not known here/)
  })

  test('one that another account has is not added, and one’s own not twice', async () => {
    await signIn()
    await addPasskey('My phone')
    await page.goto('/account/security/passkeys/add')
    await press('Add a passkey')
    await page.getByText('has a passkey for your account already').waitFor()
    assert.equal((await credentials()).length, 1)
  })

  test('without a person there, nothing is signed in', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await page.goto('/sign-in/passkey')
    await press('Use a passkey')
    await page.getByText('Nothing was changed').waitFor()
    assert.match(page.url(), /\/sign-in\/passkey/)
  })

  /** What the browser would send, taken from it and not sent. */
  async function takeAnswer(): Promise<Record<string, string>> {
    const sent = new Promise<string>(resolve =>
      page.route('**/sign-in/passkey', route => {
        const { postData } = { postData: route.request().postData() }
        if (!postData) return route.continue()
        resolve(postData)
        return route.abort()
      }),
    )
    await page.goto('/sign-in/passkey?continue=%2Faccount%2Fsessions')
    await press('Use a passkey')
    const form = Object.fromEntries(new URLSearchParams(await sent))
    await page.unroute('**/sign-in/passkey')
    return form
  }

  /** A client with this browser's cookies. */
  async function sender() {
    const client = createBrowser(request => fetch(request, { redirect: 'manual' }), platform.url)
    for (const { name, value } of await context.cookies()) client.cookies.set(name, value)
    return client
  }

  test('an answer is taken once, in its own browser, to its own question', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    const form = await takeAnswer()
    const [one, two] = [await sender(), await sender()]
    const stranger = createBrowser(request => fetch(request, { redirect: 'manual' }), platform.url)
    const own = (await stranger.get('/sign-in/passkey')).hidden('/sign-in/passkey')
    const stolen = await stranger.post('/sign-in/passkey', { ...form, csrf: own.csrf ?? '' })
    assert.equal(stolen.status, 401)
    const otherQuestion = await one.post('/sign-in/passkey', { ...form, seal: own.seal ?? '' })
    assert.equal(otherQuestion.status, 401)
    assert.equal((await one.post('/sign-in/passkey', form)).path, '/account/sessions')
    assert.equal((await two.post('/sign-in/passkey', form)).status, 401)
    const [id, time, ...rest] = (form.seal ?? '').split('.')
    const old = [id, Number(time) - 300_000, ...rest].join('.')
    assert.equal((await two.post('/sign-in/passkey', { ...form, seal: old })).status, 401)
  })

  test('an answer given on another origin, or changed, is refused', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    const [credential] = await credentials()
    const key = createPrivateKey({
      key: Buffer.from(credential?.privateKey ?? '', 'base64'),
      format: 'der',
      type: 'pkcs8',
    })
    /** Signed by the true key: what is refused is not the signature. */
    const signAnew = ({ response }: Answer) => {
      const data = Buffer.from(response.clientDataJSON, 'base64url')
      const bytes = Buffer.from(response.authenticatorData, 'base64url')
      const text = Buffer.concat([bytes, hash('sha256', data, 'buffer')])
      const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
      response.signature = sign(algorithm, text, key).toString('base64url')
    }
    const alterData = (answer: Answer, more: Record<string, unknown>) => {
      const data = JSON.parse(Buffer.from(answer.response.clientDataJSON, 'base64url').toString())
      const text = JSON.stringify({ ...data, ...more })
      answer.response.clientDataJSON = Buffer.from(text).toString('base64url')
      signAnew(answer)
    }
    const alterBytes = (answer: Answer, alter: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(answer.response.authenticatorData, 'base64url')
      alter(bytes)
      answer.response.authenticatorData = bytes.toString('base64url')
      signAnew(answer)
    }
    const change: Readonly<Record<string, (answer: Answer) => void>> = {
      'another origin': answer => alterData(answer, { origin: 'http://localhost:1' }),
      'another ceremony': answer => alterData(answer, { type: 'webauthn.create' }),
      'another challenge': answer => alterData(answer, { challenge: 'A'.repeat(43) }),
      'another host': answer => alterBytes(answer, bytes => bytes.fill(1, 0, 32)),
      // Flags (WebAuthn §6.1): user present 1, user verified 4.
      'nobody verified': answer => alterBytes(answer, bytes => bytes.writeUInt8(1, 32)),
      'another person': ({ response }) => {
        response.userHandle = Buffer.from('somebody else').toString('base64url')
      },
      'nobody named': ({ response }) => {
        delete response.userHandle
      },
      'another signature': ({ response }) => {
        response.signature = Buffer.alloc(70, 1).toString('base64url')
      },
      'an unknown key': answer => {
        answer.id = Buffer.alloc(32, 1).toString('base64url')
      },
    }
    for (const [what, alter] of Object.entries(change)) {
      const form = await takeAnswer()
      const answer = JSON.parse(form.answer ?? '') as Answer
      alter(answer)
      const client = await sender()
      const sent = { ...form, answer: JSON.stringify(answer) }
      assert.equal((await client.post('/sign-in/passkey', sent)).status, 401, what)
      assert.equal((await client.post('/sign-in/passkey', form)).path, '/account/sessions', what)
    }
    const form = await takeAnswer()
    const answer = JSON.parse(form.answer ?? '') as Answer
    alterData(answer, {})
    const sent = { ...form, answer: JSON.stringify(answer) }
    assert.equal((await (await sender()).post('/sign-in/passkey', sent)).path, '/account/sessions')
  })

  test('another host’s page gets nothing from it: the browser asks for our host alone', async () => {
    await signIn()
    await addPasskey('My phone')
    await page.goto(platform.url.replace('localhost', '127.0.0.1'))
    const refused = await page.evaluate(async () => {
      const publicKey = { challenge: new Uint8Array(32), rpId: 'localhost' }
      const { navigator } = globalThis as unknown as {
        navigator: { credentials: { get(options: object): Promise<unknown> } }
      }
      return navigator.credentials.get({ publicKey }).then(
        () => 'answered',
        (error: Error) => error.name,
      )
    })
    assert.equal(refused, 'SecurityError')
  })

  test('a key that was copied is noticed by its counter', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    await platform.platform.store.write(tx => tx.run('update passkey set counter = 1000'))
    await page.goto('/sign-in/passkey')
    await press('Use a passkey')
    await page.getByRole('alert').waitFor()
    assert.match(page.url(), /\/sign-in\/passkey/)
  })

  test('an account that is deactivated is not signed in to', async () => {
    await signIn()
    await addPasskey('My phone')
    await signOut()
    await platform.platform.store.write(tx =>
      tx.run('update account set deactivated_at = 1 where email = $1', email),
    )
    await page.goto('/sign-in/passkey')
    await press('Use a passkey')
    await page.getByRole('alert').waitFor()
  })

  test('without JavaScript the page says so, and a recovery code goes through', async () => {
    await signIn()
    await addPasskey('My phone')
    const code = await page.locator('.codes code').first().innerText()
    const plain = await browser.newContext({ baseURL: platform.url, javaScriptEnabled: false })
    const other = await plain.newPage()
    await other.goto('/sign-in?continue=%2Faccount%2Fsessions')
    await other.getByLabel('Email').fill(email)
    await other.getByLabel('Password').fill(password)
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    const said = await other.getByRole('main').innerText()
    assert.match(said, /Passkeys need JavaScript[\s\S]*Use a recovery code instead/)
    assert.equal(await other.getByRole('button', { name: 'Use a passkey' }).isVisible(), false)
    await other.getByText('Use a recovery code', { exact: true }).click()
    await other.getByLabel('Recovery code').fill(code)
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    assert.equal(new URL(other.url()).pathname, '/account/sessions')
    await plain.close()
  })
})

interface Answer {
  id: string
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string
  }
}

describe('the Copy button', () => {
  test('copies the whole, says so, and is not there without a script', async t => {
    const platform = await listening({ now: Date.now })
    const browser = await launchBrowser()
    t.after(async () => {
      await browser.close()
      await platform.serving.stop()
    })
    const context = await browser.newContext({ baseURL: platform.url })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    await page.goto('/sign-in?continue=%2Faccount%2Fsecurity%2Fauthenticator')
    await page.getByLabel('Email').fill(platform.user.email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Copy: The secret' }).click()
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' })
    const spelled = await page.locator('.secret').innerText()
    const copied = await page.evaluate(
      '(async () => navigator.clipboard.readText())()' as unknown as () => Promise<string>,
    )
    assert.equal(copied, spelled.replaceAll(' ', ''))
  })
})
