/**
 * docs/guides/vendor.md as a newcomer walks it: every block is run as it stands, in its order, in a shell
 * that has nothing but a home of its own, against what `npm start` starts. What differs are the two ports
 * and `/tmp`; where the page says `…`, or wants a person at a browser, the test is the person.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createBrowser, type FormBrowser } from '../../../packages/platform/test/form-browser.ts'
import { root, type Terminal, walk } from './walking.ts'

/** One block: its language and its text. */
type Block = readonly [language: string, text: string]

const guide = readFileSync(join(root, 'docs/guides/vendor.md'), 'utf8')
const blocks: Block[] = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => [language, text],
)
const send = (request: Request) => fetch(request, { redirect: 'manual' })

/** The demo user, signed in. */
async function dana(url: string): Promise<FormBrowser> {
  const person = createBrowser(send, url)
  const page = await person.get('/sign-in')
  await page.submit({ email: 'dana@demo.example', password: 'latchkey-demo' })
  return person
}

/** Opens a link of the authorization page and presses Authorize; answers where that leads. */
async function authorize(url: string, link: string): Promise<URL> {
  const { pathname, search } = new URL(link)
  const consent = await (await dana(url)).get(pathname + search)
  const sent = await consent.submit({ decision: 'authorize' }, '/oauth/consent')
  return new URL(sent.location ?? `missing:${sent.html}`)
}

describe('the guide, from an empty folder', { timeout: 170_000 }, () => {
  let terminal: Terminal
  let checkout = ''
  const rest = [...blocks]
  before(async () => {
    terminal = await walk()
    checkout = terminal.checkout
  })
  after(async () => terminal?.close())

  /** The next block, which must be of this language. */
  const next = (language: string): string => {
    const [found, text = ''] = rest.shift() ?? []
    assert.equal(found, language, text)
    return terminal.here(text)
  }
  /** What the person types where the page leaves it open. */
  const filled = (text: string, values: readonly string[]): string => {
    const left = [...values]
    const whole = text.replace(/\b(app_|lk_[a-z]{2}_)…/g, () => left.shift() ?? 'missing')
    assert.ok(left.length === 0 && !whole.includes('…') && !whole.includes('missing'), whole)
    return whole
  }
  const disconnect = async () => {
    const person = await dana(terminal.platform)
    const app = terminal.environment.CLIENT_ID
    await (await person.get(`/account/connections/disconnect?app=${app}`)).submit({})
  }

  test('registers the app', async () => {
    const { out } = await terminal.run(next('sh'), { folder: checkout })
    const [, id = ''] = /^client_id\s+(\S+)$/m.exec(out) ?? []
    const [, secret = ''] = /^client_secret\s+(\S+)$/m.exec(out) ?? []
    await terminal.run(filled(next('sh'), [id]), { folder: checkout, input: `${secret}\n` })
    assert.equal(terminal.environment.CLIENT_ID, id)
    assert.equal(terminal.environment.CLIENT_SECRET, secret)
  })

  test('makes the first call from the command line', async () => {
    const running = terminal.run(next('sh'), { folder: checkout })
    const [link = ''] = await running.said(/^ {2}(http\S+)[\s\S]*Waiting for you/m)
    const back = await authorize(terminal.platform, link)
    assert.match(await (await fetch(back)).text(), /Thank you/)
    const { out } = await running
    assert.match(out, /^Connected\./)
    assert.match(out, /dana@demo\.example/)
    assert.match(out, /state +connected/)
  })

  test('builds, packs and installs the package, and makes a key', async () => {
    await terminal.run(next('sh'), { folder: checkout })
    await terminal.run(next('sh'), { folder: terminal.home })
    const about = join(terminal.app, 'node_modules/@latchkey/vendor/package.json')
    assert.equal(JSON.parse(readFileSync(about, 'utf8')).name, '@latchkey/vendor')
    assert.match(
      readFileSync(join(terminal.app, '.env'), 'utf8'),
      /^CLIENT_ID=app_\S+\nCLIENT_SECRET=lk_sk_\S+\nVENDOR_KEY=[\w-]{43}\n$/,
    )
  })

  test('runs an app that connects, survives a restart, and notices the Disconnect', async () => {
    writeFileSync(join(terminal.app, 'app.mjs'), next('js'))
    const start = next('sh')
    const person = createBrowser(send, terminal.vendor)
    const look = async () => (await person.get('/')).html
    const first = terminal.run(start, { folder: terminal.app })
    const [connect = ''] = await first.said(/^Open (http\S+)$/m)
    assert.match(await look(), /^Not connected/)
    const away = (await person.get(new URL(connect).pathname)).location ?? ''
    const back = await authorize(terminal.platform, away)
    assert.match((await person.get(back.pathname + back.search)).html, /^Connected as dana@demo/)
    await first.said(/^connected (ada)$/m)
    await first.stop()

    const second = terminal.run(start, { folder: terminal.app })
    await second.said(/^(Open)/m)
    assert.match(await look(), /^Connected as dana@demo\.example/)
    await disconnect()
    assert.match(await look(), /^Not connected/)
    await second.said(/^disconnected (ada)$/m)
    await second.stop()
  })

  const noCurl = spawnSync('curl', ['--version']).error !== undefined
  test('does the same with curl', { skip: noCurl && 'no curl on PATH' }, async () => {
    const quiet = (block: string) => block.replace('curl ', 'curl --silent --show-error ')
    const ask = async (block: string, value: string) => {
      const { out } = await terminal.run(quiet(filled(block, [value])), { folder: terminal.app })
      return JSON.parse(out) as Record<string, string>
    }
    const link = next('')
      .trim()
      .replace('CLIENT_ID', terminal.environment.CLIENT_ID ?? '')
    const back = await authorize(terminal.platform, link)
    assert.match(back.search, /^\?code=lk_ac_[^&]+&iss=/)
    const tokens = await ask(next('sh'), back.searchParams.get('code') ?? '')
    const { access_token = '', refresh_token = '' } = tokens
    const shape = (answer: object) => Object.entries(answer).map(([name, it]) => [name, typeof it])
    assert.deepEqual(shape(tokens), shape(JSON.parse(next('json'))))
    const [call, refresh] = [next('sh'), next('sh')]
    assert.equal((await ask(call, access_token)).email, 'dana@demo.example')
    assert.match((await ask(refresh, refresh_token)).access_token ?? '', /^lk_at_/)
    await disconnect()
    assert.equal((await ask(refresh, refresh_token)).error, 'invalid_grant')
    const status = filled(call, [access_token]).replace(
      'curl ',
      "curl -s -o body -w '%{http_code}' ",
    )
    assert.equal((await terminal.run(status, { folder: terminal.app })).out, '401')
  })

  test('does the same with fetch alone', async () => {
    while (noCurl && rest.length > 1) rest.shift()
    const redirectUri = `${terminal.vendor}/callback`
    const block = next('js').replace('https://app.example/callback', redirectUri)
    const { CLIENT_ID, CLIENT_SECRET } = terminal.environment
    const body = `${block}\nreturn { link, exchange, refresh, me }`
    const parts = new Function('clientId', 'clientSecret', body)(CLIENT_ID, CLIENT_SECRET)
    const location = await authorize(terminal.platform, parts.link('a-state'))
    assert.equal(location.searchParams.get('state'), 'a-state')
    const tokens = await parts.exchange(location.searchParams.get('code'))
    assert.equal((await parts.me(tokens.access)).status, 200)
    const fresh = await parts.refresh(tokens.refresh)
    assert.equal((await parts.me(fresh.access)).status, 200)
    await assert.rejects(parts.refresh('nothing'), { code: 'invalid_grant' })
  })

  test('and no block is left', () => assert.deepEqual(rest, []))
})
