import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import type { Answer, Call } from '../../src/http.ts'
import { type Asset, assets, type ScriptName, scripts } from '../../src/pages/assets.ts'
import { assetRoutes, createRenderer } from '../../src/pages/render.ts'
import { axeProblems, launchBrowser } from '../browser/browser.ts'
import { drawn, type PageName, pageNames } from './samples.ts'

const attacks = [
  `</title></textarea></style></script>"><svg onload=hacked=1>'><img src=x onerror=hacked=1><script>hacked=1</script>`,
  'javascript:hacked=1',
]
const longest = (text: string) => (/^[/#]/.test(text) ? text : 'Wolfeschlegelstein'.repeat(8))

const renderer = createRenderer('Lofty')
const shown = new Map<string, Answer>(
  pageNames.flatMap(name => [
    [`/${name}`, renderer.page(drawn(name))],
    [`/long/${name}`, renderer.page(drawn(name, longest))],
    ...attacks.map(
      (attack, index) =>
        [`/attack-${index}/${name}`, renderer.page(drawn(name, () => attack))] as const,
    ),
  ]),
)
const textOf = (name: PageName) => String(shown.get(`/${name}`)?.body ?? '')

/** The only pages with a script, and which one; beside them those of the Developer Platform, with `copy`. */
const scripted: Partial<Record<PageName, ScriptName>> = {
  'set up an authenticator': 'copy',
  'set up an authenticator again': 'copy',
  'recovery codes': 'copy',
  'new recovery codes': 'copy',
  'add a passkey': 'passkey',
  'second factor': 'passkey',
  'second factor, wrong code': 'passkey',
  'second factor, wrong recovery code': 'passkey',
  'sign in with a passkey': 'passkey',
  'sign in with a passkey again': 'passkey',
  'confirm by second factor': 'passkey',
}

function scriptOf(name: PageName): ScriptName | undefined {
  const developer = textOf(name).includes('aria-label="Developer Platform"')
  return scripted[name] ?? (developer ? 'copy' : undefined)
}

describe('every page', () => {
  for (const name of pageNames) {
    test(`${name}: holds no script but the one it names, no style of its own, and nothing of another host`, () => {
      const text = textOf(name)
      assert.match(text, /^<!doctype html>\n<html lang="en">/)
      assert.match(text, /<title>[^<]*Lofty<\/title>/)
      assert.match(text, /<meta name="referrer" content="no-referrer">/)
      const script = scriptOf(name)
      const ours = script ? `<script type="module" src="${scripts[script].path}"></script>` : ''
      assert.deepEqual(text.match(/<script.*?<\/script>/gs) ?? [], script ? [ours] : [])
      assert.doesNotMatch(text.replace(ours, ''), /<script|<style|<iframe|\son\w+="|\sstyle="/i)
      assert.doesNotMatch(text, /<(?:link|img|use|image|input)\b[^>]*\s(?:href|src)="(?!\/[^/])/i)
      assert.doesNotMatch(text, /\[object|undefined|NaN/)
      assert.equal(text.match(/<h1\b/g)?.length, 1)
    })

    test(`${name}: its policy lets a script run only where there is one, and nothing else of it`, () => {
      const policy = shown.get(`/${name}`)?.headers['Content-Security-Policy'] ?? ''
      assert.match(policy, /^default-src 'none'; /)
      const allowed = policy.match(/script-src[^;]*/g) ?? []
      assert.deepEqual(allowed, scriptOf(name) ? ["script-src 'self'"] : [])
      assert.doesNotMatch(policy, /unsafe|connect-src|\*/)
    })

    test(`${name}: every form that changes something carries the form token`, () => {
      const forms = textOf(name).match(/<form method="post".*?<\/form>/gs) ?? []
      for (const form of forms) {
        assert.match(form, /<input type="hidden" name="csrf" value="csrf-token">/)
      }
    })
  }

  test('has a stylesheet and a mark that load nothing further', () => {
    const all: readonly Asset[] = Object.values(scripts)
    for (const { path, body } of assets) {
      assert.doesNotMatch(body, /url\(|@import|import\(|fetch\(|<script|innerHTML|eval\(/)
      assert.ok(all.some(script => script.path === path) || textOf('home').includes(`="${path}"`))
    }
  })

  test('scripts are served as scripts, and kept for as long as their content', async () => {
    for (const [path, route] of assetRoutes()) {
      const answer = await route.get?.({} as Call)
      assert.equal(answer?.headers['X-Content-Type-Options'], 'nosniff')
      assert.match(answer?.headers['Cache-Control'] ?? '', /immutable/)
      if (!path.endsWith('.js')) continue
      assert.equal(answer?.headers['Content-Type'], 'text/javascript; charset=utf-8')
    }
  })
})

describe('in a browser', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const problems: string[] = []

  before(async () => {
    server = await serve()
    browser = await launchBrowser()
    page = await open(browser, false)
    page.on('console', message => problems.push(message.text()))
    page.on('pageerror', error => problems.push(String(error)))
  })
  after(async () => {
    await browser?.close()
    server?.close()
  })

  /** Without transitions: axe must not measure a colour that is on its way to another. */
  const open = async (browser: Browser, bypassCSP: boolean): Promise<Page> => {
    const { port } = server.address() as AddressInfo
    const baseURL = `http://localhost:${port}`
    const context = await browser.newContext({ baseURL, bypassCSP, reducedMotion: 'reduce' })
    return context.newPage()
  }
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const field = (name: string) => page.getByLabel(name, { exact: true })
  /** A browser gives the first focus when it draws the page, which may be after it has loaded. */
  const hasFocus = async (input: Locator) => {
    const element = await input.elementHandle()
    await page.waitForFunction(input => input?.matches(':focus'), element, { timeout: 5000 })
  }
  const visit = (name: PageName) => page.goto(`/${encodeURIComponent(name)}`)
  const heading = () => page.getByRole('heading', { level: 1 }).innerText()

  test('no page breaks its own Content-Security-Policy', async () => {
    problems.length = 0
    for (const name of pageNames) await visit(name)
    // The sample logo is the one file that nobody serves here.
    assert.deepEqual(
      problems.filter(problem => !problem.includes('404')),
      [],
    )
  })

  test('sign in', async () => {
    await visit('sign in')
    assert.equal(await heading(), 'Sign in')
    assert.equal(await field('Email').getAttribute('autocomplete'), 'username')
    assert.equal(await field('Password').getAttribute('type'), 'password')
    assert.equal(await button('Sign in').count(), 1)
    assert.equal(
      await page.locator('input[name=continue]').inputValue(),
      '/oauth/authorize?a=1&b=2',
    )
    await hasFocus(field('Email'))
    const up = await page.getByRole('link', { name: 'Sign up' }).getAttribute('href')
    assert.equal(up, '/sign-up?continue=%2Foauth%2Fauthorize%3Fa%3D1%26b%3D2')
  })

  test('sign in again: says why, keeps the email, goes on at the password', async () => {
    await visit('sign in again')
    const why = await page.getByRole('alert').innerText()
    assert.equal(why, 'Email or password is wrong.')
    assert.equal(await field('Email').inputValue(), 'dana@example.com')
    assert.equal(await field('Password').inputValue(), '')
    await hasFocus(field('Password'))
    assert.equal(await field('Password').getAttribute('aria-describedby'), 'problem')
    assert.equal(await page.getByText('Acme Dialer').count(), 1)
  })

  test('sign up: each problem stands with its field', async () => {
    await visit('sign up again')
    const last = field('Last name')
    assert.equal(await last.getAttribute('aria-invalid'), 'true')
    assert.equal(await last.getAttribute('aria-describedby'), 'lastName-problem')
    assert.equal(await page.locator('#lastName-problem').innerText(), 'Enter your last name.')
    await hasFocus(last)
    assert.equal(await field('First name').getAttribute('aria-invalid'), null)
    assert.equal(await field('Password').getAttribute('aria-describedby'), 'password-hint')
    assert.equal(await button('Sign up').count(), 1)
  })

  test('sign-up code: six digits, or a new code', async () => {
    await visit('sign-up code')
    assert.equal(await field('Code').getAttribute('inputmode'), 'numeric')
    assert.equal(await field('Code').getAttribute('autocomplete'), 'one-time-code')
    assert.equal(await button('Send a new code').count(), 1)
    assert.equal(await page.getByText('dana@example.com').count(), 1)
  })

  test('consent: who asks, for what, as whom, where to, and how to take it back', async () => {
    await visit('consent')
    assert.equal(await heading(), 'Connect Acme Dialer to Lofty?')
    const text = await page.getByRole('main').innerText()
    const told = [
      'Acme Inc.',
      'See who you are',
      'See your leads',
      'Your password',
      'app.acme.example',
      'Dana Reyes',
      'dana@example.com',
      'at any time',
      'Disconnect',
    ]
    for (const words of told) assert.ok(text.includes(words), words)
    assert.doesNotMatch(text, /in development/)
    assert.equal(await page.getByRole('link', { name: 'acme.example' }).count(), 1)
    const form = page.locator('form[action="/oauth/consent"]')
    assert.equal(await form.locator('input[name=ticket]').inputValue(), 'the-ticket')
    for (const [name, value] of [
      ['Authorize', 'authorize'],
      ['Deny', 'deny'],
    ] as const) {
      assert.equal(await button(name).getAttribute('name'), 'decision')
      assert.equal(await button(name).getAttribute('value'), value)
    }
    const [one, two] = [await button('Authorize').boundingBox(), await button('Deny').boundingBox()]
    assert.deepEqual([one?.width, one?.height], [two?.width, two?.height])
  })

  test('consent, in development: says so, and that the address is this computer', async () => {
    await visit('consent, in development')
    const text = await page.getByRole('main').innerText()
    assert.match(text, /This app is in development/)
    assert.match(text, /localhost:4500\s+That is a program on this computer/)
  })

  test('consent: switching the account comes back to this page', async () => {
    await visit('consent')
    const form = page.locator('main form[action="/sign-out"]')
    const back = await form.locator('input[name=continue]').inputValue()
    assert.equal(back, '/oauth/authorize?client_id=app_acme&state=1')
  })

  test('connected apps: an entry each, with Disconnect', async () => {
    await visit('connected apps')
    const entries = page.getByRole('main').locator('.entry')
    assert.equal(await entries.count(), 2)
    assert.equal(await button('Disconnect').count(), 2)
    const [first, second] = await entries.allInnerTexts()
    assert.match(first ?? '', /Acme Dialer[\s\S]*November 26, 2025[\s\S]*Today[\s\S]*3/)
    assert.match(second ?? '', /Zenith[\s\S]*Never/)
    await entries.first().getByText('What it can do').click()
    assert.equal(await entries.first().getByText('See your leads').isVisible(), true)
    await button('Disconnect').first().click()
    assert.match(page.url(), /\/account\/connections\/disconnect\?app=app_acme$/)
  })

  test('connected apps: says what was disconnected, and is friendly when empty', async () => {
    await visit('no connected apps')
    const said = await page.getByRole('status').innerText()
    assert.equal(said, 'Acme Dialer is disconnected. It can no longer see your data.')
    assert.equal(await page.getByText('No apps are connected').count(), 1)
  })

  test('disconnect asks once more', async () => {
    await visit('disconnect')
    assert.equal(await heading(), 'Disconnect Acme Dialer?')
    assert.equal(await button('Disconnect').count(), 1)
    assert.equal(await page.getByRole('link', { name: 'Cancel' }).count(), 1)
    assert.equal(await page.locator('main input[name=app]').inputValue(), 'app_acme')
  })

  test('a signed-in person is named, and can sign out from every such page', async () => {
    for (const name of ['home, signed in', 'consent', 'connected apps', 'disconnect'] as const) {
      await visit(name)
      const banner = page.getByRole('banner')
      assert.match(await banner.innerText(), /Dana Reyes/)
      assert.equal(await banner.getByRole('button', { name: 'Sign out' }).count(), 1)
      assert.equal(await banner.getByRole('link', { name: 'Connected apps' }).count(), 1)
    }
  })

  test('documentation: every endpoint can be reached from the contents', async () => {
    await visit('documentation')
    const links = page.getByRole('navigation', { name: 'Endpoints' }).getByRole('link')
    const targets = await links.evaluateAll(all => all.map(link => link.getAttribute('href') ?? ''))
    assert.ok(targets.length > 8)
    for (const target of targets) assert.equal(await page.locator(target).count(), 1, target)
    const token = page.locator('#post-oauth-token')
    assert.equal(await token.getByRole('rowheader', { name: 'grant_type' }).count(), 1)
    assert.match(await token.innerText(), /curl https:\/\/lofty\.example\/oauth\/token/)
  })

  test('no text of a view becomes markup', async () => {
    const wide = await open(browser, true)
    for (const path of [...shown.keys()].filter(path => path.startsWith('/attack-'))) {
      await wide.goto(path)
      const hacked = await wide.evaluate("'hacked' in globalThis")
      assert.equal(hacked, false, path)
      const strange =
        'script:not([src^="/assets/"]), style, iframe, [onerror], [onload], [href^="javascript:" i]'
      assert.equal(await wide.locator(strange).count(), 0, path)
    }
    await wide.context().close()
  })

  test('nothing is wider than a small phone, however long the words are', async () => {
    await page.setViewportSize({ width: 320, height: 700 })
    for (const name of pageNames) {
      for (const path of [`/${name}`, `/long/${name}`]) {
        await page.goto(path)
        const over = Number(
          await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        )
        assert.ok(over <= 0, `${path} is ${over} pixels too wide`)
      }
    }
  })

  test('axe finds nothing, in light and dark', async () => {
    const examined = await open(browser, true)
    for (const name of pageNames) {
      await examined.goto(`/${name}`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await examined.emulateMedia({ colorScheme })
        assert.deepEqual(await axeProblems(examined), [], `${name}, ${colorScheme}`)
      }
    }
    await examined.context().close()
  })

  test('axe would find something', async () => {
    const examined = await open(browser, true)
    await examined.goto('/home')
    await examined.locator('h1').evaluate(heading => heading.remove())
    assert.match((await axeProblems(examined)).join('\n'), /^page-has-heading-one/)
    await examined.context().close()
  })
})

/** Serves the pages with the headers they are sent with in earnest. */
async function serve(): Promise<Server> {
  const routes = new Map(assetRoutes())
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    const answer = shown.get(path) ?? (await routes.get(path)?.get?.({} as Call))
    response.writeHead(answer ? 200 : 404, answer?.headers).end(answer?.body)
  })
  await new Promise<void>(resolve => server.listen(0, resolve))
  return server
}
