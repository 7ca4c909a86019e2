/** The code of docs/guides/webhooks.md, as it stands there: type-checked, and run against the platform. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { createMemoryStore, newKey, type VendorOptions } from '@latchkey/vendor'
import { connect } from '../setup.ts'
import { setupWithEndpoint } from './receiver.ts'

const guide = readFileSync(new URL('../../../../docs/guides/webhooks.md', import.meta.url), 'utf8')
// Inside the workspace, so that the packages are found.
const folder = new URL(`../../.guide-${process.pid}/`, import.meta.url).pathname
const names = ['package', 'library', 'by-hand']
const files = names.map(name => join(folder, `${name}.ts`))

before(() => {
  mkdirSync(folder)
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
  assert.equal(blocks.length, names.length)
  for (const [i, file] of files.entries()) writeFileSync(file, blocks[i] ?? '')
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('its blocks are well typed', () => {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(readFileSync(typescript, 'utf8'))
  const flags = '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target esnext'
  const more = '--ignoreConfig --skipLibCheck --allowImportingTsExtensions --types node'
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(dirname(typescript), bin.tsc), ...`${flags} ${more}`.split(' '), ...files],
    { encoding: 'utf8', cwd: folder },
  )
  assert.equal(status, 0, stdout)
})

test('its blocks take what the platform sends, and refuse what it does not', async () => {
  const [packageFile = '', libraryFile = '', handFile = ''] = files
  const { createHooks } = await import(packageFile)
  const { readWebhook } = await import(libraryFile)
  const { isFromPlatform } = await import(handFile)
  const fixture = await setupWithEndpoint({ now: Date.now })
  await connect(fixture)
  await fixture.platform.deliver()
  const { headers, text } = fixture.receiver.received[0] ?? { headers: {}, text: '' }
  const { secret } = fixture
  assert.equal(readWebhook(secret, headers, text).type, 'connection.created')
  assert.throws(() => readWebhook(secret, headers, `${text} `))
  assert.equal(isFromPlatform(secret, headers, text), true)
  assert.equal(isFromPlatform(secret, headers, `${text} `), false)
  assert.equal(isFromPlatform(secret, headers, text, Date.now() + 400_000), false)
  assert.equal(isFromPlatform(`${secret.slice(0, -5)}AAAA=`, headers, text), false)
  const options: VendorOptions = {
    clientId: fixture.app.clientId,
    clientSecret: fixture.app.secret,
    redirectUri: 'https://vendor.example/callback',
    platform: fixture.platform.settings.url,
    fetch: fixture.platform.fetch,
    store: createMemoryStore(),
    keys: newKey(),
  }
  const answer = createHooks(options, secret) as (request: Request) => Promise<Response>
  const url = 'https://vendor.example/webhooks'
  const send = (body: string) => answer(new Request(url, { method: 'POST', headers, body }))
  assert.equal((await send(text)).status, 204)
  assert.equal((await send(`${text} `)).status, 401)
})
