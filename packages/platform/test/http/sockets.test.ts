import assert from 'node:assert/strict'
import { connect as dial } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Listening, listening } from '../listening.ts'
import { connect } from '../setup.ts'

describe('over raw sockets', () => {
  let fixture: Listening
  before(async () => {
    fixture = await listening()
  })
  after(() => fixture.serving.stop())

  /** Sends the bytes, and answers all that comes back until the server closes or `patience` ends. */
  function raw(bytes: string | Buffer, patience = 3_000): Promise<string> {
    return new Promise(resolve => {
      let text = ''
      const socket = dial(fixture.serving.port, '127.0.0.1', () => socket.write(bytes))
      const timer = setTimeout(() => socket.destroy(), patience)
      socket.on('data', chunk => {
        text += chunk.toString('latin1')
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearTimeout(timer)
        resolve(text)
      })
    })
  }

  const head = (path: string, headers: readonly string[], method = 'POST') =>
    `${[`${method} ${path} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`

  const alive = async () => {
    const response = await fetch(`${fixture.url}/healthz`)
    assert.equal(response.status, 200)
  }

  const form = 'Content-Type: application/x-www-form-urlencoded'
  const close = 'Connection: close'
  const large = 'x'.repeat(70_000)

  const cases: [string, string | Buffer, RegExp][] = [
    [
      'a body over 64 kB, announced',
      head('/oauth/token', [form, 'Content-Length: 70000', close]) + large,
      /^HTTP\/1.1 413 .*invalid_request/s,
    ],
    [
      'a body over 64 kB, in chunks',
      `${head('/oauth/token', [form, 'Transfer-Encoding: chunked', close])}11170\r\n${large}\r\n0\r\n\r\n`,
      /^HTTP\/1.1 413 /,
    ],
    [
      'a sign-in body over 64 kB',
      head('/sign-in', [form, 'Content-Length: 70000', close]) + large,
      /^HTTP\/1.1 413 .*<html/s,
    ],
    [
      'a body that is not UTF-8',
      Buffer.concat([
        Buffer.from(head('/oauth/token', [form, 'Content-Length: 3', close])),
        Buffer.from([0xc3, 0x28, 0x61]),
      ]),
      /^HTTP\/1.1 400 .*UTF-8/s,
    ],
    [
      'a Basic header of 16 kB',
      `${head('/oauth/token', [
        form,
        `Authorization: Basic ${'A'.repeat(16_000)}`,
        'Content-Length: 3',
        close,
      ])}a=b`,
      /^HTTP\/1.1 401 .*invalid_client/s,
    ],
    ['headers over 32 kB', head('/oauth/token', [`X: ${'A'.repeat(40_000)}`]), /^HTTP\/1.1 431 /],
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
    ['a broken content length', head('/oauth/token', ['Content-Length: x']), /^HTTP\/1.1 400 /],
    [
      'two content lengths',
      `${head('/oauth/token', ['Content-Length: 1', 'Content-Length: 2'])}a`,
      /^HTTP\/1.1 400 /,
    ],
    [
      'length and chunks at once',
      `${head('/oauth/token', ['Content-Length: 3', 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
      /^HTTP\/1.1 400 /,
    ],
    [
      'RFC 9112 §3.2.2 a whole URL as the target is served as its path',
      head('http://evil.example/healthz', [close], 'GET'),
      /^HTTP\/1.1 200 .*"ok"/s,
    ],
    [
      'a whole URL with a query, in capitals',
      `${head('HTTP://evil.example:81/oauth/token?code=x', [form, 'Content-Length: 3', close])}a=b`,
      /^HTTP\/1.1 400 .*not in the URL/s,
    ],
    [
      'a whole URL without a path',
      head('https://evil.example', [close], 'GET'),
      /^HTTP\/1.1 (200|303) /,
    ],
    [
      'a whole URL with a query and no path',
      head('http://evil.example?a=b', [close], 'GET'),
      /^HTTP\/1.1 (200|303) /,
    ],
    [
      'a URL that is no web address',
      head('ftp://evil.example/healthz', [close], 'GET'),
      /^HTTP\/1.1 404 /,
    ],
    ['an unknown method', head('/oauth/token', [close], 'PURGE'), /^HTTP\/1.1 405 .*Allow: POST/s],
    ['TRACE', head('/', [close], 'TRACE'), /^HTTP\/1.1 405 /],
    ['HEAD', head('/healthz', [close], 'HEAD'), /^HTTP\/1.1 200 OK(?!.*\r\n\r\n.)/s],
    [
      'an unknown page',
      head('/nothing', [close, 'Accept: text/html'], 'GET'),
      /^HTTP\/1.1 404 .*Page not found/s,
    ],
    [
      'an unknown API endpoint',
      head('/v1.0/nothing', [close], 'GET'),
      /^HTTP\/1.1 404 .*application\/json/s,
    ],
    [
      'a header of another line ending',
      head('/healthz', ['X: a\nInjected: b', close], 'GET'),
      /^HTTP\/1.1 (200|400) /,
    ],
  ]
  for (const [what, bytes, expected] of cases) {
    test(what, async () => {
      const answer = await raw(bytes)
      assert.match(answer, expected)
      assert.doesNotMatch(answer, /HTTP\/1.1 5/)
      assert.doesNotMatch(answer, /at .*\.ts:\d/)
      await alive()
    })
  }

  test('RFC 9112 §3.2.2 the host of a whole URL is never believed', async () => {
    const target = 'http://evil.example/.well-known/oauth-authorization-server'
    const answer = await raw(head(target, [close], 'GET'))
    assert.match(answer, /^HTTP\/1.1 200 /)
    assert.ok(answer.includes(`"issuer":"${fixture.url}"`))
    assert.doesNotMatch(answer, /evil/)
  })

  test('CR LF in any parameter never becomes a header', async () => {
    const names = [
      'clientId',
      'client_id',
      'redirect_uri',
      'state',
      'response_type',
      'scope',
      'code_challenge',
      'continue',
      'app',
    ]
    const paths = [
      '/page/vendor-auth.html',
      '/oauth/authorize',
      '/sign-in',
      '/sign-up',
      '/account/connections/disconnect',
    ]
    for (const path of paths) {
      for (const name of names) {
        const query = `clientId=${fixture.app.clientId}&${name}=a%0d%0aX-Injected:%201`
        const answer = await raw(head(`${path}?${query}`, [close], 'GET'))
        assert.match(answer, /^HTTP\/1.1 (200|303|400|404) /)
        assert.doesNotMatch(answer.split('\r\n\r\n')[0] ?? '', /^X-Injected/im)
      }
    }
  })

  test('a client that breaks off in the middle of its body holds nobody up', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = dial(fixture.serving.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`${head('/oauth/token', [form, 'Content-Length: 100'])}grant_type=`)
      await sleep(5)
      socket.destroy()
    }
    await alive()
  })

  test('a hundred slow clients hold nobody up', async () => {
    const sockets = Array.from({ length: 100 }, () => {
      const socket = dial(fixture.serving.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Le')
      return socket
    })
    const tokens = await connect(fixture)
    const answer = await fetch(`${fixture.url}/v1.0/me`, {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(answer.status, 200)
    for (const socket of sockets) socket.destroy()
  })

  test('requests sent in one go are answered in their order', async () => {
    const one = head('/healthz', [], 'GET')
    const answer = await raw(one + one + head('/nothing-here', [close, 'Accept: text/html'], 'GET'))
    assert.deepEqual(answer.match(/HTTP\/1.1 \d+/g), [
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
    ])
  })
})

test('a stop finishes what was begun, then the port is closed', async () => {
  const fixture = await listening()
  const person = fixture.browser()
  const page = await person.get('/sign-in')
  const { csrf = '' } = page.hidden()
  const cookie = [...person.cookies].map(pair => pair.join('=')).join('; ')
  const answering = fetch(`${fixture.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie },
    body: new URLSearchParams({
      csrf,
      email: fixture.user.email,
      password: 'correct horse battery',
    }),
  })
  await new Promise(resolve => fixture.serving.server.once('request', resolve))
  await fixture.serving.stop()
  assert.equal((await answering).status, 303)
  await assert.rejects(fetch(`${fixture.url}/healthz`))
})
