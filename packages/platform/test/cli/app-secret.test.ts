import assert from 'node:assert/strict'
import { test } from 'node:test'
import { install } from './serving.ts'

test('app secret: add, list, revoke', t => {
  const { json, run } = install(t)
  const app = json(
    'app',
    'add',
    '--vendor',
    'V',
    '--name',
    'N',
    '--redirect-uri',
    'https://v.example',
  )
  const id = app.client_id ?? ''
  const first = app.client_secret?.slice(-4) ?? ''
  const { client_secret: second = '' } = json('app', 'secret', 'add', id)
  assert.match(second, /^lk_sk_[\w-]{43}$/)
  assert.match(run('app', 'secret', 'add', id).err, /Two secrets are live already/)
  const listed = run('app', 'secret', 'list', id)
  assert.ok(listed.out.includes(first) && listed.out.includes(second.slice(-4)))
  assert.ok(!listed.out.includes(second))
  const later = json('app', 'secret', 'revoke', id, `…${first}`, '--in', '3600')
  assert.ok(Date.parse(later.ends_at ?? '') > Date.now() + 3_000_000)
  assert.match(run('app', 'secret', 'list', id).out, /Z {2}\d{4}-/)
  assert.match(run('app', 'secret', 'revoke', id, `…${first}`).out, /does not work any more/)
  assert.equal(run('app', 'secret', 'revoke', id, `…${first}`).code, 1)
  assert.match(run('app', 'secret', 'revoke', id, '…----').err, /No secret of N ends with …----/)
  assert.equal(run('app', 'secret', 'revoke', id, `…${first}`, '--in', 'soon').code, 2)
  const publicApp = json(
    'app',
    'add',
    '--vendor',
    'V',
    '--name',
    'P',
    '--public',
    '--redirect-uri',
    'https://v.example',
  )
  assert.match(run('app', 'secret', 'add', publicApp.client_id ?? '').err, /uses PKCE/)
})
