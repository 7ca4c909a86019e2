/** `/gate` in the ways proxies ask it, and what may pass with which table and catalogue. */
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { type ApiRoutes, needOf, unlisted } from '../../src/api-routes.ts'
import { type Catalogue, defaultCatalogue } from '../../src/permissions.ts'
import { createPlatform } from '../../src/platform.ts'
import { type Listening, listening } from '../listening.ts'
import { connect, makeApp, me, type Setup, setup } from '../setup.ts'

const read = { name: 'leads:read', title: 'See your leads', description: '' }
const write = { name: 'leads:write', title: 'Change your leads', description: '' }
const permissions: Catalogue = [...defaultCatalogue, read, write]
const apiRoutes: ApiRoutes = [
  { method: 'GET', path: '/leads', permission: 'leads:read' },
  { method: '*', path: '/leads/*', permission: 'leads:write' },
  { method: 'GET', path: '/ping', permission: '*' },
]

async function tokenFor(fixture: Setup, names: readonly string[]): Promise<string> {
  const app = await makeApp(fixture.platform, { permissions: names })
  return (await connect({ ...fixture, app })).access_token
}

const ask = (
  { platform }: Pick<Setup, 'platform'>,
  token: string,
  { method = 'GET', path = '/gate', headers = {} } = {},
) =>
  platform.fetch(
    new Request(`http://localhost:4400${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...headers },
    }),
  )

const forwarded = (method: string, uri: string) => ({
  'X-Forwarded-Method': method,
  'X-Forwarded-Uri': uri,
})

describe('what no route lists', () => {
  test('is 403, whatever the app may do', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const token = await tokenFor(
      fixture,
      permissions.map(({ name }) => name),
    )
    for (const [method, uri] of [
      ['GET', '/'],
      ['GET', '/admin'],
      ['POST', '/ping'],
      ['GET', '/leads/7/../../admin'],
      ['get', '/ping'],
      ['OPTIONS', '/ping'],
    ] as const) {
      const answer = await ask(fixture, token, { headers: forwarded(method, uri) })
      assert.equal(answer.status, 403, `${method} ${uri}`)
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/)
      const body = { code: 200100, message: 'No permission opens this call.' }
      assert.deepEqual(await answer.json(), body)
    }
  })

  test('is 401 without a token: a stranger learns nothing of the table', async () => {
    const { platform } = await setup({ permissions, apiRoutes })
    const headers = forwarded('GET', '/admin')
    const answer = await platform.fetch(new Request('http://localhost:4400/gate', { headers }))
    assert.equal(answer.status, 401)
  })

  test('with an empty table, is everything', async () => {
    const fixture = await setup({ permissions, apiRoutes: [] })
    const token = await tokenFor(fixture, ['leads:read'])
    assert.equal((await ask(fixture, token, { headers: forwarded('GET', '/leads') })).status, 403)
  })

  test('the table says otherwise with a star: then any live connection passes', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const token = await tokenFor(fixture, [])
    assert.equal((await ask(fixture, token, { headers: forwarded('GET', '/ping') })).status, 200)
    const open = await setup({ apiRoutes: [{ method: '*', path: '/*', permission: '*' }] })
    const other = await tokenFor(open, [])
    assert.equal((await ask(open, other, { headers: forwarded('PUT', '/any/thing') })).status, 200)
    assert.equal((await ask(open, 'x', { headers: forwarded('PUT', '/any/thing') })).status, 401)
  })

  test('without a table a live connection passes, and the API is told its permissions', async () => {
    const fixture = await setup({ permissions })
    const token = await tokenFor(fixture, ['leads:read'])
    const answer = await ask(fixture, token)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-latchkey-permissions'), 'leads:read')
    assert.equal((await ask(fixture, 'x')).status, 401)
  })
})

describe('a path that servers read in different ways', () => {
  const everything: ApiRoutes = [{ method: '*', path: '/*', permission: '*' }]
  const spellings: [string, boolean][] = [
    ['/leads/7', true],
    ['/leads/7/', true],
    ['/', true],
    ['/leads/7?next=/../x//y%2F', true],
    ['/leads/a%20b', true],
    ['/leads/%C3%A9;x=1', true],
    ['/leads/...', true],
    ['/leads/../ping', false],
    ['/leads/./7', false],
    ['/leads/..', false],
    ['/leads/%2e%2e/ping', false],
    ['/leads/.%2E/ping', false],
    ['/leads/..;x/ping', false],
    ['/leads//7', false],
    ['//leads', false],
    ['/leads%2F7', false],
    ['/leads/7/..%2f..%2fping', false],
    ['/leads/7%5c..', false],
    ['/leads\\7', false],
    ['/leads/%252e%252e', false],
    ['/leads/%zz', false],
    ['/leads/%ff', false],
    ['/leads/%00', false],
    ['/leads#x', false],
    ['leads', false],
    ['', false],
    ['http://api.example/leads', false],
  ]
  for (const [uri, passes] of spellings) {
    test(`${JSON.stringify(uri)} is ${passes ? 'judged' : 'refused, whatever is listed'}`, () => {
      assert.equal(needOf(everything, { method: 'GET', path: uri }), passes ? null : unlisted)
    })
  }
})

describe('who names the original request', () => {
  const cases: [string, Record<string, string>, number][] = [
    ['nobody', {}, 400],
    ['a path without a method', { 'X-Original-URI': '/leads' }, 400],
    ['a method without a path', { 'X-Forwarded-Method': 'GET' }, 400],
    ['nginx', { 'X-Original-Method': 'GET', 'X-Original-URI': '/leads' }, 200],
    ['Caddy and Traefik', forwarded('GET', '/leads'), 200],
    [
      'both, alike',
      { ...forwarded('GET', '/leads?a'), 'X-Original-URI': '/leads', 'X-Original-Method': 'GET' },
      200,
    ],
    [
      'two methods',
      { ...forwarded('GET', '/leads'), 'X-Original-Method': 'DELETE', 'X-Original-URI': '/leads' },
      400,
    ],
    ['two paths', { ...forwarded('GET', '/leads'), 'X-Original-URI': '/leads/7' }, 400],
    [
      'an empty path of the client’s beside the proxy’s',
      { 'X-Original-Method': 'GET', 'X-Original-URI': '/leads/7', 'X-Forwarded-Uri': '' },
      400,
    ],
  ]
  for (const [title, headers, status] of cases) {
    test(`${title}: ${status}`, async () => {
      const fixture = await setup({ permissions, apiRoutes })
      const token = await tokenFor(fixture, ['leads:read'])
      const answer = await ask(fixture, token, { headers })
      assert.equal(answer.status, status)
      if (status === 400) {
        const { code, message } = (await answer.json()) as { code: string; message: string }
        assert.equal(code, 'HTTP_400')
        assert.match(message, /X-Forwarded-/)
      }
    })
  }

  test('a refusal stands in a header too, for nginx: the body, in ASCII', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const token = await tokenFor(fixture, ['leads:read'])
    const bare = await fixture.platform.fetch(
      new Request('http://localhost:4400/gate', { headers: forwarded('GET', '/leads') }),
    )
    for (const answer of [
      bare,
      await ask(fixture, token, { headers: forwarded('PUT', '/leads/7') }),
      await ask(fixture, token),
    ]) {
      const line = answer.headers.get('x-latchkey-refusal') ?? ''
      assert.match(line, /^[\x20-\x7e]+$/)
      assert.deepEqual(JSON.parse(line), await answer.json())
    }
    const passed = await ask(fixture, token, { headers: forwarded('GET', '/leads') })
    assert.equal(passed.headers.get('x-latchkey-refusal'), null)
  })
})

describe('Envoy, which asks with the original method and the path behind /gate', () => {
  let fixture: Listening
  let token: string
  before(async () => {
    fixture = await listening({ permissions, apiRoutes })
    token = await tokenFor(fixture, ['leads:read'])
  })
  after(() => fixture?.serving.stop())

  /** As it comes over the wire: no library resolves dots on the way. */
  const askRaw = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; account: unknown; length: number }>((resolve, reject) => {
      const asked = httpRequest(
        {
          host: '127.0.0.1',
          port: fixture.serving.port,
          method,
          path,
          headers: { Authorization: `Bearer ${token}`, 'Content-Length': '0', ...headers },
        },
        response => {
          let length = 0
          response.on('data', chunk => {
            length += chunk.length
          })
          const account = response.headers['x-latchkey-account']
          response.on('end', () => resolve({ status: response.statusCode ?? 0, account, length }))
        },
      )
      asked.on('error', reject)
      asked.end()
    })

  const table: [string, string, number][] = [
    ['GET', '/gate/leads', 200],
    ['HEAD', '/gate/leads?page=2', 200],
    ['GET', '/gate/ping', 200],
    ['GET', '/gate/leads/7', 403],
    ['DELETE', '/gate/leads/7', 403],
    ['PUT', '/gate/leads/7', 403],
    ['PATCH', '/gate/leads', 403],
    ['GET', '/gate/', 403],
    ['GET', '/gate//leads', 403],
    ['GET', '/gate/%6ceads', 200],
    ['GET', '/gate/x/../leads/7', 403],
    // What lies beside /gate is the API's path here, not one of ours.
    ['GET', '/gate/../healthz', 403],
    ['GET', '/gate/%2e%2e/healthz', 403],
  ]
  for (const [method, path, status] of table) {
    test(`${method} ${path}: ${status}`, async () => {
      const answer = await askRaw(method, path)
      assert.equal(answer.status, status)
      assert.equal(answer.account, status === 200 ? String(fixture.user.id) : undefined)
    })
  }

  test('headers of the client that name something else are refused', async () => {
    for (const headers of [
      forwarded('GET', '/leads'),
      { 'X-Original-URI': '/leads' },
      { 'X-Forwarded-Method': 'GET' },
    ] as Record<string, string>[]) {
      assert.equal((await askRaw('DELETE', '/gate/leads/7', headers)).status, 400)
    }
  })

  test('the counters know one route, however many paths are asked', async () => {
    const text = await (await fetch(`http://127.0.0.1:${fixture.serving.port}/metrics`)).text()
    assert.match(text, /route="\/gate\/\*",status="200"/)
    assert.doesNotMatch(text, /route="[^"]*leads/)
  })
})

describe('a permission that the catalogue no longer holds', () => {
  test('is neither granted at the gate nor told to the API', async () => {
    const fixture = await setup({ permissions, apiRoutes })
    const { platform } = fixture
    const token = await tokenFor(fixture, ['leads:write', 'leads:read', 'profile:read'])
    const { store, keys } = platform
    const later = await createPlatform({
      database: ':memory:',
      log: 'silent',
      store,
      keyRing: keys,
      now: fixture.clock.now,
      permissions: [read],
      apiRoutes: [
        { method: 'GET', path: '/leads', permission: 'leads:read' },
        { method: 'GET', path: '/ping', permission: '*' },
      ],
    })
    const answer = await ask({ platform: later }, token, { headers: forwarded('GET', '/leads') })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-latchkey-permissions'), 'leads:read')
    assert.equal((await me(later, token)).status, 403)
    const request = new Request('http://x', { headers: { Authorization: `Bearer ${token}` } })
    const { connection } = await later.gate(request, 'leads:read')
    assert.equal(connection.permissions, 'leads:read')
    await assert.rejects(later.gate(request, 'leads:write'), { code: 'insufficient_scope' })
    // It stands in the row: with the catalogue of before, it is there again.
    assert.equal((await me(platform, token)).status, 200)
  })
})
