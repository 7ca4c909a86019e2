/** `LATCHKEY_API`: the catalogue for `app add`, the table for the gate of `serve`. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { install } from './serving.ts'

const example = fileURLToPath(new URL('../../../../examples/gate/api.json', import.meta.url))

const leads = [
  ...['app', 'add', '--vendor', 'Acme', '--name', 'Leads'],
  ...['--redirect-uri', 'https://acme.example/callback'],
]

test('app add refuses a permission that is not in the catalogue, and names those that are', t => {
  const { run, json } = install(t)
  const { code, err, out } = run(...leads, '--permission', 'leads:read')
  assert.equal(code, 2)
  assert.match(
    err,
    /--permission leads:read: there is no such permission. There are: profile:read\./,
  )
  assert.equal(out, '')
  assert.deepEqual(json('app', 'list'), [])
  assert.deepEqual(json(...leads).permissions, ['profile:read'])
})

test('app add takes what the file names', t => {
  const { run, json } = install(t, { LATCHKEY_API: example })
  const granted = json(...leads, '--permission', 'leads:read', '--permission', 'leads:read')
  assert.deepEqual(granted.permissions, ['leads:read'])
  const { code, err } = run(...leads, '--permission', 'leads:raed')
  assert.equal(code, 2)
  assert.match(err, /There are: profile:read, leads:read, leads:write\./)
})

test('where the catalogue lacks the usual permission, app add asks for one', t => {
  const { run, json, environment } = install(t)
  const api = join(dirname(environment.LATCHKEY_KEYS ?? ''), 'api.json')
  writeFileSync(api, '{"permissions":[{"name":"leads:read","title":"See your leads"}]}')
  const { code, err } = run(...leads, '--api', api)
  assert.equal(code, 2)
  assert.match(err, /--permission is missing. There are: leads:read\./)
  const granted = json(...leads, '--api', api, '--permission', 'leads:read')
  assert.deepEqual(granted.permissions, ['leads:read'])
})

test('serve does not start with a table it cannot read, and says where', t => {
  const { run, environment } = install(t)
  const api = join(dirname(environment.LATCHKEY_KEYS ?? ''), 'api.json')
  writeFileSync(api, '{\n  "routes": [\n    { "method": "GET" "path": "/" }\n  ]\n}\n')
  for (const words of [[], ['--workers', '2']]) {
    const { code, err } = run('serve', '--port', '0', '--api', api, ...words)
    assert.equal(code, 2, err)
    assert.match(err, /^latchkey: LATCHKEY_API \(--api\) .*api\.json: line 3 is not JSON\./)
  }
})

test('serve judges by the file: an unlisted path, and one that the table knows', async t => {
  const installation = install(t, { LATCHKEY_API: example })
  const { url } = await installation.serve()
  const ask = (headers: Record<string, string>) => fetch(`${url}/gate`, { headers })
  const nameless = await ask({ Authorization: 'Bearer x' })
  assert.equal(nameless.status, 400, 'with a table the proxy has to say what it was asked')
  const original = { 'X-Original-Method': 'GET', 'X-Original-URI': '/v1.0/leads' }
  assert.equal((await ask({ ...original, Authorization: 'Bearer x' })).status, 401)
  const appended = await fetch(`${url}/gate/v1.0/leads`, { method: 'DELETE' })
  assert.equal(appended.status, 401)
})

test('doctor reads the file, and finds what apps ask for and nobody knows', t => {
  const { run, json, environment } = install(t)
  const api = join(dirname(environment.LATCHKEY_KEYS ?? ''), 'api.json')
  json(...leads, '--api', example, '--permission', 'leads:read')
  assert.match(run('doctor', '--api', example).out, /^ok {4}api: .*leads:write; 4 routes$/m)
  assert.match(run('doctor', '--api', example).out, /^ok {4}permissions: /m)
  assert.match(run('doctor').out, /^ok {4}api: profile:read; no routes/m)
  assert.match(run('doctor').out, /^WRONG permissions: app_\S+ asks for leads:read\n +Put it into/m)
  writeFileSync(api, '{"routes":[{"method":"GET","path":"/x","permission":"nobody"}]}')
  const { code, out } = run('doctor', '--api', api)
  assert.equal(code, 1)
  assert.match(out, /^WRONG api: .*routes\[0\]\.permission is 'nobody'/m)
})
