import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sealText } from '../../src/accounts/sealed.ts'
import type { Log } from '../../src/log.ts'
import type { FormBrowser, Page } from '../form-browser.ts'
import { type Setup, setup } from '../setup.ts'
import { accessToken, type Liar, type Lie, startLiar } from './liar.ts'
import { toProvider } from './operator.ts'

const code = 'a-code-of-the-provider-5e27'

let liar: Liar
let fixture: Setup
let lines: string[]

before(async () => {
  liar = await startLiar()
})
after(() => liar.stop())

beforeEach(async () => {
  liar.lie = {}
  liar.asked.clear()
  lines = []
  const note = (...line: unknown[]) => {
    lines.push(JSON.stringify(line, (_, value) => (value instanceof Error ? { ...value } : value)))
  }
  const logger: Log = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    fatal: note,
    isLevelEnabled: () => true,
  }
  const oidc = { issuer: liar.issuer, clientId: 'platform', clientSecret: 'x', name: 'Acme' }
  fixture = await setup({ oidc, passwords: true, logger })
})

/** Asks; answers what came along, so that a test can bend it. */
async function begin(browser: FormBrowser): Promise<Record<string, string>> {
  const url = await toProvider(browser)
  liar.nonce = url.searchParams.get('nonce') ?? ''
  return { code, state: url.searchParams.get('state') ?? '', iss: liar.issuer }
}

const callback = (browser: FormBrowser, query: Record<string, string>): Promise<Page> =>
  browser.get(`/sign-in/callback?${new URLSearchParams(query)}`)

async function accounts(): Promise<string[]> {
  const rows = await fixture.platform.store.read<{ email: string }>('select email from account')
  return rows.map(row => row.email)
}

/** Nobody is signed in, nobody was made, and nothing secret was written down. */
async function assertRefused(browser: FormBrowser, page: Page, query: Record<string, string>) {
  assert.equal(browser.cookies.has('latchkey_session'), false)
  assert.deepEqual(await accounts(), [fixture.user.email])
  assert.doesNotMatch(page.html, /Signed in as/)
  const written = lines.join('\n')
  for (const secret of [code, accessToken, query.state ?? code, liar.nonce, 'eyJ']) {
    assert.equal(written.includes(secret), false, `the log holds ${secret}`)
    assert.equal(page.html.includes(secret), false, `the page holds ${secret}`)
  }
}

test('the true story signs in', async () => {
  const browser = fixture.browser()
  const page = await callback(browser, await begin(browser))
  assert.equal(page.path, '/docs/index.html')
  assert.match(page.html, /Noor Haddad/)
})

const lies: [string, Lie, number, RegExp][] = [
  ['another nonce', { claims: { nonce: 'another' } }, 400, /could not be verified/],
  ['no nonce', { claims: { nonce: undefined } }, 400, /could not be verified/],
  ['another issuer', { claims: { iss: 'https://evil.example' } }, 400, /could not be verified/],
  ['another audience', { claims: { aud: 'somebody-else' } }, 400, /could not be verified/],
  [
    'several audiences, meant for another',
    { claims: { aud: ['platform', 'other'], azp: 'other' } },
    400,
    /could not be verified/,
  ],
  ['an ID token that is over', { claims: { exp: past(120) } }, 400, /could not be verified/],
  ['no subject', { claims: { sub: undefined } }, 400, /could not be verified/],
  ['a strange key', { strangeKey: true }, 400, /could not be verified/],
  ['a key that nobody knows', { header: { kid: 'k2' } }, 400, /could not be verified/],
  ['no signature', { header: { alg: 'none' } }, 400, /could not be verified/],
  ['no ID token', { idToken: null }, 400, /could not be verified/],
  ['an ID token that is none', { idToken: 'eyJhbGciOiJub25lIn0.e30.' }, 400, /not be verified/],
  ['userinfo of another person', { userInfo: { sub: 'person-2' } }, 400, /could not be verified/],
  [
    'a code that is refused',
    { token: { status: 400, body: { error: 'invalid_grant' } } },
    400,
    /could not be verified/,
  ],
  ['an answer that is no JSON', { token: { status: 200, body: '<html>' } }, 400, /not be verified/],
  ['a provider that breaks', { token: { status: 500, body: {} } }, 503, /does not answer/],
  ['a provider that hangs up', { hangsUp: true }, 503, /does not answer/],
  ['an email not verified', { userInfo: { email_verified: false } }, 403, /confirmed your email/],
  [
    'an email of which nothing is said',
    { userInfo: { email_verified: undefined } },
    403,
    /confirmed your email/,
  ],
  ['no email', { userInfo: { email: undefined } }, 403, /confirmed your email/],
  ['an email that is none', { userInfo: { email: 'noor' } }, 403, /confirmed your email/],
]

function past(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds
}

describe('a lie of the provider signs nobody in:', () => {
  for (const [what, lie, status, words] of lies) {
    test(what, async () => {
      const browser = fixture.browser()
      const query = await begin(browser)
      liar.lie = lie
      const page = await callback(browser, query)
      assert.equal(page.status, status, page.html)
      assert.match(page.html, words)
      assert.equal(page.headers.get('retry-after'), status === 503 ? '60' : null)
      assert.equal(browser.cookies.has('latchkey_provider'), false)
      await assertRefused(browser, page, query)
    })
  }

  test('clocks may differ by half a minute', async () => {
    const browser = fixture.browser()
    const query = await begin(browser)
    liar.lie = { claims: { exp: past(5) } }
    assert.equal((await callback(browser, query)).path, '/docs/index.html')
  })
})

const bends: [string, (query: Record<string, string>) => Record<string, string>, number, RegExp][] =
  [
    ['another state', query => ({ ...query, state: 's'.repeat(43) }), 400, /not the latest one/],
    ['no state', ({ state: _, ...query }) => query, 400, /not the latest one/],
    ['a state too long', query => ({ ...query, state: 's'.repeat(9_000) }), 400, /not the latest/],
    ['another issuer', query => ({ ...query, iss: 'https://evil.example' }), 400, /be verified/],
    ['no issuer, though promised', ({ iss: _, ...query }) => query, 400, /could not be verified/],
    ['no code', ({ code: _, ...query }) => query, 400, /could not be verified/],
    ['a person who went back', withError('access_denied'), 403, /did not sign you in/],
    ['a person who would have to sign in', withError('login_required'), 403, /did not sign you/],
    ['a provider in trouble', withError('server_error'), 503, /does not answer/],
    ['a provider that is busy', withError('temporarily_unavailable'), 503, /does not answer/],
    ['an error made of markup', withError('<script>hacked=1</script>'), 403, /did not sign you in/],
    [
      'an error without our state',
      query => ({ ...withError('access_denied')(query), state: 'x' }),
      400,
      /not the latest one/,
    ],
  ]

function withError(error: string) {
  return ({ code: _, ...query }: Record<string, string>) => ({
    ...query,
    error,
    error_description: 'Send your password to evil.example',
  })
}

describe('a callback that does not fit signs nobody in:', () => {
  for (const [what, bend, status, words] of bends) {
    test(what, async () => {
      const browser = fixture.browser()
      const query = await begin(browser)
      const page = await callback(browser, bend(query))
      assert.equal(page.status, status, page.html)
      assert.match(page.html, words)
      assert.doesNotMatch(page.html, /evil\.example|<script/)
      assert.equal(liar.asked.get('/token') ?? 0, 0)
      await assertRefused(browser, page, query)
    })
  }

  test('without a question', async () => {
    const browser = fixture.browser()
    const page = await callback(browser, { code, state: 's', iss: liar.issuer })
    assert.equal(page.status, 400)
    assert.match(page.html, /sign-in is over/)
    await assertRefused(browser, page, {})
  })

  test('in another browser: an attacker’s answer does not sign a victim in', async () => {
    const attacker = fixture.browser()
    const query = await begin(attacker)
    const victim = fixture.browser()
    const page = await callback(victim, query)
    assert.match(page.html, /sign-in is over/)
    await assertRefused(victim, page, query)
    await begin(victim)
    const again = await callback(victim, query)
    assert.match(again.html, /not the latest one/)
    await assertRefused(victim, again, query)
  })

  test('after ten minutes', async () => {
    const browser = fixture.browser()
    const query = await begin(browser)
    const kept = browser.cookies.get('latchkey_provider') ?? ''
    fixture.clock.forward(599)
    const late = fixture.browser()
    late.cookies.set('latchkey_provider', kept)
    fixture.clock.forward(1)
    const page = await callback(late, query)
    assert.match(page.html, /sign-in is over/)
    await assertRefused(late, page, query)
  })

  test('with a cookie that was changed, or is for another purpose', async () => {
    const browser = fixture.browser()
    const query = await begin(browser)
    const kept = browser.cookies.get('latchkey_provider') ?? ''
    const [id, time, payload = '', mac] = kept.split('.')
    const other = payload.startsWith('e') ? `f${payload.slice(1)}` : `e${payload.slice(1)}`
    const { keys } = fixture.platform
    for (const forged of [
      [id, time, other, mac].join('.'),
      [id, String(Number(time) + 1), payload, mac].join('.'),
      [id, time, payload, `${mac?.slice(0, -1)}${mac?.endsWith('A') ? 'E' : 'A'}`].join('.'),
      ['1', time, payload, mac].join('.'),
      sealText(keys, 'link', { secret: 's', continueTo: '/' }, fixture.clock.now()),
      `${keys.all[0]?.id}.${time}.${payload}.${keys.all[0]?.seal(`${id}.${time}.${payload}`)}`,
      '',
    ]) {
      browser.cookies.set('latchkey_provider', forged)
      const page = await callback(browser, query)
      assert.match(page.html, /sign-in is over/, forged)
      await assertRefused(browser, page, query)
    }
  })
})

describe('one question makes one session', () => {
  test('the same address again leads nowhere, and a person who is signed in to the start', async () => {
    const browser = fixture.browser()
    const query = await begin(browser)
    await callback(browser, query)
    const session = browser.cookies.get('latchkey_session')
    const again = await callback(browser, query)
    assert.equal(again.path, '/')
    assert.equal(browser.cookies.get('latchkey_session'), session)
    assert.equal(liar.asked.get('/token'), 1)
    browser.cookies.delete('latchkey_session')
    assert.match((await callback(browser, query)).html, /sign-in is over/)
  })

  test('even with its cookie put back, at a provider that takes a code twice', async () => {
    const browser = fixture.browser()
    const query = await begin(browser)
    const thief = fixture.browser()
    thief.cookies.set('latchkey_provider', browser.cookies.get('latchkey_provider') ?? '')
    await callback(browser, query)
    const page = await callback(thief, query)
    assert.match(page.html, /sign-in is over/)
    assert.equal(thief.cookies.has('latchkey_session'), false)
    const rows = await fixture.platform.store.read('select id from session')
    assert.equal(rows.length, 1)
  })

  test('what was used is forgotten when the question is over anyway', async () => {
    for (const _ of [1, 2]) {
      const browser = fixture.browser()
      await callback(browser, await begin(browser))
      fixture.clock.forward(601)
    }
    const rows = await fixture.platform.store.read('select id from used_sign_in')
    assert.equal(rows.length, 1)
  })
})

describe('a provider that is away', () => {
  test('does not stop the platform; signing in says so, and works once it is back', async () => {
    liar.lie = { down: true }
    const browser = fixture.browser()
    const page = await browser.get('/sign-in/provider?continue=%2Fdocs%2Findex.html')
    assert.equal(page.status, 503)
    assert.equal(page.headers.get('retry-after'), '60')
    assert.match(page.html, /Acme does not answer/)
    assert.match(page.html, /href="\/sign-in\?continue=%2Fdocs%2Findex\.html"/)
    assert.equal((await browser.get('/sign-in')).status, 200)
    liar.lie = {}
    assert.equal((await callback(browser, await begin(browser))).path, '/docs/index.html')
  })

  test('fifty people at once ask for its metadata once, and not again for an hour', async () => {
    const path = '/.well-known/openid-configuration'
    await Promise.all(Array.from({ length: 50 }, () => toProvider(fixture.browser())))
    assert.equal(liar.asked.get(path), 1)
    fixture.clock.forward(3_599)
    await toProvider(fixture.browser())
    assert.equal(liar.asked.get(path), 1)
    fixture.clock.forward(1)
    await toProvider(fixture.browser())
    assert.equal(liar.asked.get(path), 2)
  })

  test('what is known of it goes on being used', async () => {
    const browser = fixture.browser()
    await begin(browser)
    fixture.clock.forward(3_600)
    liar.lie = { down: true }
    await toProvider(browser)
  })

  test('metadata of another issuer is not believed', async () => {
    liar.lie = { metadata: { issuer: 'https://evil.example' } }
    assert.equal((await fixture.browser().get('/sign-in/provider')).status, 503)
  })
})

test('answers that are refused are counted by address, and do not keep passwords out', async () => {
  const oidc = { issuer: liar.issuer, clientId: 'platform', clientSecret: 'x', name: 'Acme' }
  fixture = await setup({ oidc, passwords: true, limitSignIn: { points: 3, seconds: 900 } })
  liar.lie = { token: { status: 400, body: { error: 'invalid_grant' } } }
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) {
    const browser = fixture.browser()
    statuses.push((await callback(browser, await begin(browser))).status)
  }
  assert.deepEqual(statuses, [400, 400, 400, 429, 429])
  assert.equal(liar.asked.get('/token'), 3)
  const page = await (await fixture.browser().get('/sign-in')).submit({
    email: fixture.user.email,
    password: 'correct horse battery',
  })
  assert.equal(page.status, 200)
})
