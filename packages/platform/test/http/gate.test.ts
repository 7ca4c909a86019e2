import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { needOf, unlisted } from '../../src/api-routes.ts'
import { defaultCatalogue } from '../../src/permissions.ts'
import {
  connect,
  exchange,
  freshCode,
  makeApp,
  me,
  post,
  refresh,
  type Setup,
  setup,
  signIn,
} from '../setup.ts'

const apiRoutes = [
  { method: 'GET', path: '/v1.0/leads/:id', permission: 'leads:read' },
  { method: 'GET', path: '/v1.0/me', permission: 'profile:read' },
  { method: '*', path: '/v1.0/leads/*', permission: 'leads:write' },
]

const permissions = [
  ...defaultCatalogue,
  { name: 'leads:read', title: 'See your leads', description: '' },
  { name: 'leads:write', title: 'Change your leads', description: '' },
]

const ask = (fixture: Setup, headers: Record<string, string>) =>
  fixture.platform.fetch(new Request('http://localhost:4400/gate', { headers }))

describe('forward authentication at /gate', () => {
  test('a live connection passes, and the API learns who it acts for', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const { access_token } = await connect(fixture)
    for (const names of [
      ['X-Forwarded-Method', 'X-Forwarded-Uri'],
      ['X-Original-Method', 'X-Original-URI'],
    ] as const) {
      const headers = {
        Authorization: `Bearer ${access_token}`,
        [names[0]]: 'GET',
        [names[1]]: '/v1.0/me?x=1',
      }
      const answer = await ask(fixture, headers)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('x-latchkey-account'), String(fixture.user.id))
      assert.equal(answer.headers.get('x-latchkey-app'), fixture.app.clientId)
      assert.match(answer.headers.get('x-latchkey-connection') ?? '', /^con_[\w-]{22}$/)
      assert.equal(answer.headers.get('x-latchkey-permissions'), 'profile:read')
    }
  })

  test('a missing permission is 403, no token 401, each with its challenge', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const { access_token } = await connect(fixture)
    const original = { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/v1.0/leads/7' }
    const narrow = await ask(fixture, { ...original, Authorization: `Bearer ${access_token}` })
    assert.equal(narrow.status, 403)
    assert.match(narrow.headers.get('www-authenticate') ?? '', /insufficient_scope/)
    const bare = await ask(fixture, original)
    assert.equal(bare.status, 401)
    assert.equal(bare.headers.get('www-authenticate'), 'Bearer realm="Latchkey"')
  })

  const spellings = [
    '/v1.0/leads/7',
    '/v1.0//leads/7',
    '/v1.0/x/../leads/7',
    '/v1.0/./leads/7',
    '/v1.0/%6ceads/7',
    '/v1.0/x/%2e%2e/leads/7',
    '//v1.0/leads/7?x=1',
    '/v1.0/leads/7#x',
    '/v1.0/x/..%2Fleads/7',
    '/v1.0/x/..%252Fleads/7',
    '/v1.0\\leads/7',
  ]
  for (const uri of spellings) {
    test(`no spelling escapes its permission, alone or with another: ${uri}`, async () => {
      const fixture = await setup({ permissions, apiRoutes })
      const { access_token } = await connect(fixture)
      const headers = {
        Authorization: `Bearer ${access_token}`,
        'X-Forwarded-Method': 'GET',
        'X-Forwarded-Uri': uri,
      }
      assert.equal((await ask(fixture, headers)).status, 403)
    })
  }

  test('two headers that name two paths are refused, and HEAD is judged like GET', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const { access_token } = await connect(fixture)
    const headers = { Authorization: `Bearer ${access_token}`, 'X-Original-URI': '/v1.0/leads/7' }
    assert.equal((await ask(fixture, { ...headers, 'X-Forwarded-Uri': '/free' })).status, 400)
    assert.equal((await ask(fixture, { ...headers, 'X-Original-Method': 'HEAD' })).status, 403)
  })

  const table: [string, string, string | typeof unlisted][] = [
    ['GET', '/v1.0/leads/7', 'leads:read'],
    ['POST', '/v1.0/leads/7', 'leads:write'],
    ['GET', '/v1.0/leads/7/notes', 'leads:write'],
    ['GET', '/v1.0/leads', 'leads:write'],
    ['HEAD', '/v1.0/leads/7', 'leads:read'],
    ['get', '/v1.0/leads/7', 'leads:write'],
    ['GET', '/v1.0/leadsx', unlisted],
    ['GET', '/other', unlisted],
    ['POST', '/v1.0/me', unlisted],
  ]
  for (const [method, path, permission] of table) {
    test(`${method} ${path} needs ${String(permission)}`, () => {
      assert.equal(needOf(apiRoutes, { method, path }), permission)
    })
  }
})

describe('the API limit', () => {
  for (const [mode, limit] of [
    ['development', 3],
    ['production', 5],
  ] as const) {
    test(`in ${mode} an app may make ${limit} calls a minute, whoever it acts for`, async () => {
      const fixture = await setup({ limitApi: { development: 3, production: 5 } })
      const app = await makeApp(fixture.platform, { name: mode, mode })
      const shared = { ...fixture, app }
      const tokens = [await connect(shared), await connect(shared)]
      const answers = await Promise.all(
        Array.from({ length: limit + 2 }, (_, i) =>
          me(fixture.platform, tokens[i % 2]?.access_token ?? ''),
        ),
      )
      const passed = answers.filter(answer => answer.status === 200)
      assert.equal(passed.length, limit)
      assert.deepEqual(
        passed.map(answer => answer.headers.get('x-ratelimit-remaining')),
        Array.from({ length: limit }, (_, i) => String(limit - 1 - i)),
      )
      const refused = answers.find(answer => answer.status === 429)
      assert.deepEqual(await refused?.json(), { message: 'Too Many Requests' })
      assert.equal(refused?.headers.get('x-ratelimit-limit'), String(limit))
      assert.equal(refused?.headers.get('x-ratelimit-remaining'), '0')
      const reset = Number(refused?.headers.get('x-ratelimit-reset'))
      assert.equal(reset, Math.floor(fixture.clock.now() / 60_000) * 60 + 60)
      assert.equal(Number(refused?.headers.get('retry-after')), reset - fixture.clock.now() / 1000)
      const other = { ...fixture, app: fixture.app }
      assert.equal((await me(fixture.platform, (await connect(other)).access_token)).status, 200)
      fixture.clock.forward(60)
      assert.equal((await me(fixture.platform, tokens[0]?.access_token ?? '')).status, 200)
    })
  }
})

describe('what is written down', () => {
  test('the log names each request and holds no code, token, secret, password or cookie', async () => {
    let written = ''
    const sink = new Writable({
      write: (chunk, _, done) => {
        written += chunk
        done()
      },
    })
    const fixture = await setup({ logger: pino({ level: 'trace' }, sink) })
    const person = fixture.browser()
    await signIn(person, fixture.user.email)
    const code = await freshCode(fixture, { state: 'state-of-the-vendor' })
    const query = `code=${code}&grant_type=authorization_code`
    const path = `/api/user-web/oauth/token?${query}`
    const tokens = await post(fixture.platform, path, '', fixture.app.basic)
    await me(fixture.platform, tokens.body.access_token)
    await exchange(fixture, code)
    await refresh(fixture, tokens.body.refresh_token)
    await post(fixture.platform, '/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: 'x',
      client_secret: 'a-secret-sent',
    })
    const secrets = [
      code,
      tokens.body.access_token,
      tokens.body.refresh_token,
      fixture.app.secret ?? '',
      fixture.app.basic.Authorization ?? '',
      'correct horse battery',
      'a-secret-sent',
      ...person.cookies.values(),
      'state-of-the-vendor',
    ]
    for (const secret of secrets) assert.equal(written.includes(secret), false, secret)
    const lines = written
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const line = lines.find(
      ({ route, method }) => route === '/api/user-web/oauth/token' && method === 'POST',
    )
    assert.equal(line.status, 200)
    assert.equal(typeof line.ms, 'number')
    assert.match(line.id, /^[0-9a-f-]{36}$/)
    assert.equal(line.app, fixture.app.clientId)
    const called = lines.find(({ route, status }) => route === '/v1.0/me' && status === 200)
    assert.equal(called.app, fixture.app.clientId)
    // An app that has not proved who it is stays unnamed.
    const unproved = lines.find(({ route, status }) => route === '/oauth/token' && status === 401)
    assert.equal(unproved.app, undefined)
  })

  test('/metrics is not for the world', async () => {
    const { platform } = await setup()
    const ask = async (address: string, headers: Record<string, string> = {}) => {
      const request = new Request('http://localhost:4400/metrics', { headers })
      return (await platform.fetch(request, address)).status
    }
    for (const near of ['127.0.0.1', '::1', '::ffff:10.1.2.3', '172.20.0.1', 'fd00::1']) {
      assert.equal(await ask(near), 200, near)
    }
    for (const far of ['192.0.2.1', '172.32.0.1', '2001:db8::1', '::ffff:192.0.2.1']) {
      assert.equal(await ask(far), 404, far)
    }
    assert.equal(await ask('127.0.0.1', { 'X-Forwarded-For': '10.0.0.1' }), 404)
    assert.equal(await ask('127.0.0.1', { Forwarded: 'for=10.0.0.1' }), 404)
  })

  test('/metrics counts grants by outcome, decisions of the gate by reason, and the store’s groups', async () => {
    const fixture = await setup({ limitApi: { development: 1, production: 3 } })
    const { platform, app, clock } = fixture
    const code = await freshCode(fixture)
    const tokens = (await exchange(fixture, code)).body
    await refresh(fixture, tokens.refresh_token)
    await refresh(fixture, 'lk_rt_nothing')
    await post(platform, '/oauth/token', { grant_type: 'made-up-by-a-stranger' }, app.basic)
    for (const token of [tokens.access_token, '', tokens.refresh_token]) await me(platform, token)
    for (let i = 0; i < 3; i++) await me(platform, tokens.access_token)
    await exchange(fixture, code)
    await me(platform, tokens.access_token)
    clock.forward(3_600)
    await me(platform, tokens.access_token)
    const text = await (await platform.fetch(new Request('http://localhost:4400/metrics'))).text()
    const expected = {
      'latchkey_grants_total{grant_type="authorization_code",outcome="issued"}': 1,
      'latchkey_grants_total{grant_type="authorization_code",outcome="invalid_grant"}': 1,
      'latchkey_grants_total{grant_type="refresh_token",outcome="issued"}': 1,
      'latchkey_grants_total{grant_type="refresh_token",outcome="invalid_grant"}': 1,
      'latchkey_grants_total{grant_type="other",outcome="unsupported_grant_type"}': 1,
      'latchkey_gate_decisions_total{decision="passed"}': 3,
      'latchkey_gate_decisions_total{decision="limited"}': 1,
      'latchkey_gate_decisions_total{decision="damaged"}': 2,
      'latchkey_gate_decisions_total{decision="expired"}': 1,
      'latchkey_gate_decisions_total{decision="ended"}': 1,
    }
    for (const [line, count] of Object.entries(expected)) {
      assert.ok(text.includes(`\n${line} ${count}\n`), `${line} ${count} in\n${text}`)
    }
    for (const kind of ['read', 'write']) {
      assert.match(text, new RegExp(`latchkey_store_group_size_count\\{kind="${kind}"\\} [1-9]`))
      assert.match(
        text,
        new RegExp(`latchkey_store_seconds_bucket\\{kind="${kind}",le="5"\\} [1-9]`),
      )
    }
    assert.doesNotMatch(text, /stranger/)
  })

  test('/metrics counts requests by route and status, unknown paths as one', async () => {
    const fixture = await setup()
    await me(fixture.platform, 'x')
    for (const path of ['/a', '/b', '/c'])
      await fixture.platform.fetch(new Request(`http://localhost:4400${path}`))
    const answer = await fixture.platform.fetch(new Request('http://localhost:4400/metrics'))
    const text = await answer.text()
    assert.match(answer.headers.get('content-type') ?? '', /text\/plain/)
    assert.match(text, /latchkey_requests_total\{route="\/v1.0\/me",status="401"\} 1/)
    assert.match(text, /latchkey_requests_total\{route="unknown",status="404"\} 3/)
    assert.match(text, /latchkey_request_seconds_bucket/)
    assert.match(text, /latchkey_nodejs_eventloop_lag/)
    assert.match(text, /latchkey_gate_decisions_total\{decision="damaged"\} 1/)
  })
})
