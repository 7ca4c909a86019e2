/** The pages of the Developer Platform and of review in a real browser: read by axe-core in each state. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { axeProblems, launchBrowser } from '../browser/browser.ts'
import { type Listening, listening } from '../listening.ts'
import { makeUser, me, password, post } from '../setup.ts'

/** A folder for pictures of every page, for looking at them. */
const pictures = process.env.LATCHKEY_TEST_PICTURES

const catalogue = [
  { name: 'profile:read', title: 'See who you are', description: 'Your name and email address.' },
  { name: 'leads:read', title: 'See your leads', description: 'Names, numbers and notes.' },
]

let browser: Browser
let fixture: Listening
/** The vendor's server, where users come back to. */
const vendorServer = createServer((_, response) => response.end('Back at the vendor.'))
let home = ''

before(async () => {
  browser = await launchBrowser()
  fixture = await listening({ permissions: catalogue })
  await new Promise<void>(resolve => vendorServer.listen(0, '127.0.0.1', resolve))
  home = `http://localhost:${(vendorServer.address() as AddressInfo).port}`
  await makeUser(fixture.platform, 'rita@example.com', fixture.clock.now(), true)
})
after(async () => {
  await browser?.close()
  await fixture?.serving.stop()
  vendorServer.close()
})

const contextOptions = { bypassCSP: true, reducedMotion: 'reduce' } as const

async function enter(email: string): Promise<Page> {
  const context = await browser.newContext({ ...contextOptions, baseURL: fixture.url })
  const page = await context.newPage()
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  return page
}

let shot = 0

/** Axe at both widths and in both colours; nothing may be wider than the screen. */
async function look(page: Page, name: string): Promise<void> {
  shot += 1
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      assert.deepEqual(await axeProblems(page), [], `${name}, ${width}, ${colorScheme}`)
      if (!pictures) continue
      mkdirSync(pictures, { recursive: true })
      const file = `${String(shot).padStart(2, '0')}-${name}-${width}-${colorScheme}.png`
      await page.screenshot({ path: `${pictures}/${file}`, fullPage: true })
    }
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(overflow, 0, `${name} is wider than ${width}`)
  }
}

/** The newest mail to an address. */
function mailTo(email: string): string {
  return fixture.mails.findLast(({ to }) => to === email)?.text ?? ''
}

async function signUp(email: string): Promise<Page> {
  const context = await browser.newContext({ ...contextOptions, baseURL: fixture.url })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByRole('link', { name: 'Developer Platform' }).click()
  await page.getByRole('link', { name: 'Sign up' }).click()
  await look(page, 'sign-up')
  await page.getByLabel('First name').fill('Noor')
  await page.getByLabel('Last name').fill('Haddad')
  await page.getByLabel('Company').fill('Brightline')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Phone').fill('+1 555 010 0199')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  const [code = ''] = /\b\d{6}\b/.exec(mailTo(email)) ?? []
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
  return page
}

/** Opens an app's link as a user, authorizes, and answers the code that the vendor gets. */
async function connectAs(page: Page, clientId: string, redirect: string): Promise<string> {
  await page.goto(`/page/vendor-auth.html?clientId=${clientId}`)
  await look(page, 'consent')
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.waitForURL(`${redirect}**`)
  return new URL(page.url()).searchParams.get('code') ?? ''
}

test('a new vendor, from sign-up to a live app, with a reviewer in a second browser', async () => {
  const developer = await signUp('noor@brightline.example')
  await look(developer, 'no-apps')
  await developer.getByRole('link', { name: 'Register an application' }).click()
  await developer.getByLabel('Name', { exact: true }).fill('Brightline Caller')
  await developer.getByLabel('What it does').fill('Calls the people back who asked you to.')
  await developer.getByLabel('Website').fill('https://brightline.example')
  await developer.getByLabel('Logo').setInputFiles({
    name: 'logo.svg',
    mimeType: 'image/svg+xml',
    buffer: Buffer.from(logo('#0b6b5a')),
  })
  await developer.getByLabel('Authorized Redirect URL', { exact: true }).fill(`${home}/callback`)
  await look(developer, 'register')
  await developer.getByRole('button', { name: 'Register' }).click()
  await look(developer, 'secret')
  const shown = await developer.locator('.secret code').innerText()
  const clientId = /app_[\w-]{22}/.exec(await developer.content())?.[0] ?? ''
  await developer.getByRole('link', { name: 'I have copied it' }).click()
  await developer.getByLabel('Email of a test user').fill('uma@example.com')
  await developer.getByRole('button', { name: 'Invite' }).click()
  await look(developer, 'app-in-development')
  assert.equal(await naturalWidth(developer), 256)
  const [appPage = ''] = developer.url().split('#')

  await developer.getByRole('link', { name: 'Colleagues' }).click()
  await look(developer, 'colleagues-before-a-name')
  await developer.goto('/developer')
  assert.equal(await developer.getByLabel('Company').inputValue(), 'Brightline')
  await developer.getByRole('button', { name: 'Submit' }).click()
  await developer.getByLabel('Website').fill('https://brightline.example')
  await developer.getByLabel('Privacy policy').fill('https://brightline.example/privacy')
  await developer.getByLabel('Title').fill('Head of Product')
  await look(developer, 'qualification')
  await developer.getByRole('button', { name: 'Submit' }).click()
  await look(developer, 'qualification-in-review')

  const reviewer = await enter('rita@example.com')
  await reviewer.goto('/review')
  await look(reviewer, 'queue')
  await reviewer.getByRole('link', { name: 'Brightline' }).click()
  await look(reviewer, 'review-vendor')
  await reviewer.getByRole('button', { name: 'Approve' }).click()

  await developer.goto(appPage)
  await developer.getByRole('button', { name: 'Submit for review' }).click()
  await look(developer, 'app-in-review')
  await reviewer.goto('/review')
  await reviewer.getByRole('link', { name: 'Brightline Caller' }).click()
  await look(reviewer, 'review-app')
  await reviewer.getByRole('button', { name: 'Decline' }).click()
  await look(reviewer, 'review-app-reason-missing')
  await reviewer.getByRole('button', { name: 'Approve' }).click()

  // The first user in production: somebody whom nobody has invited.
  const user = await enter('dana@example.com')
  const code = await connectAs(user, clientId, `${home}/callback`)
  const first = vendor(clientId, shown)
  const tokens = await first.exchange(code)
  assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)

  // A secret is rolled over while refreshes go on, and none of them fails.
  const refreshing = first.keepRefreshing(tokens.refresh_token)
  await developer.goto(appPage)
  await look(developer, 'app-live')
  await developer.getByRole('button', { name: 'New secret' }).click()
  first.secret = await developer.locator('.secret code').innerText()
  await developer.getByRole('link', { name: 'I have copied it' }).click()
  await look(developer, 'two-secrets')
  await developer.getByRole('button', { name: 'Revoke secret' }).last().click()
  await developer.getByText('1 connection').waitFor()
  await look(developer, 'revoke')
  await developer.getByRole('button', { name: 'Revoke secret' }).click()
  assert.deepEqual(await refreshing.stop(), [])
  assert.ok(refreshing.count > 10, `${refreshing.count} refreshes`)
  assert.equal((await vendor(clientId, shown).refresh(tokens.refresh_token)).status, 401)

  // Another redirect URL, another logo, and a permission more.
  await developer.getByRole('link', { name: 'Change it' }).click()
  await developer.getByLabel('Authorized Redirect URL', { exact: true }).fill(`${home}/v2`)
  await developer.getByLabel('See your leads').check()
  await developer.getByLabel('Logo', { exact: true }).setInputFiles({
    name: 'logo.svg',
    mimeType: 'image/svg+xml',
    buffer: Buffer.from(logo('#b0261d')),
  })
  await look(developer, 'change')
  await developer.getByRole('button', { name: 'Save' }).click()
  await developer.getByText('This asks for more than before.').waitFor()
  await look(developer, 'draft')
  await developer.getByRole('button', { name: 'Submit for review' }).click()
  await developer.getByRole('link', { name: 'My Authorization' }).click()
  await look(developer, 'apps')
  await reviewer.goto('/review')
  await reviewer.getByRole('link', { name: 'Brightline Caller' }).click()
  await look(reviewer, 'review-change')
  await reviewer.getByRole('button', { name: 'Approve' }).click()
  await developer.goto(appPage)
  await look(developer, 'approved')
  await developer.getByRole('button', { name: 'Publish' }).click()
  await connectAs(user, clientId, `${home}/v2`)
  assert.equal((await me(fixture.platform, tokens.access_token)).status, 200)
  await user.goto('/account/connections')
  await look(user, 'connected-apps')

  // A suspension stops the next call.
  await reviewer.reload()
  await reviewer.getByRole('button', { name: 'Suspend' }).click()
  await look(reviewer, 'suspend')
  await reviewer.getByRole('button', { name: 'Suspend' }).click()
  await reviewer.getByRole('button', { name: 'Resume' }).waitFor()
  assert.equal((await me(fixture.platform, tokens.access_token)).status, 401)
  await reviewer.getByRole('link', { name: 'Audit log' }).last().click()
  await reviewer.getByRole('heading', { name: 'Audit log' }).waitFor()
  await look(reviewer, 'audit')
  await developer.goto(appPage)
  await look(developer, 'app-suspended')
  assert.match(await developer.content(), /Suspended\.<\/strong>/)
})

test('colleagues, a change of the company, and the search', async () => {
  const owner = await enter('noor@brightline.example')
  await makeUser(fixture.platform, 'mia@brightline.example', fixture.clock.now())
  await owner.goto('/developer/colleagues')
  for (const email of ['mia@brightline.example', 'somebody.with.a.long.name@brightline.example']) {
    await owner.getByLabel('Email of a colleague').fill(email)
    await owner.getByRole('button', { name: 'Send invitation' }).click()
  }
  await look(owner, 'colleagues')
  const mia = await enter('mia@brightline.example')
  await mia.goto(/http\S+token=\S+/.exec(mailTo('mia@brightline.example'))?.[0] ?? '')
  await look(mia, 'invitation')
  await mia.getByRole('button', { name: 'Join' }).click()
  await mia.getByRole('heading', { name: 'My Authorization' }).waitFor()
  await mia.getByRole('link', { name: 'Colleagues' }).click()
  await look(mia, 'colleagues-as-member')
  await mia.getByRole('button', { name: 'Leave' }).click()
  await look(mia, 'leave')
  await owner.goto('/developer/colleagues')
  await owner.getByRole('button', { name: 'Manage' }).click()
  await look(owner, 'colleague')
  await owner.getByLabel('Owner').check()
  await owner.getByRole('button', { name: 'Save role' }).click()
  await owner.getByRole('button', { name: 'Take back' }).click()
  await owner.getByText('Pending').waitFor({ state: 'detached' })

  await owner.goto('/developer')
  await owner.getByLabel('Company').fill('Brightline Industries')
  await owner.getByRole('button', { name: 'Submit' }).click()
  await look(owner, 'company-change')
  const reviewer = await enter('rita@example.com')
  await reviewer.goto('/review')
  await reviewer.getByRole('link', { name: 'Brightline' }).click()
  await look(reviewer, 'review-company-change')
  await reviewer.getByLabel('Reason').fill('Show us the register.')
  await reviewer.getByRole('button', { name: 'Decline' }).click()
  await owner.reload()
  await look(owner, 'company-change-declined')
  await reviewer.getByRole('button', { name: 'Suspend' }).click()
  await reviewer.getByText('1 app').waitFor()
  await look(reviewer, 'suspend-company')
  await reviewer.getByRole('link', { name: 'Cancel' }).click()
  await reviewer.goto('/review')
  await reviewer.getByLabel('Find an app or a company').fill('bright')
  await reviewer.getByRole('button', { name: 'Search' }).click()
  await look(reviewer, 'search')
  await reviewer.getByLabel('Find an app or a company').fill('nothing like it')
  await reviewer.getByRole('button', { name: 'Search' }).click()
  await look(reviewer, 'search-nothing')
})

function logo(colour: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="${colour}"/><path d="M20 44 32 18l12 26H34v-8h-4v8z" fill="#fff"/></svg>`
}

/** The pixels of the page's first logo, once it is loaded. */
async function naturalWidth(page: Page): Promise<number> {
  const picture = page.locator('img.app-mark').first()
  return picture.evaluate(image => (image as unknown as { naturalWidth: number }).naturalWidth)
}

/** The vendor's server: what it presents is `secret`, which it changes while it runs. */
function vendor(clientId: string, secret: string) {
  const ask = (form: Record<string, string>) =>
    post(fixture.platform, '/oauth/token', form, {
      Authorization: `Basic ${btoa(`${clientId}:${server.secret}`)}`,
    })
  const server = {
    secret,
    exchange: async (code: string) => (await ask({ grant_type: 'authorization_code', code })).body,
    refresh: (refresh_token: string) => ask({ grant_type: 'refresh_token', refresh_token }),
    /** Refreshes again and again; `stop` answers what failed. */
    keepRefreshing: (token: string) => {
      const failed: number[] = []
      let running = true
      const state = { count: 0, stop: async () => failed }
      const work = (async () => {
        while (running) {
          const { status } = await server.refresh(token)
          state.count++
          if (status !== 200) failed.push(status)
        }
      })()
      state.stop = async () => {
        running = false
        await work
        return failed
      }
      return state
    },
  }
  return server
}
