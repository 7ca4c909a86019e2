/** docs/guides/vendor.md as a newcomer walks it: what stands in its blocks is what is run. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newKey } from '@latchkey/vendor'
import { install } from '../../../packages/platform/test/cli/serving.ts'
import { createBrowser } from '../../../packages/platform/test/form-browser.ts'
import { freePort } from '../../../packages/platform/test/listening.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const guide = readFileSync(join(root, 'docs/guides/vendor.md'), 'utf8')

/** The blocks of a language, in their order. */
function blocks(language: string): string[] {
  return [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, written]) => written === language)
    .map(([, , text = '']) => text)
}

const send = (request: Request) => fetch(request, { redirect: 'manual' })

/** A platform that serves, with a user, and the app of the guide registered by the guide's own line. */
async function platform(t: TestContext, redirectUri: string) {
  const installation = install(t)
  const server = await installation.serve()
  const { run, json } = installation
  json('account', 'add', '--email', 'dana@example.com', '--password', 'correct horse battery')
  const [line = ''] = blocks('sh')
  const words = line.trim().split(' ').slice(2)
  const named = words.map(word => (word.startsWith('http:') ? redirectUri : word))
  const added = run(...named, '--json')
  assert.equal(added.code, 0, added.err)
  return { ...installation, server, app: JSON.parse(added.out) as Record<string, string> }
}

async function decide(url: string, link: string): Promise<string> {
  const person = createBrowser(send, url)
  const page = await person.get('/sign-in')
  await page.submit({ email: 'dana@example.com', password: 'correct horse battery' })
  const { pathname, search } = new URL(link)
  const consent = await person.get(pathname + search)
  const sent = await consent.submit({ decision: 'authorize' }, '/oauth/consent')
  return sent.location ?? 'missing:'
}

describe('the app of the guide', () => {
  let source = ''
  before(() => {
    const found = blocks('js').find(text => text.includes('createVendor'))
    assert.ok(found)
    source = found
  })

  test('connects, survives a restart, and notices the Disconnect', async t => {
    const port = await freePort()
    const here = `http://localhost:${port}`
    const { server, app, run } = await platform(t, `${here}/callback`)
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-guide-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'node_modules/@latchkey'), { recursive: true })
    symlinkSync(join(root, 'packages/vendor'), join(folder, 'node_modules/@latchkey/vendor'))
    const ours = source
      .replaceAll('4600', String(port))
      .replaceAll('http://localhost:4400', server.url)
    writeFileSync(join(folder, 'app.mjs'), ours)
    const env = {
      PATH: process.env.PATH,
      CLIENT_ID: app.client_id,
      CLIENT_SECRET: app.client_secret,
      VENDOR_KEY: newKey(),
    }
    const start = async () => {
      const child = spawn(process.execPath, ['app.mjs'], { cwd: folder, env })
      t.after(() => child.kill('SIGKILL'))
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', chunk => {
          said += chunk
        })
      }
      while (!(await fetch(here).catch(() => null))) {
        assert.equal(child.exitCode, null, said)
      }
      const stop = () =>
        new Promise(done => {
          child.once('exit', done)
          child.kill()
        })
      return { stop, said: () => said }
    }
    const first = await start()
    const person = createBrowser(send, here)
    assert.match((await person.get('/')).html, /Open \/connect/)
    const away = (await person.get('/connect')).location ?? ''
    const back = new URL(await decide(server.url, away))
    const connected = await person.get(back.pathname + back.search)
    assert.match(connected.html, /Connected as dana@example\.com/)
    assert.match(first.said(), /^connected ada$/m)
    await first.stop()

    const second = await start()
    assert.match((await person.get('/')).html, /Connected as dana@example\.com/)
    assert.equal(run('account', 'deactivate', 'dana@example.com').code, 0)
    assert.match((await person.get('/')).html, /^disconnected: /)
    assert.match(second.said(), /^disconnected ada$/m)
    assert.match((await person.get('/')).html, /Open \/connect/)
    await second.stop()
  })
})

test('every command of the guide exists, with the flags it is given', t => {
  const { run } = install(t)
  const lines = blocks('sh').flatMap(text => text.split('\n'))
  const commands = lines.filter(line => line.startsWith('npx latchkey'))
  assert.ok(commands.length >= 4)
  for (const line of commands) {
    const words = line.split(' ').slice(2)
    const help = run(...words.filter(word => !word.startsWith('-')), '--help').out
    for (const flag of words.filter(word => word.startsWith('--'))) {
      assert.ok(help.includes(flag), `${flag} in: ${line}`)
    }
  }
  const vendor = JSON.parse(readFileSync(join(root, 'packages/vendor/package.json'), 'utf8'))
  assert.ok(vendor.scripts.build)
  assert.ok(lines.some(line => line.endsWith(`latchkey-vendor-${vendor.version}.tgz`)))
})

test('the block with fetch alone exchanges, calls and refreshes', async t => {
  const redirectUri = 'https://app.example/callback'
  const { server, app } = await platform(t, redirectUri)
  const block = blocks('js').find(text => text.includes('const exchange = code'))
  assert.ok(block)
  const body = `${block.replaceAll('http://localhost:4400', server.url)}\nreturn { link, exchange, refresh, me }`
  const parts = new Function('clientId', 'clientSecret', body)(app.client_id, app.client_secret)
  const location = new URL(await decide(server.url, parts.link('a-state')))
  assert.equal(location.searchParams.get('state'), 'a-state')
  const tokens = await parts.exchange(location.searchParams.get('code'))
  assert.equal((await parts.me(tokens.access)).status, 200)
  const fresh = await parts.refresh(tokens.refresh)
  assert.equal((await parts.me(fresh.access)).status, 200)
  await assert.rejects(parts.refresh('nothing'), { code: 'invalid_grant' })
})
