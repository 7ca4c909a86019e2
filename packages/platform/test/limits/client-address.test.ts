import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Call } from '../../src/http.ts'
import { clientAddress } from '../../src/limits/client-address.ts'
import { readSettings, SettingError } from '../../src/settings.ts'
import { setup } from '../setup.ts'

function call(address: string, forwarded?: string): Call {
  return {
    method: 'GET',
    path: '/',
    query: '',
    address,
    header: name => (name === 'x-forwarded-for' ? forwarded : undefined),
    body: async () => '',
    bytes: async () => new Uint8Array(),
  }
}

const cases: readonly [string, string[], string, string | undefined, string][] = [
  ['nobody is trusted', [], '192.0.2.1', '198.51.100.9', '192.0.2.1'],
  ['a stranger claims to be a proxy', ['10.0.0.0/8'], '192.0.2.1', '198.51.100.9', '192.0.2.1'],
  ['one proxy', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.9', '198.51.100.9'],
  [
    'the client wrote some itself',
    ['10.0.0.0/8'],
    '10.1.2.3',
    '10.9.9.9, 1.1.1.1, 198.51.100.9',
    '198.51.100.9',
  ],
  [
    'two proxies',
    ['10.0.0.0/8', '172.16.0.1'],
    '10.1.2.3',
    '203.0.113.5, 198.51.100.9, 172.16.0.1',
    '198.51.100.9',
  ],
  [
    'a proxy of the second rank is not trusted',
    ['10.0.0.0/8'],
    '10.1.2.3',
    '198.51.100.9, 172.16.0.1',
    '172.16.0.1',
  ],
  ['the proxy reports nothing', ['10.0.0.0/8'], '10.1.2.3', undefined, '10.1.2.3'],
  ['the proxy reports nonsense', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.9, unknown', '10.1.2.3'],
  ['only proxies', ['10.0.0.0/8'], '10.1.2.3', '10.0.0.7', '10.0.0.7'],
  ['loopback by name', ['loopback'], '::1', '198.51.100.9', '198.51.100.9'],
  [
    'loopback over an IPv6 socket',
    ['loopback'],
    '::ffff:127.0.0.1',
    '198.51.100.9',
    '198.51.100.9',
  ],
  ['a port after the address', ['loopback'], '127.0.0.1', '198.51.100.9:51234', '198.51.100.9'],
  ['IPv6 with a port', ['loopback'], '127.0.0.1', '[2001:DB8:1:2:3::9]:443', '2001:db8:1:2::/64'],
  ['IPv6 counts by its network', [], '2001:db8:1:2:ffff:1:2:3', undefined, '2001:db8:1:2::/64'],
  ['IPv6 with zeros left out', [], '2001:db8::7', undefined, '2001:db8:0:0::/64'],
  ['the same, written out', [], '2001:0db8:0000:0000:0:0:0:8', undefined, '2001:db8:0:0::/64'],
  ['no address', [], 'unknown', undefined, 'unknown'],
]

for (const [name, trusted, address, forwarded, expected] of cases) {
  test(`client address: ${name}`, () => {
    assert.equal(clientAddress(trusted)(call(address, forwarded)), expected)
  })
}

describe('LATCHKEY_TRUST_PROXY', () => {
  test('takes addresses, networks and loopback', () => {
    const read = (value: string) => readSettings({ LATCHKEY_TRUST_PROXY: value }).trustProxy
    assert.deepEqual(read('10.0.0.0/8, loopback,2001:db8::/32'), [
      '10.0.0.0/8',
      'loopback',
      '2001:db8::/32',
    ])
    assert.deepEqual(read(''), [])
  })

  for (const value of ['yes', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '::1/129', '1']) {
    test(`refuses ${value}`, () => {
      assert.throws(() => readSettings({ LATCHKEY_TRUST_PROXY: value }), SettingError)
    })
  }
})

test('behind a proxy, one client’s failures do not count for another', async () => {
  const limitAppAuth = { points: 2, seconds: 60 }
  const { platform, app } = await setup({ limitAppAuth, trustProxy: ['192.0.2.1'] })
  const tryFrom = async (client: string) => {
    const request = new Request(`${platform.settings.url}/oauth/token`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${btoa(`${app.clientId}:wrong`)}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Forwarded-For': client,
      },
      body: 'grant_type=refresh_token&refresh_token=none',
    })
    return platform.fetch(request, '192.0.2.1')
  }
  for (const expected of [401, 401, 429]) {
    assert.equal((await tryFrom('198.51.100.9')).status, expected)
  }
  assert.equal((await tryFrom('198.51.100.10')).status, 401)
  const refused = await tryFrom('198.51.100.9')
  assert.equal(refused.headers.get('ratelimit-limit'), '2')
  assert.equal(refused.headers.get('ratelimit-remaining'), '0')
  assert.equal(refused.headers.get('ratelimit-policy'), '2;w=60')
  assert.equal(refused.headers.get('ratelimit-reset'), refused.headers.get('retry-after'))
})
