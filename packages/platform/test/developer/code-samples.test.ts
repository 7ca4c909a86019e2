/** The lines that an app's page offers for pasting are pasted, and do what they say. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { findApp } from '../../src/developer/app.ts'
import { curlSamples, vendorSample } from '../../src/pages/developer/code-samples.ts'
import { type Listening, listening } from '../listening.ts'
import { authorize, makeApp } from '../setup.ts'

const run = promisify(execFile)

/** Legal characters of a URL that a shell or a script would read as its own. */
const redirectUri = "https://vendor.example/it's$(exit)`exit`?a=1&b=\\'"
const harmless = redirectUri.replaceAll('\\', '')

let fixture: Listening
before(async () => {
  fixture = await listening()
})
after(() => fixture.serving.stop())

async function sampled(isPublic: boolean) {
  const made = await makeApp(fixture.platform, { isPublic, redirectUris: [harmless] })
  const app = await findApp(fixture.platform.store, made.clientId)
  assert.ok(app)
  const samples = curlSamples(app, fixture.url)
  const code = (label: RegExp) => samples.find(sample => label.test(sample.label))?.code ?? ''
  return { made, app, code }
}

async function shell(lines: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run('bash', ['-euc', lines], { env: { PATH: process.env.PATH, ...env } })
  return stdout
}

/** Opens the link that was printed, authorizes, and answers the code. */
async function codeFrom(link: string): Promise<string> {
  const { pathname, searchParams } = new URL(link.trim())
  const answer = await authorize(fixture, Object.fromEntries(searchParams), { path: pathname })
  assert.ok(answer.href.startsWith('https://vendor.example/it'), answer.href)
  return answer.searchParams.get('code') ?? ''
}

describe('the lines with curl', () => {
  for (const isPublic of [false, true]) {
    test(`of a ${isPublic ? 'public' : 'confidential'} app`, async () => {
      const { made, code } = await sampled(isPublic)
      const link = code(/^The link/)
      const opened = isPublic ? await shell(`${link}; echo "$VERIFIER"`, {}) : `${link}\n`
      const [address = '', verifier = ''] = opened.split('\n')
      const env = { CLIENT_SECRET: made.secret ?? '', CODE: await codeFrom(address) }
      const exchanged = await shell(code(/exchange/), { ...env, VERIFIER: verifier })
      const tokens = JSON.parse(exchanged)
      assert.match(tokens.access_token, /^lk_at_/)
      const me = await shell(code(/call/), { ACCESS_TOKEN: tokens.access_token })
      assert.equal(JSON.parse(me).email, 'dana@example.com')
      const again = { ...env, REFRESH_TOKEN: tokens.refresh_token }
      assert.match(JSON.parse(await shell(code(/refresh/), again)).access_token, /^lk_at_/)
    })
  }
})

test('the lines with @latchkey/vendor lead a user to this app', async () => {
  const { app } = await sampled(false)
  const { code } = vendorSample(app, fixture.url)
  const main = `
import { newKey } from '@latchkey/vendor'
process.env.CLIENT_SECRET = 'x'
process.env.VENDOR_KEY = newKey()
${code.replace("'./vendor.db'", "':memory:'")}
const answer = await connect(new Request('https://vendor.example/connect'), 'ada')
process.stdout.write(answer.headers.get('location'))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', main])
  const location = new URL(stdout)
  assert.equal(location.origin, fixture.url)
  assert.equal(
    location.searchParams.get('client_id') ?? location.searchParams.get('clientId'),
    app.client_id,
  )
  assert.equal(location.searchParams.get('redirect_uri'), harmless)
})
