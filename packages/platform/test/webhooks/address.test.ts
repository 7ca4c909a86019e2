/** Where webhooks may not go, however it is spelled. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { addressesOf, endpointProblem, isPublic } from '../../src/webhooks/address.ts'
import { DeliveryError } from '../../src/webhooks/failure.ts'
import { createPost } from '../../src/webhooks/post.ts'

const inside = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.254', '100.100.100.200'],
  loopback: ['127.0.0.1', '127.8.8.8', '::1'],
  'link-local and metadata': [
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'febf::1',
    'fe80::1%eth0',
  ],
  'metadata elsewhere': ['168.63.129.16', '192.0.0.192', 'fd00:ec2::254'],
  'documentation and benchmarks': [
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.7',
    '198.18.0.1',
    '2001:db8::1',
    '3fff::1',
  ],
  'multicast and reserved': [
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ],
  unspecified: ['::'],
  'IPv4-mapped and compatible': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
  ],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1'],
  '6to4 and Teredo': ['2002:7f00:1::', '2002:a00:1::1', '2001:0:4136:e378::1', '192.88.99.1'],
  'unique local and site-local': ['fc00::1', 'fd12:3456:789a::1', 'fec0::1'],
  'discard and the rest': ['100::1', '4000::1', '1::1', '5f00::1'],
  'no address': ['', 'localhost', '1.2.3', '08.8.8.8'],
}
const outside = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
]

describe('addresses', () => {
  for (const [range, addresses] of Object.entries(inside)) {
    test(`${range}: not public`, async () => {
      for (const address of addresses) {
        assert.equal(isPublic(address), false, address)
        const named = new URL('https://hooks.vendor.example/')
        const found = await addressesOf(named, false, async () => ['8.8.8.8', address])
        assert.equal(found, null, `${address} among others`)
      }
    })
  }
  test('of the internet: public', () => {
    for (const address of outside) assert.equal(isPublic(address), true, address)
  })
  test('a name without any address is none', async () => {
    assert.equal(await addressesOf(new URL('https://a.example'), false, async () => []), null)
  })
})

describe('endpoint URLs', () => {
  const refused = [
    'http://vendor.example/hook',
    'ftp://vendor.example/',
    'javascript:alert(1)',
    'vendor.example/hook',
    'https://user:pass@vendor.example/',
    'https://vendor.example/#top',
    'https://vendor.example/ x',
    'https://vendör.example/',
    'https://vendor.example:22/',
    'https://vendor.example:80/',
    'https://intranet/',
    'https://localhost/',
    `https://vendor.example/${'x'.repeat(1_100)}`,
    // One address, spelled in every way that a URL knows.
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '017700000001',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
    ].map(host => `https://${host}/`),
    ...[
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[fe80::1]',
      '[64:ff9b::7f00:1]',
      '10.1',
      '0',
    ].map(host => `https://${host}/`),
    'https://①②⑦.0.0.1/',
  ]
  test('that are refused', () => {
    for (const url of refused) assert.ok(endpointProblem(url, false), url)
  })
  test('that are taken', () => {
    for (const url of [
      'https://vendor.example/hook?a=1',
      'https://vendor.example:8443/',
      'https://8.8.8.8/',
    ]) {
      assert.equal(endpointProblem(url, false), null, url)
    }
  })
  test('on this machine are taken in development only, and nothing else is then', () => {
    for (const url of [
      'http://localhost:4500/hook',
      'http://127.0.0.1:1/',
      'https://[::1]:4500/',
    ]) {
      assert.ok(endpointProblem(url, false), url)
      assert.equal(endpointProblem(url, true), null, url)
    }
    for (const url of [
      'http://vendor.example/',
      'https://10.0.0.1/',
      'http://10.0.0.1/',
      'ftp://localhost/',
    ]) {
      assert.ok(endpointProblem(url, true), url)
    }
  })
})

describe('a post', () => {
  let port = 0
  let answer: {
    status: number
    headers?: Record<string, string>
    body?: string | 'endless' | 'never'
  }
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`)
    if (answer.body === 'never') return
    response.writeHead(answer.status, answer.headers)
    if (answer.body !== 'endless') return void response.end(answer.body)
    const more = () => response.writable && response.write('x'.repeat(10_000)) && setImmediate(more)
    response.on('drain', more)
    more()
  })
  before(async () => {
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    port = (server.address() as AddressInfo).port
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  const signal = new AbortController().signal
  const to = (host: string, path = '/') => ({
    url: `http://${host}:${port}${path}`,
    headers: {},
    body: '{}',
  })
  const failure = (name: string) => (error: unknown) => {
    assert.ok(error instanceof DeliveryError, String(error))
    assert.equal(error.failure, name)
    return true
  }

  test('goes to the address that was judged, and the name is asked for once (DNS rebinding)', async () => {
    answer = { status: 204 }
    let asked = 0
    const post = createPost({
      allowLoopback: true,
      resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']),
    })
    assert.deepEqual(await post(to('hooks.vendor.example'), signal), {
      status: 204,
      retryAfter: null,
    })
    assert.equal(asked, 1)
    assert.equal(seen.at(-1), `POST / hooks.vendor.example:${port}`)
    await assert.rejects(post(to('hooks.vendor.example'), signal), failure('address'))
  })

  test('is not made to a private address, whatever else the name has', async () => {
    const before = seen.length
    for (const addresses of [
      ['10.0.0.1'],
      ['127.0.0.1', '10.0.0.1'],
      ['8.8.8.8', '127.0.0.1'],
      ['8.8.8.8'],
    ]) {
      const post = createPost({ allowLoopback: true, resolve: async () => addresses })
      await assert.rejects(post(to('hooks.vendor.example'), signal), failure('address'))
    }
    const strict = createPost({ allowLoopback: false })
    await assert.rejects(strict(to('127.0.0.1'), signal), failure('address'))
    await assert.rejects(strict(to('localhost'), signal), failure('address'))
    assert.equal(seen.length, before)
  })

  test('does not follow a redirect, to a private address or any other', async () => {
    const before = seen.length
    const Location = `http://127.0.0.1:${port}/inside`
    answer = { status: 307, headers: { Location } }
    const post = createPost({ allowLoopback: true })
    assert.equal((await post(to('127.0.0.1', '/hook'), signal)).status, 307)
    assert.deepEqual(seen.slice(before), [`POST /hook 127.0.0.1:${port}`])
  })

  test('reads Retry-After, and no more of a body without end than a little', async () => {
    answer = { status: 503, headers: { 'Retry-After': '120' }, body: 'endless' }
    const post = createPost({ allowLoopback: true })
    const ended = new Promise(done =>
      server.once('connection', socket => socket.once('close', done)),
    )
    assert.deepEqual(await post(to('127.0.0.1'), signal), { status: 503, retryAfter: '120' })
    await ended
  })

  test('ends with its time limit, at its sender’s wish, and where nobody listens', async () => {
    answer = { status: 200, body: 'never' }
    const post = createPost({ allowLoopback: true, timeout: 50 })
    await assert.rejects(post(to('127.0.0.1'), signal), failure('timeout'))
    const slow = createPost({
      allowLoopback: true,
      timeout: 50,
      resolve: () => new Promise(() => {}),
    })
    await assert.rejects(slow(to('slow.example'), signal), failure('timeout'))
    const stop = new AbortController()
    const stopped = createPost({ allowLoopback: true })(to('127.0.0.1'), stop.signal)
    stop.abort()
    await assert.rejects(stopped, failure('late'))
    const nobody = { ...to('127.0.0.1'), url: 'http://127.0.0.1:1/' }
    await assert.rejects(createPost({ allowLoopback: true })(nobody, signal), failure('connect'))
  })
})
