import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createBrowser } from '../form-browser.ts'
import { freePort } from '../listening.ts'

const main = fileURLToPath(new URL('../../src/cli/main.mjs', import.meta.url))

describe('the command line', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const environment = () => ({
    PATH: process.env.PATH,
    LATCHKEY_DATABASE: join(folder, 'db', 'latchkey.db'),
    LATCHKEY_LOG: 'warn',
  })

  function run(...args: string[]) {
    const result = spawnSync(process.execPath, [main, ...args], {
      env: environment(),
      encoding: 'utf8',
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }

  function json(...args: string[]) {
    const { code, out, err } = run(...args, '--json')
    assert.equal(code, 0, err)
    assert.equal(err, '')
    assert.equal(out.trim().split('\n').length, 1)
    return JSON.parse(out)
  }

  test('account add, app add, and what they print', () => {
    const account = json(
      'account',
      'add',
      '--email',
      'Dana@Example.com',
      '--password',
      'secret-enough',
      '--name',
      'Dana Reyes',
    )
    assert.equal(Number.isInteger(account.id), true)
    const reviewer = json(
      'account',
      'add',
      '--email',
      'r@example.com',
      '--password',
      'x',
      '--reviewer',
    )
    assert.equal(reviewer.reviewer, true)
    const app = json(
      'app',
      'add',
      '--vendor',
      'Acme',
      '--name',
      'Dialer',
      '--redirect-uri',
      'https://a.example/cb',
      '--redirect-uri',
      'http://localhost:3000/cb',
    )
    assert.match(app.client_id, /^app_[\w-]{22}$/)
    assert.match(app.client_secret, /^lk_sk_[\w-]{43}$/)
    assert.equal(app.name, 'Dialer')
    assert.deepEqual(app.redirect_uris, ['https://a.example/cb', 'http://localhost:3000/cb'])
    assert.equal(app.mode, 'production')
    const open = json(
      'app',
      'add',
      '--vendor',
      'Acme',
      '--name',
      'Native',
      '--redirect-uri',
      'http://127.0.0.1/cb',
      '--public',
      '--mode',
      'development',
    )
    assert.equal('client_secret' in open, false)
    assert.equal(open.public, true)
    assert.equal(open.mode, 'development')
    const rotating = run(
      'app',
      'add',
      '--vendor',
      'Acme',
      '--name',
      'R',
      '--redirect-uri',
      'https://a.example/r',
      '--rotate',
    )
    assert.match(rotating.out, /client_id +app_.*client_secret +lk_sk_/s)
    assert.equal(json('app', 'list').length, 3)
  })

  const failures: [string, string[], number, RegExp][] = [
    [
      'an account twice',
      ['account', 'add', '--email', 'DANA@example.com ', '--password', 'x'],
      1,
      /already/,
    ],
    ['no email', ['account', 'add', '--password', 'x'], 2, /--email is missing/],
    ['no address', ['account', 'add', '--email', 'x', '--password', 'x'], 2, /not an email/],
    ['an unknown flag', ['account', 'add', '--nope'], 2, /nope/],
    ['an unknown command', ['account', 'remove'], 2, /no command/],
    [
      'a bad redirect URL',
      ['app', 'add', '--vendor', 'A', '--name', 'N', '--redirect-uri', 'http://a.example/'],
      1,
      /plain http is for/,
    ],
    [
      'no redirect URL',
      ['app', 'add', '--vendor', 'A', '--name', 'N'],
      2,
      /--redirect-uri is missing/,
    ],
    [
      'a bad mode',
      [
        'app',
        'add',
        '--vendor',
        'A',
        '--name',
        'N',
        '--redirect-uri',
        'https://a.example/',
        '--mode',
        'x',
      ],
      2,
      /--mode/,
    ],
    ['an unknown app', ['app', 'suspend', 'app_x'], 1, /no app/],
    ['no app', ['app', 'suspend'], 2, /CLIENT_ID/],
    ['too many words', ['app', 'suspend', 'a', 'b'], 2, /CLIENT_ID/],
    ['a bad connection id', ['connection', 'disconnect', 'x'], 2, /con_/],
    [
      'an unknown connection',
      ['connection', 'disconnect', 'con_AAAAAAAAAAAAAAAAAAAAAA'],
      1,
      /no connection/,
    ],
    ['a bad setting', ['doctor', '--code-ttl', '601'], 2, /from 1 to 600/],
    ['a bad address', ['doctor', '--url', 'http://a.example'], 2, /https/],
    ['a database that is none', ['app', 'list', '--database', main], 1, /cannot be/],
  ]
  for (const [what, args, code, words] of failures) {
    test(`${what}: exit ${code}, one clear line`, () => {
      const result = run(...args)
      assert.equal(result.code, code, result.err)
      assert.equal(result.out, '')
      assert.match(result.err, words)
      assert.equal(result.err.trim().split('\n').length, 1)
    })
  }

  test('--help exits 0 and names every command and setting', () => {
    const { code, out } = run('--help')
    assert.equal(code, 0)
    for (const word of [
      'serve',
      'account add',
      'app suspend',
      'connection list',
      'keys rotate',
      'migrate',
      'purge',
      'doctor',
      'LATCHKEY_LIMIT_API',
    ]) {
      assert.ok(out.includes(word), word)
    }
    assert.match(run('app', 'add', '--help').out, /--redirect-uri/)
  })

  test('migrate, purge and doctor', () => {
    assert.deepEqual(json('migrate').ran, [])
    assert.deepEqual(json('purge'), {
      codes: 0,
      sessions: 0,
      emailCodes: 0,
      secrets: 0,
      invitations: 0,
      logos: 0,
      webhooks: 0,
      auditEvents: 0,
      requests: 0,
      hours: 0,
    })
    const before = run('doctor')
    assert.equal(before.code, 1)
    assert.match(before.out, /WRONG keys: .*does not exist/)
    json('keys', 'rotate')
    assert.equal(json('doctor').ok, true)
    chmodSync(join(folder, 'db', 'keys.json'), 0o644)
    const open = run('doctor')
    assert.equal(open.code, 1)
    assert.match(open.out, /chmod 600/)
    chmodSync(join(folder, 'db', 'keys.json'), 0o600)
  })

  test('doctor finds a corrupt database and leaves it as it was', () => {
    const path = join(folder, 'corrupt.db')
    writeFileSync(path, 'this is no database, and it is long enough to be looked at'.repeat(20))
    const { code, out } = run(
      'doctor',
      '--database',
      path,
      '--keys',
      join(folder, 'db', 'keys.json'),
    )
    assert.equal(code, 1)
    assert.match(out, /WRONG database: .*not a database/)
  })

  test('commands work while a server runs on the same database, and take effect at once', async () => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    const server = spawn(process.execPath, [main, 'serve', '--port', String(port), '--json'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const started = await new Promise<string>(resolve =>
      server.stdout.once('data', chunk => resolve(String(chunk))),
    )
    assert.equal(JSON.parse(started).url, url)
    const app = json(
      'app',
      'add',
      '--vendor',
      'Live',
      '--name',
      'Live app',
      '--redirect-uri',
      'https://l.example/cb',
    )
    const basic = { Authorization: `Basic ${btoa(`${app.client_id}:${app.client_secret}`)}` }
    const send = (request: Request) => fetch(request, { redirect: 'manual' })
    const person = createBrowser(send, url)
    await (await person.get('/sign-in')).submit({
      email: 'dana@example.com',
      password: 'secret-enough',
    })
    const connect = async () => {
      const page = await person.get(`/page/vendor-auth.html?clientId=${app.client_id}`)
      const location = (await page.submit({ decision: 'authorize' })).location ?? ''
      const code = new URL(location).searchParams.get('code') ?? ''
      const answer = await fetch(`${url}/oauth/token`, {
        method: 'POST',
        headers: basic,
        body: new URLSearchParams({ grant_type: 'authorization_code', code }),
      })
      return ((await answer.json()) as { access_token: string }).access_token
    }
    const me = async (token: string) =>
      (await fetch(`${url}/v1.0/me`, { headers: { Authorization: `Bearer ${token}` } })).status
    const first = await connect()
    const second = await connect()
    assert.equal(await me(first), 200)
    const listed = json('connection', 'list', '--app', app.client_id, '--email', 'DANA@example.com')
    assert.equal(listed.length, 2)
    assert.equal(listed[0].state, 'connected')
    json('connection', 'disconnect', listed[1].id)
    assert.equal(await me(first), 401)
    assert.equal(await me(second), 200)
    json('app', 'suspend', app.client_id)
    assert.equal(await me(second), 401)
    json('app', 'resume', app.client_id)
    assert.equal(await me(second), 200)
    json('keys', 'rotate')
    assert.equal(await me(second), 200)
    const reset = json('account', 'reset-second-factor', 'dana@example.com')
    const nothing = { authenticator: false, passkeys: 0, sessions: 0, changed: false }
    assert.deepEqual(reset, { id: reset.id, email: 'Dana@Example.com', ...nothing })
    const database = new DatabaseSync(environment().LATCHKEY_DATABASE)
    database.exec(`insert into authenticator values (${reset.id}, 'x', 0, 0)`)
    database.close()
    assert.match(run('account', 'reset-second-factor', 'DANA@example.com').out, /1 authenticator/)
    assert.match((await person.get('/account/connections')).html, /name="password"/)
    assert.equal(run('account', 'reset-second-factor', 'nobody@example.com').code, 1)
    const ended = json('account', 'deactivate', 'dana@example.com')
    assert.equal(ended.connections, 1)
    assert.equal(await me(second), 401)
    assert.match((await person.get('/account/connections')).html, /name="password"/)
    const exit = new Promise(resolve => server.once('exit', resolve))
    server.kill('SIGTERM')
    assert.equal(await exit, 0)
  })
})
