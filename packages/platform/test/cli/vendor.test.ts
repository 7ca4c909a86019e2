/** `latchkey vendor`: a developer's first call, against a platform that serves. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createBrowser } from '../form-browser.ts'
import { freePort } from '../listening.ts'
import { install, main } from './serving.ts'

async function prepare(t: TestContext, redirectUri: string) {
  const installation = install(t)
  const server = await installation.serve()
  const { json, environment } = installation
  json('account', 'add', '--email', 'dana@example.com', '--password', 'correct horse battery')
  const app = json('app', 'add', '--vendor', 'V', '--name', 'N', '--redirect-uri', redirectUri)
  const folder = join(environment.LATCHKEY_DATABASE ?? '', '..', 'developer')
  Object.assign(environment, {
    LATCHKEY_VENDOR_FOLDER: folder,
    LATCHKEY_VENDOR_CLIENT_ID: app.client_id,
    LATCHKEY_VENDOR_CLIENT_SECRET: app.client_secret,
    LATCHKEY_VENDOR_REDIRECT_URI: redirectUri,
    LATCHKEY_VENDOR_PLATFORM: server.url,
  })
  return { ...installation, server, folder, app }
}

/** Runs `vendor connect`; hands over the link it prints, and a way to type. */
function startConnect(environment: Record<string, string>) {
  const child = spawn(process.execPath, [main, 'vendor', 'connect', '--json'], { env: environment })
  let out = ''
  let err = ''
  child.stdout.on('data', chunk => {
    out += chunk
  })
  const link = new Promise<string>(resolve => {
    child.stderr.on('data', chunk => {
      err += chunk
      const [found] = /http\S+authorize\S*/.exec(err) ?? []
      if (found && /Waiting|paste/.test(err)) resolve(found)
    })
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>(resolve =>
    child.once('close', code => resolve({ code, out, err })),
  )
  return { link, ended, type: (text: string) => child.stdin.end(text) }
}

/** Signs in, and decides; answers where the browser is sent. */
async function decide(url: string, link: string, decision: 'authorize' | 'deny'): Promise<string> {
  const person = createBrowser(request => fetch(request, { redirect: 'manual' }), url)
  const page = await person.get('/sign-in')
  await page.submit({ email: 'dana@example.com', password: 'correct horse battery' })
  const { pathname, search } = new URL(link)
  const consent = await person.get(pathname + search)
  return (await consent.submit({ decision }, '/oauth/consent')).location ?? ''
}

test('connect on loopback, call, tokens, disconnect', async t => {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const { environment, server, json, run, folder, app } = await prepare(t, redirectUri)
  const connecting = startConnect(environment)
  const location = await decide(server.url, await connecting.link, 'authorize')
  assert.ok(location.startsWith(redirectUri))
  assert.match(await (await fetch(location)).text(), /close this window/)
  const done = await connecting.ended
  assert.equal(done.code, 0, done.err)
  assert.equal(JSON.parse(done.out).connected, true)

  for (const file of ['vendor.json', 'tokens.db']) {
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file)
  }
  assert.doesNotMatch(readFileSync(join(folder, 'tokens.db'), 'latin1'), /lk_[ar]t_/)

  const called = run('vendor', 'call', 'GET', '/v1.0/me', '--json')
  assert.equal(called.code, 0, called.err)
  assert.equal(JSON.parse(called.out).body.email, 'dana@example.com')
  const missing = run('vendor', 'call', 'GET', '/v1.0/nothing', '--json')
  assert.equal(missing.code, 1)
  assert.equal(JSON.parse(missing.out).status, 404)

  const tokens = run('vendor', 'tokens')
  assert.match(tokens.out, /access_token +lk_at_….{4}\n/)
  assert.doesNotMatch(tokens.out, /lk_at_\w{8}/)
  assert.ok(!tokens.out.includes(app.client_secret ?? '-'))

  assert.equal(json('vendor', 'disconnect').revoked, true)
  assert.equal(run('connection', 'list').out.includes('ended (vendor)'), true)
  assert.match(run('vendor', 'call', 'GET', '/v1.0/me').err, /Begin with: latchkey vendor connect/)
})

test('a redirect URL elsewhere: the address is pasted', async t => {
  const { environment, server, run } = await prepare(t, 'https://vendor.example/callback')
  const connecting = startConnect(environment)
  const location = await decide(server.url, await connecting.link, 'authorize')
  connecting.type(`not an address\n${location}\n`)
  const done = await connecting.ended
  assert.equal(done.code, 0, done.err)
  assert.match(run('vendor', 'call', 'GET', '/v1.0/me').out, /^200\n.*dana@example\.com/s)
})

test('a denial, and a connection that the platform has ended', async t => {
  const { environment, server, run, json } = await prepare(t, 'https://vendor.example/callback')
  const denied = startConnect(environment)
  denied.type(`${await decide(server.url, await denied.link, 'deny')}\n`)
  const refused = await denied.ended
  assert.equal(refused.code, 1)
  assert.match(refused.err, /Access was denied/)

  const connecting = startConnect(environment)
  connecting.type(`${await decide(server.url, await connecting.link, 'authorize')}\n`)
  assert.equal((await connecting.ended).code, 0)
  json('account', 'deactivate', 'dana@example.com')
  const over = run('vendor', 'call', 'GET', '/v1.0/me')
  assert.equal(over.code, 1)
  assert.match(over.err, /Connect again: latchkey vendor connect/)
})

const mistakes: readonly [string, string[], RegExp][] = [
  ['no client id', ['vendor', 'connect'], /--client-id is missing/],
  ['no redirect URL', ['vendor', 'connect', '--client-id', 'x'], /--redirect-uri is missing/],
  [
    'no secret',
    ['vendor', 'connect', '--client-id', 'x', '--redirect-uri', 'https://v.example/cb'],
    /LATCHKEY_VENDOR_CLIENT_SECRET/,
  ],
  ['a method that is none', ['vendor', 'call', 'FETCH', '/v1.0/me'], /METHOD is one of GET/],
  ['a path that is none', ['vendor', 'call', 'GET', 'v1.0/me'], /PATH begins with/],
]
for (const [name, words, expected] of mistakes) {
  test(`wrong usage: ${name}`, t => {
    const { run, environment } = install(t)
    environment.LATCHKEY_VENDOR_FOLDER = join(environment.LATCHKEY_DATABASE ?? '', '..', 'none')
    const { code, err } = run(...words)
    assert.equal(code, 2, err)
    assert.match(err, expected)
  })
}
