/** A platform that fails in every way: what the vendor makes of each answer, at the exchange and the refresh. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { VendorError } from '../src/index.ts'
import {
  answer,
  breakInBody,
  change,
  drip,
  dropAfterCommit,
  type Fault,
  faulty,
  refuseConnection,
  silence,
} from './faults.ts'
import { connectUser, type Fixture, redirectUri, setup } from './setup.ts'

const html = '<!doctype html><title>Down for maintenance</title>'

interface Broken {
  readonly title: string
  readonly fault: Fault
  /** Whose fault it is when it happens every time. */
  readonly by: 'network' | 'malformed'
  /** True where only the time limit ends it: then that is short. */
  readonly isSlow?: boolean
}

/** Broken answers that another attempt may mend. */
const passing: readonly Broken[] = [
  { title: 'an HTML page with 200', fault: answer(200, html), by: 'malformed' },
  { title: 'truncated JSON', fault: answer(200, '{"access_token":"at-1","expir'), by: 'malformed' },
  { title: 'a bare JSON string', fault: answer(200, '"Internal Server Error"'), by: 'malformed' },
  { title: 'JSON null', fault: answer(200, 'null'), by: 'malformed' },
  { title: 'an array', fault: answer(200, '[]'), by: 'malformed' },
  { title: 'an empty body', fault: answer(200, ''), by: 'malformed' },
  {
    title: '200 with an error of its own kind',
    fault: answer(200, { code: 50001, message: 'busy' }),
    by: 'malformed',
  },
  {
    title: '200 with an OAuth error that passes',
    fault: answer(200, { error: 'server_error' }),
    by: 'network',
  },
  {
    title: 'no access token',
    fault: answer(200, { expires_in: 3600, refresh_token: 'rt-1', token_type: 'Bearer' }),
    by: 'malformed',
  },
  {
    title: 'an access token that is a number',
    fault: answer(200, { access_token: 7, expires_in: 3600 }),
    by: 'malformed',
  },
  {
    title: 'a refresh token that is an object',
    fault: answer(200, { access_token: 'at-1', refresh_token: {} }),
    by: 'malformed',
  },
  {
    title: 'a lifetime that is no number',
    fault: answer(200, { access_token: 'at-1', expires_in: 'soon' }),
    by: 'malformed',
  },
  {
    title: 'a negative lifetime',
    fault: answer(200, { access_token: 'at-1', expires_in: -1 }),
    by: 'malformed',
  },
  {
    title: 'another token type',
    fault: answer(200, { access_token: 'at-1', token_type: 'mac' }),
    by: 'malformed',
  },
  {
    title: 'an access token that no header can carry',
    fault: answer(200, { access_token: 'at-1\nSet-Cookie: a=b', expires_in: 3600 }),
    by: 'malformed',
  },
  { title: 'a body without end', fault: answer(200, 'x'.repeat(70_000)), by: 'malformed' },
  { title: '500', fault: answer(500, html), by: 'network' },
  { title: '502 with a JSON error', fault: answer(502, { error: 'invalid_grant' }), by: 'network' },
  { title: '429', fault: answer(429, { message: 'Too Many Requests' }), by: 'network' },
  { title: '408', fault: answer(408, ''), by: 'network' },
  { title: 'nobody listens', fault: refuseConnection, by: 'network' },
  { title: 'silence', fault: silence, by: 'network', isSlow: true },
  { title: 'a slow drip', fault: drip, by: 'network', isSlow: true },
]

/** A fixture with a connected user; its token requests from then on meet `faults`. */
async function broken(faults: readonly Fault[], isSlow = false) {
  const scripted: Fault[] = []
  const fixture: Fixture = await setup({
    ...(isSlow && { timeout: 300 }),
    fetch: request => faulty(fixture.network, scripted)(request),
  })
  const connection = await connectUser(fixture)
  scripted.push(...faults)
  return { fixture, connection, scripted }
}

describe('a refresh that meets', () => {
  for (const { title, fault, by, isSlow } of passing) {
    test(`${title}, once: tries again and succeeds`, async () => {
      const { fixture, connection } = await broken([fault], isSlow)
      fixture.clock.forward(4000)
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
      assert.equal(fixture.events.at(-1), 'refreshed ada/default')
    })

    test(`${title}, always: ${by}, and the connection stays`, async () => {
      const always = [fault, fault, fault, fault, fault]
      const { fixture, connection, scripted } = await broken(always, isSlow)
      fixture.clock.forward(4000)
      await assert.rejects(connection.fetch('/v1.0/me'), { fault: by })
      assert.equal(scripted.length, 1, 'four attempts')
      assert.equal((await connection.status()).state, 'connected')
      scripted.length = 0
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    })
  }

  const committed: readonly [string, Fault][] = [
    ['the connection dropped after the commit', dropAfterCommit],
    ['the connection broken in the body', breakInBody],
  ]
  for (const [title, fault] of committed) {
    test(`${title}: tries again and succeeds`, async () => {
      const { fixture, connection } = await broken([fault])
      fixture.clock.forward(4000)
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    })
  }

  test('a redirect: does not follow it with the credentials, and does not try again', async () => {
    const away: Fault = async () =>
      new Response(null, { status: 307, headers: { Location: 'https://evil.example/token' } })
    const { fixture, connection, scripted } = await broken([away, away])
    fixture.clock.forward(4000)
    await assert.rejects(connection.fetch('/v1.0/me'), { fault: 'malformed', status: 307 })
    assert.equal(scripted.length, 1)
  })
})

describe('answers that are odd, and good enough', () => {
  const odd: readonly [string, Fault][] = [
    ['expires_in as a string', change(body => ({ ...body, expires_in: '3600' }))],
    ['expires_in missing: an hour', change(({ expires_in: _, ...body }) => body)],
    ['expires_in null: an hour', change(body => ({ ...body, expires_in: null }))],
    ['no token_type', change(({ token_type: _, ...body }) => body)],
    ['token_type in lower case', change(body => ({ ...body, token_type: 'bearer' }))],
    ['further fields', change(body => ({ ...body, user: { id: 1 }, error: null }))],
  ]
  for (const [title, fault] of odd) {
    test(title, async () => {
      const { fixture, connection } = await broken([fault])
      fixture.clock.forward(4000)
      assert.equal((await connection.fetch('/v1.0/me')).status, 200)
      const status = await connection.status()
      assert.ok(status.state === 'connected')
      assert.equal(status.expiresAt, fixture.clock.now() + 3_600_000)
    })
  }

  test('a lifetime beyond reason is ten years: every store can keep it', async () => {
    const endless = change(body => ({ ...body, expires_in: '9'.repeat(40) }))
    const { fixture, connection } = await broken([endless])
    fixture.clock.forward(4000)
    await connection.accessToken()
    const status = await connection.status()
    assert.ok(status.state === 'connected')
    assert.equal(status.expiresAt, fixture.clock.now() + 315_360_000_000)
  })

  test('no refresh token at all: works until the access token ends, then is over', async () => {
    const scripted: Fault[] = [change(({ refresh_token: _, ...body }) => body)]
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted)(request),
    })
    const connection = await connectUser(fixture)
    fixture.clock.forward(3599)
    assert.equal((await connection.fetch('/v1.0/me')).status, 200)
    fixture.clock.forward(1)
    await assert.rejects(connection.fetch('/v1.0/me'), { fault: 'disconnected' })
    assert.equal(fixture.tokenRequests().length, 1)
    assert.equal(fixture.events.at(-1), 'disconnected ada/default')
  })
})

describe('a callback whose exchange meets', () => {
  for (const { title, fault, by, isSlow } of passing) {
    test(`${title}, once: connects all the same`, async () => {
      const scripted = [fault]
      const fixture: Fixture = await setup({
        ...(isSlow && { timeout: 300 }),
        fetch: request => faulty(fixture.network, scripted)(request),
      })
      assert.ok(await connectUser(fixture))
    })

    test(`${title}, always: refused in words, ${by}`, async () => {
      const scripted = [fault, fault, fault, fault]
      const fixture: Fixture = await setup({
        ...(isSlow && { timeout: 300 }),
        fetch: request => faulty(fixture.network, scripted)(request),
      })
      const person = fixture.person()
      const result = await person.come(await person.decide(await person.begin({ user: 'ada' })))
      assert.ok(result.outcome === 'refused')
      assert.equal(result.reason, 'unreachable')
      assert.equal(result.error?.fault, by)
      assert.match(result.message, /Please connect again\.$/)
      assert.deepEqual(fixture.events, [])
    })
  }

  test('the connection dropped after the commit: the code is used up, and that is said', async () => {
    const scripted = [dropAfterCommit]
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted)(request),
    })
    const person = fixture.person()
    const result = await person.come(await person.decide(await person.begin({ user: 'ada' })))
    assert.ok(result.outcome === 'refused')
    assert.equal(result.reason, 'platform')
    assert.equal(result.error?.code, 'invalid_grant')
    assert.ok(await connectUser(fixture), 'and the next connect is whole')
  })

  test('the metadata cannot be had: connect throws, and works as soon as it can', async () => {
    const scripted = [refuseConnection, answer(503, ''), answer(200, html)]
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted, '/oauth-authorization-server')(request),
    })
    const person = fixture.person()
    for (const by of ['network', 'network', 'malformed']) {
      await assert.rejects(person.begin({ user: 'ada' }), { fault: by })
    }
    assert.ok(await connectUser(fixture))
  })
})

describe('no error carries a token', () => {
  test('whatever the platform puts into its words', async () => {
    const echo: Fault = async request => {
      const body = await request.text()
      const form = new URLSearchParams(body)
      return Response.json(
        {
          error: `invalid_request ${form.get('refresh_token') ?? form.get('code')}`,
          error_description: `${body} ${request.headers.get('authorization')}`,
        },
        { status: 400 },
      )
    }
    const { fixture, connection, scripted } = await broken([echo])
    const token = await connection.accessToken()
    fixture.clock.forward(4000)
    const error = await connection.fetch('/v1.0/me').catch(error => error)
    scripted.push(echo)
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'eve' }))
    const result = await person.come(back)
    assert.ok(error instanceof VendorError && result.outcome === 'refused')
    const refreshToken = fixture.tokenRequests()[0]?.form.refresh_token
    const secrets = [
      token,
      refreshToken ?? 'lk_rt_',
      back.searchParams.get('code') ?? 'missing',
      fixture.app.secret ?? 'missing',
      fixture.app.basic.Authorization?.slice(6) ?? 'missing',
    ]
    for (const thing of [error, result]) {
      const shown = inspect(thing, { depth: 9, showHidden: true })
      for (const secret of [...secrets, 'lk_at_', 'lk_rt_', 'lk_ac_']) {
        assert.ok(!shown.includes(secret), `${secret} in ${shown}`)
      }
    }
  })

  test('nor does what the API says about it', async () => {
    const quote: Fault = async request => {
      const message = `Not allowed: ${request.headers.get('authorization')}`
      return Response.json({ code: message, message }, { status: 403 })
    }
    const scripted: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted, '/me')(request),
    })
    const connection = await connectUser(fixture)
    scripted.push(quote)
    const error = await connection.api.me().catch(error => error)
    assert.equal(error.fault, 'refused')
    assert.match(error.description, /^Not allowed: Bearer/)
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('lk_at_'))
  })

  test('nor does a body that cannot be read', async () => {
    const half = answer(200, '{"access_token":"lk_at_secret","expires_in":')
    const { fixture, connection } = await broken([half, half, half, half])
    fixture.clock.forward(4000)
    const error = await connection.fetch('/v1.0/me').catch(error => error)
    assert.equal(error.fault, 'malformed')
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('lk_at_secret'))
  })

  test('nor do the things the package hands out', async () => {
    const { fixture, connection } = await broken([])
    const token = await connection.accessToken()
    const things = [fixture.vendor, connection, await connection.status()]
    for (const thing of things) {
      assert.ok(!inspect(thing, { depth: 9, showHidden: true }).includes(token))
    }
    assert.ok(redirectUri)
  })
})
