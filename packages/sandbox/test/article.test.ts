/**
 * The vendor article's flow as a newcomer walks it: the whole sandbox on two ports, a real browser, and
 * the article's `curl` lines as they are printed.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { readSettings } from '@latchkey/platform'
import type { Browser, Page } from 'playwright-core'
import { axeProblems, launchBrowser } from '../../platform/test/browser/browser.ts'
import { freePort } from '../../platform/test/listening.ts'
import { demoPassword, demoUser, type Sandbox, startSandbox } from '../src/index.ts'

const shell = promisify(execFile)

/** Runs one of the article's lines; a machine without curl gets the same request from `fetch`. */
async function curl(line: string): Promise<Record<string, unknown>> {
  try {
    const { stdout } = await shell('sh', [
      '-c',
      line.replace('curl ', 'curl --silent --show-error '),
    ])
    return JSON.parse(stdout)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 127) throw error
  }
  const [, url = ''] = /'(http[^']*)'/.exec(line) ?? []
  const headers = [...line.matchAll(/--header '([^:]+): ([^']*)'/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
  const method = line.includes('--request POST') ? 'POST' : 'GET'
  const answer = await fetch(url, { method, headers: headers as [string, string][] })
  return (await answer.json()) as Record<string, unknown>
}

describe('the article’s flow', () => {
  let sandbox: Sandbox
  let browser: Browser
  let page: Page

  before(async () => {
    const [port, vendorPort] = [await freePort(), await freePort()]
    const settings = readSettings(
      { LATCHKEY_DATABASE: ':memory:', LATCHKEY_LOG: 'error' },
      { port: String(port) },
    )
    sandbox = await startSandbox({ settings, vendorPort })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  const signIn = async () => {
    await page.getByLabel('Email').fill(demoUser.email)
    await page.getByLabel('Password').fill(demoPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  const fresh = async (scripts = false) => {
    const context = await browser.newContext({ javaScriptEnabled: scripts })
    page = await context.newPage()
  }

  test('a person connects, sees their profile, disconnects, and the next call is 401', async () => {
    await fresh()
    const foreign: string[] = []
    const ours = [sandbox.platform.settings.url, sandbox.vendorUrl]
    page.on('request', request => {
      if (!ours.includes(new URL(request.url()).origin)) foreign.push(request.url())
    })
    await page.goto(sandbox.vendorUrl)
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await signIn()
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.waitForURL(`${sandbox.vendorUrl}/`)
    assert.match(await page.locator('main').innerText(), /Hello, Dana[\s\S]*dana@demo\.example/)
    await page.getByRole('link', { name: 'Open your connected apps' }).click()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    assert.match(await page.locator('main').innerText(), /Northwind Dialer is disconnected/)
    await sandbox.platform.deliver()
    const { store } = sandbox.platform
    const told = await store.read<{ type: string; status: number | null }>(
      'select type, status from webhook_event order by id',
    )
    assert.deepEqual(
      told.map(({ type, status }) => [type, status]),
      [
        ['connection.created', 204],
        ['connection.disconnected', 204],
      ],
    )
    await page.goto(sandbox.vendorUrl)
    assert.match(await page.locator('main').innerText(), /answers 401/)
    assert.deepEqual(foreign, [])
    await page.context().close()
  })

  test('a person denies, and the vendor is told', async () => {
    await fresh()
    await page.goto(sandbox.vendorUrl)
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await signIn()
    await page.getByRole('button', { name: 'Deny' }).click()
    assert.match(await page.locator('main').innerText(), /chose not to connect/)
    await page.context().close()
  })

  test('the consent page works by keyboard alone', async () => {
    await fresh()
    await page.goto(
      `${sandbox.platform.settings.url}/page/vendor-auth.html?clientId=${sandbox.demo.clientId}`,
    )
    await page.getByLabel('Email').focus()
    await page.keyboard.type(demoUser.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(demoPassword)
    await page.keyboard.press('Enter')
    const authorize = page.getByRole('button', { name: 'Authorize' })
    await authorize.focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/callback\?code=lk_ac_/)
    await page.context().close()
  })

  for (const request of ['', ' --request POST']) {
    test(`the article’s curl lines${request || ', GET as printed'}`, async () => {
      await fresh()
      const { settings } = sandbox.platform
      const { clientId, clientSecret } = sandbox.demo
      await page.goto(`${settings.url}/page/vendor-auth.html?clientId=${clientId}`)
      await signIn()
      await page.getByRole('button', { name: 'Authorize' }).click()
      await page.waitForURL(/\/callback\?code=/)
      const code = new URL(page.url()).searchParams.get('code')
      assert.match(await page.locator('main').innerText(), new RegExp(code ?? 'none'))
      const basic = btoa(`${clientId}:${clientSecret}`)
      const uri = encodeURIComponent(sandbox.redirectUri)
      const endpoint = `${settings.url}/api/user-web/oauth/token`
      const tokens =
        await curl(`curl${request} --location '${endpoint}?code=${code}&client_id=${clientId}&redirect_uri=${uri}&grant_type=authorization_code' \\
--header 'Authorization: Basic ${basic}' \\
--header 'Content-Type: application/x-www-form-urlencoded'`)
      assert.equal(tokens.token_type, 'Bearer')
      assert.equal(tokens.scope, 'openApi')
      const refreshed =
        await curl(`curl${request} --location '${endpoint}?refresh_token=${tokens.refresh_token}&grant_type=refresh_token' \\
--header 'Authorization: Basic ${basic}' \\
--header 'Content-Type: application/x-www-form-urlencoded'`)
      const me = await curl(`curl --location '${settings.url}/v1.0/me' \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer ${refreshed.access_token}'`)
      assert.equal(me.email, demoUser.email)
      await page.context().close()
    })
  }

  test('axe finds nothing on any page, light and dark, phone and desktop', async () => {
    const { url } = sandbox.platform.settings
    for (const [colorScheme, width] of [
      ['light', 390],
      ['dark', 1280],
    ] as const) {
      const context = await browser.newContext({
        colorScheme,
        bypassCSP: true,
        viewport: { width, height: 900 },
      })
      page = await context.newPage()
      const problems: string[] = []
      const look = async (where: string) => {
        for (const problem of await axeProblems(page)) problems.push(`${where}: ${problem}`)
        const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
        assert.equal(wide, false, `${where} is wider than the screen`)
      }
      const consent = `/page/vendor-auth.html?clientId=${sandbox.demo.clientId}`
      const signedOut = [
        '/',
        '/sign-in',
        '/sign-up',
        '/forgot-password',
        '/docs/index.html',
        '/dev/mail',
        '/nothing',
        consent,
      ]
      for (const path of [
        ...signedOut,
        '/page/vendor-auth.html?clientId=none',
        '/page/vendor-auth.html',
      ]) {
        await page.goto(url + path)
        await look(path)
      }
      await page.goto(`${url}/sign-in`)
      await signIn()
      for (const path of ['/', consent, '/account/connections', '/sign-out', '/docs/index.html']) {
        await page.goto(url + path)
        await look(path)
      }
      await page.goto(sandbox.vendorUrl)
      await look('the vendor’s page')
      await page.getByRole('link', { name: 'Connect', exact: true }).click()
      await page.getByRole('button', { name: 'Authorize' }).click()
      await look('the vendor’s page, connected')
      await page.goto(`${url}/account/connections`)
      await look('one connected app')
      await page.getByRole('button', { name: 'Disconnect' }).click()
      await look('the question before disconnecting')
      await page.getByRole('button', { name: 'Disconnect' }).click()
      await look('after disconnecting')
      assert.deepEqual(problems, [])
      await context.close()
    }
  })

  test('signing up in a browser, with the mail that npm start shows', async () => {
    await fresh()
    const { url } = sandbox.platform.settings
    await page.goto(`${url}/sign-up`)
    await page.getByLabel('First name').fill('Noor')
    await page.getByLabel('Last name').fill('Haddad')
    await page.getByLabel('Email').fill('noor@demo.example')
    await page.getByLabel('Password').fill('a long enough one')
    await page.getByRole('button', { name: /^(Create|Sign up|Continue)/ }).click()
    const mail = await page.context().newPage()
    await mail.goto(`${url}/dev/mail`)
    const [code = ''] = /\b\d{6}\b/.exec(await mail.locator('main').innerText()) ?? []
    await page.getByRole('textbox').fill(code)
    await page.getByRole('button', { name: /Confirm|Continue|Verify/ }).click()
    await page.goto(`${url}/account/connections`)
    assert.match(await page.locator('body').innerText(), /Noor Haddad/)
    await page.context().close()
  })
})
