/** `latchkey doctor` finds what is wrong, names the mend, and changes nothing. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { createPlatform } from '../../src/platform.ts'
import { SettingError } from '../../src/settings.ts'
import { install, main } from './serving.ts'

function ready(t: TestContext, settings: Record<string, string> = {}) {
  const installation = install(t, settings)
  installation.json('keys', 'rotate')
  installation.json('migrate')
  return { ...installation, database: installation.environment.LATCHKEY_DATABASE ?? '' }
}

describe('doctor', () => {
  test('a healthy installation: nothing wrong, exit 0', async t => {
    const installation = ready(t)
    const server = await installation.serve()
    const { code, out } = installation.run('doctor', '--port', String(server.port))
    assert.equal(code, 0, out)
    for (const check of ['address', 'proxy', 'keys', 'database', 'schema', 'clock', 'disk']) {
      assert.match(out, new RegExp(`^ok    ${check}: `, 'm'))
    }
    assert.match(out, /where it answers/)
  })

  test('makes no database', t => {
    const { run, environment } = install(t)
    run('doctor')
    assert.equal(existsSync(environment.LATCHKEY_DATABASE ?? ''), false)
  })

  test('a clock that went back', t => {
    const { run, database } = ready(t)
    const file = new DatabaseSync(database)
    const later = Date.now() + 3_600_000
    file.exec(`insert into audit_event (at, kind, actor) values (${later}, 'k', 'platform')`)
    file.close()
    const { code, out } = run('doctor')
    assert.equal(code, 1)
    assert.match(out, /WRONG clock: 3(600|599) s behind[^\n]*\n +Set the clock/)
  })

  test('a database that others can read', t => {
    const { run, database } = ready(t)
    assert.equal(statSync(database).mode & 0o777, 0o600)
    chmodSync(database, 0o644)
    assert.match(run('doctor').out, /WRONG database: .*can be read by others\n +Run: chmod 600/)
  })

  const proxies: readonly [string, Record<string, string>, RegExp][] = [
    ['none, with https', {}, /WRONG proxy: users come by https/],
    ['everybody', { LATCHKEY_TRUST_PROXY: '0.0.0.0/0' }, /WRONG proxy: every address is trusted/],
    ['one', { LATCHKEY_TRUST_PROXY: '10.0.0.1' }, /ok {4}proxy: 10\.0\.0\.1/],
  ]
  for (const [name, settings, words] of proxies) {
    test(`a trusted proxy: ${name}`, t => {
      const { run } = ready(t, { LATCHKEY_URL: 'https://127.0.0.1:9', ...settings })
      assert.match(run('doctor').out, words)
    })
  }

  test('a public address that leads elsewhere', async t => {
    const stranger = createServer((_, response) =>
      response.end('{"issuer":"https://else.example"}'),
    )
    await new Promise<void>(done => stranger.listen(0, '127.0.0.1', done))
    t.after(() => stranger.close())
    const { port } = stranger.address() as AddressInfo
    const { environment } = ready(t)
    const child = spawn(process.execPath, [main, 'doctor', '--url', `http://127.0.0.1:${port}`], {
      env: environment,
    })
    let out = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    assert.equal(await new Promise(done => child.once('exit', done)), 1)
    assert.match(out, /WRONG address: .*something else: https:\/\/else\.example\n +Lead the proxy/)
  })
})

describe('commands and a schema of another version', () => {
  const versions: readonly [string, string, RegExp][] = [
    ['an older one', '1', /older than this program. Run: latchkey migrate/],
    ['a newer one', '999', /newer than this program/],
  ]
  for (const [name, version, words] of versions) {
    test(`${name} is left as it is`, t => {
      const { run, database } = ready(t)
      const file = new DatabaseSync(database)
      file.exec(`pragma user_version = ${version}`)
      file.close()
      const { code, err } = run('app', 'list')
      assert.equal(code, 1)
      assert.match(err, words)
      const after = new DatabaseSync(database)
      assert.equal(after.prepare('pragma user_version').get()?.user_version, Number(version))
      after.close()
    })
  }
})

describe('createPlatform checks its settings', () => {
  const wrong = {
    codeTtl: 99_999,
    accessTtl: 0,
    limitSignIn: { points: 0, seconds: 1 },
    limitApi: { development: -1, production: 5 },
    trustProxy: ['nonsense'],
    workers: 1.5,
    auditDays: 0,
    log: 'loud',
    url: 'http://a.example',
  }
  for (const [name, value] of Object.entries(wrong)) {
    test(name, async () => {
      const options = { database: ':memory:', [name]: value }
      await assert.rejects(createPlatform(options), SettingError)
    })
  }
})
