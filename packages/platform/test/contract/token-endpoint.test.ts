import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, freshCode, makeApp, redirectUri, setup, type TestApp } from '../setup.ts'

const article = '/api/user-web/oauth/token'
const formType = 'application/x-www-form-urlencoded'

interface Sent {
  readonly method?: string
  readonly query?: Record<string, string> | string
  readonly form?: Record<string, string> | string
  readonly json?: unknown
  readonly headers?: Record<string, string>
}

async function send(fetch: (request: Request) => Promise<Response>, path: string, sent: Sent) {
  const query = sent.query ? `?${new URLSearchParams(sent.query)}` : ''
  const body =
    sent.json !== undefined
      ? typeof sent.json === 'string'
        ? sent.json
        : JSON.stringify(sent.json)
      : sent.form !== undefined
        ? String(typeof sent.form === 'string' ? sent.form : new URLSearchParams(sent.form))
        : null
  const type = sent.json !== undefined ? 'application/json' : formType
  const response = await fetch(
    new Request(`http://localhost:4400${path}${query}`, {
      method: sent.method ?? 'POST',
      headers: { 'Content-Type': type, ...sent.headers },
      ...(body !== null && { body }),
    }),
  )
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  }
}

describe('the article’s token endpoint takes what real integrations send', () => {
  const ways: [string, (app: TestApp, code: string) => Sent][] = [
    [
      'the article: query parameters, empty body',
      (app, code) => ({
        query: {
          code,
          client_id: app.clientId,
          redirect_uri: redirectUri,
          grant_type: 'authorization_code',
        },
        headers: app.basic,
      }),
    ],
    [
      'the article’s printed curl: GET',
      (app, code) => ({
        method: 'GET',
        query: {
          code,
          client_id: app.clientId,
          redirect_uri: redirectUri,
          grant_type: 'authorization_code',
        },
        headers: app.basic,
      }),
    ],
    [
      'Basic and a form',
      (app, code) => ({
        form: {
          code,
          client_id: app.clientId,
          redirect_uri: redirectUri,
          grant_type: 'authorization_code',
        },
        headers: app.basic,
      }),
    ],
    [
      'a form with client_secret, no Basic',
      (app, code) => ({
        form: {
          code,
          client_id: app.clientId,
          client_secret: app.secret ?? '',
          grant_type: 'authorization_code',
        },
      }),
    ],
    [
      'JSON with client_id and client_secret',
      (app, code) => ({
        json: {
          code,
          client_id: app.clientId,
          client_secret: app.secret,
          grant_type: 'authorization_code',
          redirect_uri: redirectUri,
        },
      }),
    ],
    [
      'JSON with a charset and unknown members, nested ones too',
      (app, code) => ({
        json: {
          code,
          client_id: app.clientId,
          client_secret: app.secret,
          grant_type: 'authorization_code',
          extra: { a: [1] },
          n: 1,
        },
        headers: { 'Content-Type': 'Application/JSON; charset=utf-8' },
      }),
    ],
    [
      'query and body mixed, Basic with an empty client_secret beside it',
      (app, code) => ({
        query: { grant_type: 'authorization_code', audience: 'x' },
        form: { code, client_secret: '' },
        headers: app.basic,
      }),
    ],
  ]
  for (const [what, sent] of ways) {
    test(what, async () => {
      const fixture = await setup()
      const { status, body } = await send(
        fixture.platform.fetch,
        article,
        sent(fixture.app, await freshCode(fixture)),
      )
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.token_type, 'Bearer')
    })
  }

  test('a refresh in the query, GET and POST', async () => {
    const fixture = await setup()
    const { refresh_token } = await connect(fixture)
    for (const method of ['GET', 'POST']) {
      const query = { refresh_token, grant_type: 'refresh_token' }
      const sent = { method, query, headers: fixture.app.basic }
      assert.equal((await send(fixture.platform.fetch, article, sent)).status, 200)
    }
  })

  test('HEAD uses no code up, and an empty client_secret in the URL counts as left out', async () => {
    const fixture = await setup()
    const query = {
      code: await freshCode(fixture),
      grant_type: 'authorization_code',
      client_secret: '',
    }
    const url = `http://localhost:4400${article}?${new URLSearchParams(query)}`
    const { basic: headers } = fixture.app
    assert.equal(
      (await fixture.platform.fetch(new Request(url, { method: 'HEAD', headers }))).status,
      405,
    )
    assert.equal((await fixture.platform.fetch(new Request(url, { headers }))).status, 200)
  })

  test('another scope is ignored here', async () => {
    const fixture = await setup()
    const { refresh_token } = await connect(fixture)
    const form = { refresh_token, grant_type: 'refresh_token', scope: 'leads' }
    const sent = { form, headers: fixture.app.basic }
    assert.equal((await send(fixture.platform.fetch, article, sent)).status, 200)
  })
})

describe('rule 8: what is refused', () => {
  const form = { grant_type: 'refresh_token', refresh_token: 'x' }
  const refused: [string, string, (app: TestApp) => Sent, string][] = [
    [
      'client_secret in the URL',
      article,
      app => ({ query: { ...form, client_id: app.clientId, client_secret: app.secret ?? '' } }),
      'invalid_request',
    ],
    [
      'client_secret in the URL beside Basic',
      article,
      app => ({ query: { client_secret: 'x' }, form, headers: app.basic }),
      'invalid_request',
    ],
    [
      'client_secret in the URL, standard name',
      '/oauth/token',
      app => ({ query: { client_secret: app.secret ?? '' }, form, headers: app.basic }),
      'invalid_request',
    ],
    [
      'a parameter in query and body',
      article,
      app => ({ query: { grant_type: 'refresh_token' }, form, headers: app.basic }),
      'invalid_request',
    ],
    [
      'a parameter twice in the query',
      article,
      app => ({
        query: 'grant_type=refresh_token&grant_type=refresh_token',
        form: { refresh_token: 'x' },
        headers: app.basic,
      }),
      'invalid_request',
    ],
    [
      'a parameter twice in JSON',
      article,
      app => ({
        json: '{"grant_type":"refresh_token","refresh_token":"x","refresh_token":"x"}',
        headers: app.basic,
      }),
      'invalid_request',
    ],
    [
      'a parameter twice in JSON, escaped',
      article,
      app => ({
        json: '{"grant_type":"refresh_token","refresh_token":"x","refresh\\u005ftoken":"x"}',
        headers: app.basic,
      }),
      'invalid_request',
    ],
    [
      'a parameter twice in JSON beside a nested value',
      article,
      app => ({
        json: '{"a":{"b":1},"grant_type":"refresh_token","refresh_token":"x","refresh_token":"y"}',
        headers: app.basic,
      }),
      'invalid_request',
    ],
    [
      'an empty and a filled one',
      article,
      app => ({
        form: 'grant_type=refresh_token&refresh_token=&refresh_token=x',
        headers: app.basic,
      }),
      'invalid_request',
    ],
    [
      'Basic with another client_id',
      article,
      app => ({ form: { ...form, client_id: 'app_other' }, headers: app.basic }),
      'invalid_request',
    ],
    [
      'Basic with a client_secret',
      article,
      app => ({ form: { ...form, client_secret: app.secret ?? '' }, headers: app.basic }),
      'invalid_request',
    ],
    [
      'parameters in the URL, standard name',
      '/oauth/token',
      app => ({ query: form, headers: app.basic }),
      'invalid_request',
    ],
    [
      'JSON, standard name',
      '/oauth/token',
      app => ({ json: form, headers: app.basic }),
      'invalid_request',
    ],
    [
      'a text body',
      article,
      app => ({ form, headers: { ...app.basic, 'Content-Type': 'text/plain' } }),
      'invalid_request',
    ],
    [
      'JSON that is a string',
      article,
      app => ({ json: '"x"', headers: app.basic }),
      'invalid_request',
    ],
    [
      'JSON that is null',
      article,
      app => ({ json: 'null', headers: app.basic }),
      'invalid_request',
    ],
    ['JSON that is a list', article, app => ({ json: [], headers: app.basic }), 'invalid_request'],
    ['broken JSON', article, app => ({ json: '{"a":', headers: app.basic }), 'invalid_request'],
    [
      'a JSON number',
      article,
      app => ({ json: { ...form, refresh_token: 1 }, headers: app.basic }),
      'invalid_request',
    ],
    [
      'a JSON list',
      article,
      app => ({ json: { ...form, refresh_token: ['x'] }, headers: app.basic }),
      'invalid_request',
    ],
    [
      '__proto__ in JSON',
      article,
      app => ({ json: '{"__proto__":{"grant_type":"refresh_token"}}', headers: app.basic }),
      'invalid_request',
    ],
    [
      '__proto__ in a form',
      article,
      app => ({ form: '__proto__=x&constructor=y&grant_type[]=refresh_token', headers: app.basic }),
      'invalid_request',
    ],
    [
      'code[]',
      article,
      app => ({ form: 'grant_type=authorization_code&code[]=x', headers: app.basic }),
      'invalid_request',
    ],
    [
      'NUL',
      article,
      app => ({ form: 'grant_type=refresh_token&refresh_token=%00', headers: app.basic }),
      'invalid_request',
    ],
    [
      'CR LF',
      article,
      app => ({ form: 'grant_type=refresh_token&refresh_token=a%0d%0aX:y', headers: app.basic }),
      'invalid_request',
    ],
    [
      'overlong UTF-8',
      article,
      app => ({ form: 'grant_type=refresh_token&refresh_token=%c0%ae', headers: app.basic }),
      'invalid_request',
    ],
    [
      'broken percent-encoding',
      article,
      app => ({ form: 'grant_type=refresh_token&refresh_token=%zz', headers: app.basic }),
      'invalid_request',
    ],
    [
      'an overlong value',
      article,
      app => ({ form: { ...form, refresh_token: 'x'.repeat(9000) }, headers: app.basic }),
      'invalid_request',
    ],
    ['no credentials', article, () => ({ form }), 'invalid_client'],
    [
      'a client_id without its secret',
      article,
      app => ({ form: { ...form, client_id: app.clientId } }),
      'invalid_client',
    ],
    [
      'a wrong body secret',
      article,
      app => ({ form: { ...form, client_id: app.clientId, client_secret: 'wrong' } }),
      'invalid_client',
    ],
    [
      'Basic that is not Base64',
      article,
      () => ({ form, headers: { Authorization: 'Basic !!' } }),
      'invalid_client',
    ],
    [
      'Basic without a colon',
      article,
      () => ({ form, headers: { Authorization: `Basic ${btoa('x')}` } }),
      'invalid_client',
    ],
    [
      'Basic with broken percent-encoding',
      article,
      () => ({ form, headers: { Authorization: `Basic ${btoa('%zz:%zz')}` } }),
      'invalid_client',
    ],
    [
      'Basic of 16 kB',
      article,
      () => ({ form, headers: { Authorization: `Basic ${'A'.repeat(16_000)}` } }),
      'invalid_client',
    ],
    [
      'Bearer instead of Basic',
      article,
      () => ({ form, headers: { Authorization: 'Bearer x' } }),
      'invalid_client',
    ],
  ]
  for (const [what, path, sent, error] of refused) {
    test(`${what} is ${error}`, async () => {
      const { platform, app } = await setup()
      const { status, headers, body } = await send(platform.fetch, path, sent(app))
      assert.equal(body.error, error, JSON.stringify(body))
      assert.equal(status, error === 'invalid_client' ? 401 : 400)
      assert.match(headers.get('content-type') ?? '', /^application\/json/)
      assert.match(body.error_description ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      if (status === 401) assert.match(headers.get('www-authenticate') ?? '', /^Basic /)
      assert.equal((await platform.fetch(new Request('http://localhost:4400/healthz'))).status, 200)
    })
  }

  for (const text of ['a\0b:x', 'a%00b:x', 'a%0Ab:x', 'a\x7f:x']) {
    test(`a control character in the client_id of Basic is named: ${JSON.stringify(text)}`, async () => {
      const { platform } = await setup()
      const sent = { form, headers: { Authorization: `Basic ${btoa(text)}` } }
      const { status, body } = await send(platform.fetch, article, sent)
      assert.equal(status, 401)
      assert.equal(body.error_description, 'The client_id holds a control character.')
    })
  }

  test('a public app that sends a secret is refused', async () => {
    const { platform } = await setup()
    const app = await makeApp(platform, { isPublic: true })
    const sent = { form: { ...form, client_id: app.clientId, client_secret: 'x' } }
    assert.equal((await send(platform.fetch, article, sent)).body.error, 'invalid_client')
  })
})
