/** The pages of the Developer Platform and of review in a real browser: read by axe-core in each state. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { axeProblems, launchBrowser } from '../browser/browser.ts'
import { type Listening, listening } from '../listening.ts'
import { makeUser, password } from '../setup.ts'

/** A folder for pictures of every page, for looking at them. */
const pictures = process.env.LATCHKEY_TEST_PICTURES

const catalogue = [
  { name: 'profile:read', title: 'See who you are', description: 'Your name and email address.' },
  { name: 'leads:read', title: 'See your leads', description: 'Names, numbers and notes.' },
]

let browser: Browser
let fixture: Listening

before(async () => {
  browser = await launchBrowser()
  fixture = await listening({ permissions: catalogue })
  await makeUser(fixture.platform, 'rita@example.com', fixture.clock.now(), true)
})
after(async () => {
  await browser?.close()
  await fixture?.serving.stop()
})

async function enter(email: string): Promise<Page> {
  const context = await browser.newContext({
    bypassCSP: true,
    baseURL: fixture.url,
    reducedMotion: 'reduce',
  })
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
  for (const width of [360, 1280]) {
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

test('a new vendor, from the first page to a live app, with a reviewer in a second browser', async () => {
  const developer = await enter('dana@example.com')
  await developer.goto('/developer/authorizations')
  await look(developer, 'no-apps')
  await developer.getByRole('link', { name: 'Register an application' }).click()
  await developer.getByLabel('Name', { exact: true }).fill('Brightline Caller')
  await developer.getByLabel('What it does').fill('Calls the people back who asked you to.')
  await developer.getByLabel('Website').fill('https://brightline.example')
  await developer
    .getByLabel('Authorized Redirect URL', { exact: true })
    .fill('https://brightline.example/callback')
  await look(developer, 'register')
  await developer.getByRole('button', { name: 'Register' }).click()
  await look(developer, 'secret')
  await developer.getByRole('link', { name: 'I have copied it' }).click()
  await developer.getByLabel('Email of a test user').fill('uma@example.com')
  await developer.getByRole('button', { name: 'Invite' }).click()
  await look(developer, 'app-in-development')
  const [appPage = ''] = developer.url().split('#')

  await developer.goto('/developer')
  await developer.getByRole('button', { name: 'Submit' }).click()
  await developer.getByLabel('Company').fill('Brightline')
  await developer.getByLabel('Website').fill('https://brightline.example')
  await developer.getByLabel('Privacy policy').fill('https://brightline.example/privacy')
  await developer.getByLabel('Title').fill('Head of Product')
  await developer.getByLabel('Phone').fill('+1 555 010 0199')
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

  await developer.goto(appPage)
  await look(developer, 'app-live')
  await developer.getByRole('button', { name: 'New secret' }).click()
  await developer.getByRole('link', { name: 'I have copied it' }).click()
  await developer.getByRole('button', { name: 'Revoke secret' }).first().click()
  await look(developer, 'revoke')
  await developer.getByRole('button', { name: 'Revoke secret' }).click()
  await developer.getByRole('link', { name: 'Change it' }).click()
  await developer
    .getByLabel('Authorized Redirect URL', { exact: true })
    .fill('https://brightline.example/v2')
  await developer.getByLabel('See your leads').check()
  await look(developer, 'change')
  await developer.getByRole('button', { name: 'Save' }).click()
  await look(developer, 'draft')
  await developer.getByRole('button', { name: 'Submit for review' }).click()
  await developer.getByRole('link', { name: 'My Authorization' }).click()
  await look(developer, 'apps')

  await reviewer.goto('/review')
  await reviewer.getByRole('link', { name: 'Brightline Caller' }).click()
  await look(reviewer, 'review-change')
  await reviewer.getByRole('button', { name: 'Approve' }).click()
  await developer.goto(appPage)
  await developer.getByRole('button', { name: 'Publish' }).click()
  await reviewer.reload()
  await reviewer.getByRole('button', { name: 'Suspend' }).click()
  await look(reviewer, 'suspend')
  await reviewer.getByRole('button', { name: 'Suspend' }).click()
  await reviewer.getByRole('button', { name: 'Resume' }).waitFor()
  await reviewer.getByRole('link', { name: 'Audit log' }).last().click()
  await reviewer.getByRole('heading', { name: 'Audit log' }).waitFor()
  await look(reviewer, 'audit')
  await developer.goto(appPage)
  await look(developer, 'app-suspended')
  assert.match(await developer.content(), /Suspended\.<\/strong>/)
})
