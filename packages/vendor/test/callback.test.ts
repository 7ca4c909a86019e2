/** The way back: bound to the browser that began it, whatever the platform sends along. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CallbackResult, type MissingState, newKey } from '../src/index.ts'
import { article, type Fixture, redirectUri, setup, stateless } from './setup.ts'

type Outcome = CallbackResult['outcome']
const reasonOf = (result: CallbackResult) =>
  result.outcome === 'refused' ? result.reason : result.outcome

function isConnected(fixture: Fixture, user = 'ada'): Promise<boolean> {
  return fixture.vendor
    .connection(user)
    .status()
    .then(({ state }) => state === 'connected')
}

describe('the cookie of a connect', () => {
  test('is sealed, HttpOnly, bound to the host, and lives ten minutes', async () => {
    const fixture = await setup()
    const response = await fixture.vendor.connect(fixture.person().request(redirectUri), {
      user: 'ada-the-user',
      returnTo: '/settings',
    })
    assert.equal(response.status, 303)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const [cookie = ''] = response.headers.getSetCookie()
    assert.match(cookie, /^__Host-latchkey-connect-[\w-]{8}=[\w.-]+; Path=\/; Max-Age=600; /)
    assert.match(cookie, /; HttpOnly; SameSite=Lax; Secure$/)
    const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? ''
    assert.equal(state.length, 43)
    for (const secret of ['ada', 'settings', state]) assert.ok(!cookie.includes(secret))
  })

  test('has no Secure on http, which is taken on this machine only', async () => {
    const fixture = await setup()
    const vendor = fixture.makeVendor({ redirectUri: 'http://localhost:4500/callback' })
    const request = new Request('http://localhost:4500/connect')
    const response = await vendor.connect(request, { user: 'ada' })
    assert.match(response.headers.getSetCookie()[0] ?? '', /^latchkey-connect-.*SameSite=Lax$/)
    assert.throws(() => fixture.makeVendor({ redirectUri: 'http://vendor.example/callback' }), {
      fault: 'usage',
    })
  })

  test('ends with the answer, and a copy of it is worth nothing', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const at = await person.begin({ user: 'ada' })
    const copy = new Map(person.cookies)
    const back = await person.decide(at)
    assert.equal((await person.come(back)).outcome, 'connected')
    assert.equal(person.cookies.size, 0)
    for (const [name, value] of copy) person.cookies.set(name, value)
    const again = await person.come(await person.decide(at))
    assert.equal(reasonOf(again), 'used')
    assert.equal(fixture.tokenRequests().length, 1)
  })

  test('is over after ten minutes', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const at = await person.begin({ user: 'ada' })
    fixture.clock.forward(599)
    const back = await person.decide(at)
    fixture.clock.forward(1)
    assert.equal(reasonOf(await person.come(back)), 'unsolicited')
  })

  test('is not one of another vendor, nor a changed one', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    const [[name = '', value = ''] = []] = person.cookies
    for (const forged of [`${value.slice(0, -2)}xx`, value.split('.').reverse().join('.'), 'x']) {
      person.cookies.set(name, forged)
      assert.equal(reasonOf(await person.come(back)), 'unsolicited')
    }
    person.cookies.set(name, value)
    const other = fixture.makeVendor({ keys: newKey() })
    assert.equal(reasonOf(await other.callback(person.request(back.href))), 'unsolicited')
    assert.equal((await person.come(back)).outcome, 'connected')
  })

  test('is not one of another app, or of another redirect URL, of the same vendor', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    const others = [
      fixture.makeVendor({ clientId: 'another-app' }),
      fixture.makeVendor({ redirectUri: 'https://vendor.example/other' }),
    ]
    for (const other of others) {
      assert.equal(reasonOf(await other.callback(person.request(back.href))), 'unsolicited')
    }
    assert.equal((await person.come(back)).outcome, 'connected')
  })

  test('outlives a change of keys', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    const rotated = fixture.makeVendor({ keys: [newKey(), fixture.options.keys as string] })
    const result = await rotated.callback(person.request(back.href))
    assert.equal(result.outcome, 'connected')
  })

  test('never are there more than five in one browser', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const begun = []
    for (let tab = 0; tab < 12; tab++) {
      begun.push(await person.begin({ user: 'ada' }))
      fixture.clock.forward(1)
    }
    assert.equal(person.cookies.size, 5)
    const [first, last] = [begun[0], begun[11]]
    assert.ok(first && last)
    assert.equal(reasonOf(await person.come(await person.decide(first))), 'state-mismatch')
    assert.equal((await person.come(await person.decide(last))).outcome, 'connected')
  })
})

describe('state that comes back', () => {
  test('is compared strictly', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    const state = back.searchParams.get('state') ?? ''
    for (const wrong of [`${state}x`, state.slice(1), state.toUpperCase(), 'x']) {
      const foreign = new URL(back)
      foreign.searchParams.set('state', wrong)
      assert.equal(reasonOf(await person.come(foreign)), 'state-mismatch')
    }
    assert.equal(fixture.tokenRequests().length, 0)
    assert.equal((await person.come(back)).outcome, 'connected')
  })

  test('a code from another browser is not taken', async () => {
    const fixture = await setup()
    const [mallory, victim] = [fixture.person(), fixture.person()]
    const back = await mallory.decide(await mallory.begin({ user: 'mallory' }))
    await victim.begin({ user: 'ada' })
    assert.equal(reasonOf(await victim.come(back)), 'state-mismatch')
    assert.equal(await isConnected(fixture), false)
  })

  test('each of two connects in one browser finds its own', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const office = await person.begin({ user: 'ada', name: 'office', returnTo: '/office' })
    const home = await person.begin({ user: 'ada', name: 'home', returnTo: '/home' })
    for (const [at, returnTo] of [
      [home, '/home'],
      [office, '/office'],
    ] as const) {
      const result = await person.come(await person.decide(at))
      assert.ok(result.outcome === 'connected')
      assert.equal(result.returnTo, returnTo)
      assert.equal(`/${result.connection.name}`, returnTo)
    }
  })

  test('an answer to somebody else’s connect is refused when the program says who is signed in', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    assert.equal(reasonOf(await person.come(back, { user: 'bob' })), 'other-user')
    assert.equal(await isConnected(fixture), false)
    assert.equal(await isConnected(fixture, 'bob'), false)
  })

  test('RFC 9207 §2.4 an answer of another platform is refused, and one without iss', async () => {
    const fixture = await setup()
    for (const change of ['https://evil.example', null]) {
      const person = fixture.person()
      const back = await person.decide(await person.begin({ user: 'ada' }))
      assert.equal(back.searchParams.get('iss'), 'http://localhost:4400')
      if (change) back.searchParams.set('iss', change)
      else back.searchParams.delete('iss')
      assert.equal(reasonOf(await person.come(back)), 'other-platform')
    }
    assert.equal(fixture.tokenRequests().length, 0)
  })

  test('RFC 9207 §2.4 so is an error of another platform, and its words are dropped', async () => {
    const fixture = await setup()
    for (const error of ['access_denied', 'server_error']) {
      const person = fixture.person()
      const back = await person.decide(await person.begin({ user: 'ada' }), 'deny')
      back.searchParams.set('iss', 'https://evil.example')
      back.searchParams.set('error', error)
      back.searchParams.set('error_description', 'Ring this number')
      const result = await person.come(back)
      assert.equal(reasonOf(result), 'other-platform')
      assert.ok(result.outcome === 'refused' && result.error === null)
    }
  })

  test('a denial is told also while the platform’s metadata cannot be had', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }), 'deny')
    const late = fixture.makeVendor({
      fetch: async () => {
        throw new TypeError('fetch failed')
      },
    })
    assert.equal((await late.callback(person.request(back.href))).outcome, 'denied')
  })

  test('a callback address that was stolen is worth nothing without the browser', async () => {
    const fixture = await setup()
    const [victim, thief] = [fixture.person(), fixture.person()]
    const back = await victim.decide(await victim.begin({ user: 'ada' }))
    assert.equal(reasonOf(await thief.come(back)), 'unsolicited')
    assert.equal((await thief.come(back, { user: 'mallory' })).outcome, 'restart')
    assert.equal(fixture.tokenRequests().length, 0)
    assert.equal((await victim.come(back)).outcome, 'connected')
  })
})

describe('state that does not come back', () => {
  const cases: readonly [MissingState, number, string][] = [
    ['refuse', 1, 'state-missing'],
    ['refuse', 2, 'state-missing'],
    ['accept', 1, 'connected'],
    ['accept', 2, 'ambiguous'],
    ['confirm', 1, 'unconfirmed'],
    ['confirm', 2, 'ambiguous'],
  ]
  for (const [missingState, pending, expected] of cases) {
    test(`${missingState}, ${pending} pending: ${expected}`, async () => {
      const fixture = await setup({ missingState, platform: article('http://localhost:4400') })
      const person = fixture.person()
      let back = new URL(redirectUri)
      for (let connect = 0; connect < pending; connect++) {
        back = await person.decide(await person.begin({ user: 'ada' }))
      }
      assert.equal(reasonOf(await person.come(stateless(back))), expected)
      assert.equal(await isConnected(fixture), expected === 'connected')
      assert.equal(person.cookies.size, 0, 'the next attempt begins afresh')
      assert.equal(
        fixture.tokenRequests().length,
        pending === 1 && missingState !== 'refuse' ? 1 : 0,
      )
    })
  }

  test('state that does come back is compared all the same', async () => {
    const fixture = await setup({ missingState: 'accept' })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    back.searchParams.set('state', 'x')
    assert.equal(reasonOf(await person.come(back)), 'state-mismatch')
  })
})

describe('a denial', () => {
  const cases: readonly [string, number, 'kept' | 'dropped', string | null, number][] = [
    ['with state', 1, 'kept', 'ada', 0],
    ['with state, two pending', 2, 'kept', 'ada', 1],
    ['without state', 1, 'dropped', 'ada', 0],
    ['without state, two pending', 2, 'dropped', null, 0],
    ['without state, none pending', 0, 'dropped', null, 0],
    ['with state, none pending', 0, 'kept', null, 0],
  ]
  for (const [title, pending, state, user, left] of cases) {
    test(`${title} is a denial`, async () => {
      const fixture = await setup({ platform: article('http://localhost:4400') })
      const stranger = fixture.person()
      const person = fixture.person()
      let back = await stranger.decide(await stranger.begin({ user: 'eve' }), 'deny')
      for (let connect = 0; connect < pending; connect++) {
        back = await person.decide(await person.begin({ user: 'ada', returnTo: '/a' }), 'deny')
      }
      assert.equal(back.searchParams.get('error'), 'access_denied')
      const result = await person.come(state === 'kept' ? back : stateless(back))
      assert.ok(result.outcome === 'denied')
      assert.equal(result.user, user)
      assert.equal(result.returnTo, user && '/a')
      assert.equal(person.cookies.size, left)
      assert.equal(fixture.tokenRequests().length, 0)
    })
  }

  test('with a foreign state cancels nobody’s connect', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const at = await person.begin({ user: 'ada' })
    const denial = `${redirectUri}?error=access_denied&state=x`
    assert.equal(reasonOf(await person.come(denial)), 'state-mismatch')
    assert.equal((await person.come(await person.decide(at))).outcome, 'connected')
  })
})

describe('a connect begun inside the platform', () => {
  const begunThere = async (fixture: Fixture) => {
    const stranger = fixture.person()
    return stateless(await stranger.decide(await stranger.begin({ user: 'eve' })))
  }

  test('its code is dropped, and a connect begun here, once', async () => {
    const fixture = await setup()
    const code = await begunThere(fixture)
    const person = fixture.person()
    const result = await person.come(code, { user: 'ada' })
    assert.ok(result.outcome === 'restart')
    assert.equal(fixture.tokenRequests().length, 0)
    const at = new URL(result.response.headers.get('location') ?? '')
    const end = await person.come(await person.decide(at), { user: 'ada' })
    assert.ok(end.outcome === 'connected')
    assert.equal(end.connection.user, 'ada')
    assert.equal(reasonOf(await person.come(code, { user: 'ada' })), 'unsolicited')
    fixture.clock.forward(600)
  })

  test('a browser that keeps no cookies is not sent round for ever', async () => {
    const fixture = await setup()
    const outcomes: string[] = []
    let code = await begunThere(fixture)
    for (let round = 0; round < 4; round++) {
      const person = fixture.person()
      const result = await person.come(code, { user: 'ada' })
      outcomes.push(reasonOf(result))
      if (result.outcome !== 'restart') break
      code = await person.decide(new URL(result.response.headers.get('location') ?? ''))
    }
    assert.deepEqual(outcomes, ['restart', 'unsolicited'])
  })

  test('the platform cannot be reached just then: refused in words, and it may be tried again', async () => {
    let isAway = false
    const fixture: Fixture = await setup({
      fetch: request => {
        if (isAway) throw new TypeError('fetch failed')
        return fixture.network(request)
      },
    })
    const code = await begunThere(fixture)
    const late = fixture.makeVendor()
    const person = fixture.personOf(late)
    isAway = true
    assert.equal(reasonOf(await person.come(code, { user: 'ada' })), 'unreachable')
    isAway = false
    assert.equal((await person.come(code, { user: 'ada' })).outcome, 'restart')
  })

  test('nobody signed in: refused, in words', async () => {
    const fixture = await setup()
    const result = await fixture.person().come(await begunThere(fixture))
    assert.ok(result.outcome === 'refused')
    assert.equal(result.reason, 'unsolicited')
    assert.match(result.message, /^No connect is waiting in this browser/)
  })
})

describe('answers that are none', () => {
  const urls: readonly [string, Outcome | string][] = [
    [redirectUri, 'malformed'],
    [`${redirectUri}?code=`, 'malformed'],
    [`${redirectUri}?code=a&code=b`, 'malformed'],
    [`${redirectUri}?code=a&error=access_denied`, 'malformed'],
    [`${redirectUri}?error=access_denied&error=x`, 'malformed'],
    [`${redirectUri}?code=a&state=b&state=c`, 'malformed'],
    [`${redirectUri}?error=server_error`, 'platform'],
  ]
  for (const [url, expected] of urls) {
    test(`${url.slice(redirectUri.length) || 'nothing'}: ${expected}`, async () => {
      const fixture = await setup()
      const person = fixture.person()
      await person.begin({ user: 'ada' })
      assert.equal(reasonOf(await person.come(url)), expected)
      assert.equal(fixture.tokenRequests().length, 0)
    })
  }

  test('the platform’s text is passed on only when state vouches for it', async () => {
    const fixture = await setup()
    const person = fixture.person()
    const state = (await person.begin({ user: 'ada' })).searchParams.get('state')
    const error = `${redirectUri}?error=invalid_scope&error_description=Ring+this+number`
    const bare = await fixture.person().come(error)
    const vouched = await person.come(`${error}&state=${state}`)
    assert.ok(bare.outcome === 'refused' && vouched.outcome === 'refused')
    assert.equal(bare.error?.description, null)
    assert.equal(vouched.error?.description, 'Ring this number')
    assert.equal(vouched.error?.code, 'invalid_scope')
  })

  test('a code that the platform does not accept', async () => {
    const fixture = await setup({ platform: article('http://localhost:4400') })
    const person = fixture.person()
    const back = await person.decide(await person.begin({ user: 'ada' }))
    back.searchParams.set('code', 'not-a-code')
    const result = await person.come(back)
    assert.ok(result.outcome === 'refused')
    assert.equal(result.reason, 'platform')
    assert.equal(result.error?.code, 'invalid_grant')
    assert.equal(await isConnected(fixture), false)
  })
})

describe('where a connect leads back to', () => {
  test('comes back as a header can carry it', async () => {
    const fixture = await setup()
    for (const [returnTo, carried] of [
      ['/settings?tab=2#apps', '/settings?tab=2#apps'],
      ['/設定', '/%E8%A8%AD%E5%AE%9A'],
      ['/a\r\nSet-Cookie: x=y', '/aSet-Cookie:%20x=y'],
    ]) {
      const person = fixture.person()
      const at = await person.begin({ user: 'ada', returnTo: returnTo ?? '' })
      const result = await person.come(await person.decide(at))
      assert.ok(result.outcome === 'connected')
      assert.equal(result.returnTo, carried)
      assert.equal(result.redirect(result.returnTo ?? '').headers.get('location'), carried)
    }
  })

  for (const returnTo of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'evil',
    '/\t/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    `/${'設'.repeat(300)}`,
    `/${'x'.repeat(2000)}`,
    '',
  ]) {
    test(`${JSON.stringify(returnTo.slice(0, 40))} is not a path of this site`, async () => {
      const fixture = await setup()
      await assert.rejects(fixture.person().begin({ user: 'ada', returnTo }), { fault: 'usage' })
    })
  }
})
