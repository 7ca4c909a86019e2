/** The demo vendor's page in every state that a person can meet it in. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { createMemoryStore, newKey } from '@latchkey/vendor'
import type { Browser } from 'playwright-core'
import { axeProblems, launchBrowser } from '../../../packages/platform/test/browser/browser.ts'
import { freePort } from '../../../packages/platform/test/listening.ts'
import { listen } from '../../../packages/vendor/test/store/listen.ts'
import { createVendorApp } from '../src/app.ts'
import { type PageView, page, type Told } from '../src/page.ts'

const now = Date.UTC(2026, 0, 5, 9, 30)
const minute = 60_000
const who = { user: 'visitor', name: 'default' }
const connections = 'http://localhost:4400/account/connections'
const profile = { id: 7, email: 'dana@example.com', firstName: 'Dana', lastName: 'Reyes' }
const nothing: PageView = { status: { ...who, state: 'none' }, events: [], connections, now }
const live: PageView = {
  ...nothing,
  profile,
  status: {
    ...who,
    state: 'connected',
    connectedAt: now - 67 * minute,
    refreshedAt: now - 7 * minute,
    expiresAt: now + 53 * minute,
  },
  events: [
    { kind: 'refreshed', at: now - 7 * minute },
    { kind: 'connected', at: now - 67 * minute },
  ],
}
const disconnectedAt = now - minute
const over: PageView = {
  ...nothing,
  status: { ...who, state: 'disconnected', connectedAt: now - 67 * minute, disconnectedAt },
  events: [{ kind: 'disconnected', at: disconnectedAt }, ...live.events],
}
const told = (view: PageView, what: Told): PageView => ({ ...view, told: what })

const states: readonly [string, PageView, RegExp[]][] = [
  ['not connected', nothing, [/>Not connected</, /href="\/connect"/]],
  [
    'connected',
    live,
    [/>Connected</, /Hello, Dana/, /7 minutes ago/, /in 53 minutes/, /refreshed/],
  ],
  ['disconnected on the platform', over, [/>Disconnected</, /took the key back/, /08:23:00 UTC/]],
  ['denied', told(nothing, { kind: 'denied' }), [/chose not to connect/, /href="\/connect"/]],
  ['denied, and still connected', told(live, { kind: 'denied' }), [/chose not to/, /Hello, Dana/]],
  ['refused', told(nothing, { kind: 'refused', message: 'No <i>.' }), [/No &#60;i&#62;\./]],
  ['a stray code', told(nothing, { kind: 'stray', code: 'a"b' }), [/>a&#34;b</]],
  ['no answer', told(live, { kind: 'away' }), [/>No answer</, /still connected/, /Try again/]],
]

describe('the demo vendor’s page', () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser?.close())

  for (const [title, view, expected] of states) {
    test(title, async () => {
      const html = page(view)
      for (const pattern of expected) assert.match(html, pattern)
      assert.equal(html.includes('/connect"'), !/Hello|Try again/.test(html), 'one thing to do')
      for (const [colorScheme, width] of [
        ['light', 390],
        ['dark', 1280],
      ] as const) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
        const shown = await context.newPage()
        await shown.setContent(html)
        assert.deepEqual(await axeProblems(shown), [])
        const isWide = 'document.documentElement.scrollWidth > innerWidth'
        assert.equal(await shown.evaluate(isWide), false)
        await context.close()
      }
    })
  }

  test('says so when the platform cannot be reached, and that nothing has changed', async t => {
    const away = `http://localhost:${await freePort()}`
    const app = createVendorApp({
      clientId: 'app',
      clientSecret: 'secret',
      redirectUri: 'http://localhost/callback',
      platformUrl: away,
      store: createMemoryStore(),
      keys: newKey(),
      webhookSecret: `whsec_${btoa('x'.repeat(32))}`,
    })
    const server = createServer(app)
    const port = await listen(server)
    t.after(() => server.close())
    t.mock.method(process.stderr, 'write', () => true)
    const answer = await fetch(`http://localhost:${port}/connect`)
    assert.equal(answer.status, 502)
    assert.match(await answer.text(), /does not answer[\s\S]*Nothing has changed/)
  })
})
