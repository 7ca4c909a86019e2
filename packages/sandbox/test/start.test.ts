import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore } from '@latchkey/platform/admin'
import { freePort } from '../../platform/test/listening.ts'

const program = fileURLToPath(new URL('../src/start.ts', import.meta.url))

describe('npm start', () => {
  let folder = ''
  let environment: NodeJS.ProcessEnv
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-start-'))
    environment = {
      PATH: process.env.PATH,
      LATCHKEY_DATABASE: join(folder, 'data', 'latchkey.db'),
      LATCHKEY_PORT: String(await freePort()),
      LATCHKEY_VENDOR_PORT: String(await freePort()),
    }
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Starts it, waits for its words, and answers them with a way to stop it. */
  async function start() {
    const child = spawn(process.execPath, [program], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let words = ''
    const said = new Promise<void>(resolve => {
      child.stdout.on('data', chunk => {
        words += chunk
        if (words.includes('Stop with Ctrl-C')) resolve()
      })
    })
    let complaint = ''
    child.stderr.on('data', chunk => {
      complaint += chunk
    })
    const exit = new Promise<number | null>(resolve => child.once('exit', resolve))
    await Promise.race([said, exit])
    return { words, exit, complaint: () => complaint, stop: () => child.kill('SIGINT') && exit }
  }

  const rows = async () => {
    const store = await openStore(environment.LATCHKEY_DATABASE ?? '')
    const counts = []
    for (const table of ['account', 'app', 'vendor', 'app_secret', 'audit_event']) {
      counts.push(await store.read(`select count(*) as n from ${table}`))
    }
    await store.close()
    return JSON.stringify(counts)
  }

  const webhookUrl = async () => {
    const store = await openStore(environment.LATCHKEY_DATABASE ?? '')
    const [endpoint] = await store.read<{ url: string }>('select url from webhook_endpoint')
    await store.close()
    return endpoint?.url
  }

  test('prints what to click and paste; a second start changes nothing', async () => {
    const first = await start()
    const made = await rows()
    assert.match(first.words, /vendor-auth\.html\?clientId=app_/)
    assert.match(
      first.words,
      /curl --location '.*code=CODE&client_id=app_.*grant_type=authorization_code'/,
    )
    assert.match(first.words, /grant_type=refresh_token/)
    assert.match(first.words, /dana@demo\.example/)
    assert.equal(await first.stop(), 0)
    const second = await start()
    assert.equal(await rows(), made)
    assert.equal(
      second.words.replace(/That of.*|data (was|is) .*/, ''),
      first.words.replace(/data (was|is) .*/, ''),
    )
    const third = await start()
    assert.equal(await third.exit, 1)
    assert.match(third.complaint(), /port \d+ is taken/)
    assert.equal(await second.stop(), 0)
  })

  test('the demo app follows the demo vendor to another port', async () => {
    const port = await freePort()
    environment.LATCHKEY_VENDOR_PORT = String(port)
    const { words, stop } = await start()
    assert.match(words, new RegExp(`redirect_uri=http%3A%2F%2Flocalhost%3A${port}%2Fcallback`))
    const link = /(http\S+)\/page\/vendor-auth\.html\?clientId=(app_[\w-]+)/.exec(words)
    const redirect = encodeURIComponent(`http://localhost:${port}/callback`)
    const asked = `${link?.[1]}/oauth/authorize?response_type=code&client_id=${link?.[2]}&redirect_uri=${redirect}`
    assert.equal((await fetch(asked, { redirect: 'manual' })).status, 303)
    assert.equal(await stop(), 0)
    assert.equal(await webhookUrl(), `http://localhost:${port}/webhooks`)
  })

  test('webhooks that somebody has taken elsewhere stay there', async () => {
    const elsewhere = 'https://receiver.example/webhooks'
    const store = await openStore(environment.LATCHKEY_DATABASE ?? '')
    await store.write(tx => tx.run('update webhook_endpoint set url = $1 returning url', elsewhere))
    await store.close()
    environment.LATCHKEY_VENDOR_PORT = String(await freePort())
    const { stop } = await start()
    assert.equal(await stop(), 0)
    assert.equal(await webhookUrl(), elsewhere)
  })

  const refused: readonly [string, Record<string, string>, RegExp][] = [
    [
      'a vendor port that is none',
      { LATCHKEY_VENDOR_PORT: 'abc' },
      /LATCHKEY_VENDOR_PORT is 'abc'/,
    ],
    ['PostgreSQL', { LATCHKEY_DATABASE: 'postgres://localhost/x' }, /on SQLite.*latchkey serve/],
  ]
  for (const [what, settings, complaint] of refused) {
    test(`${what}: one clear line, and nothing is made`, async () => {
      const kept = environment
      environment = { ...environment, LATCHKEY_KEYS: join(folder, 'keys.json'), ...settings }
      const started = await start()
      environment = kept
      assert.equal(await started.exit, 1)
      assert.match(started.complaint(), complaint)
    })
  }
})
