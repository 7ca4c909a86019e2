import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { localPath } from '../src/accounts/local-path.ts'
import { OAuthError } from '../src/error.ts'
import { presentedApp } from '../src/oauth/app-auth.ts'
import { redirectLocation } from '../src/oauth/authorize.ts'
import { html, renderHtml } from '../src/pages/html.ts'
import { fromAnywhere, fromQuery } from '../src/params.ts'

const table = {
  a: { description: 'first' },
  b: { description: 'second' },
  secret: { description: 'hidden', secret: true },
} as const

const printable = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter(text => !/[\p{Cc}\p{Cs}]/u.test(text))

describe('parameters, whatever is sent', () => {
  test('are read back as they were written', () => {
    fc.assert(
      fc.property(printable, printable, (a, b) => {
        const expected = { ...(a && { a }), ...(b && { b }) }
        const query = String(new URLSearchParams({ a, b, other: 'x' }))
        assert.deepEqual(fromAnywhere(table, query, '', undefined), expected)
        assert.deepEqual(
          fromAnywhere(table, '', query, 'application/x-www-form-urlencoded'),
          expected,
        )
        assert.deepEqual(
          fromAnywhere(table, '', JSON.stringify({ a, b, z: { a: [a] } }), 'application/json'),
          expected,
        )
      }),
    )
  })

  test('are refused with invalid_request or taken, and nothing else happens', () => {
    const bytes = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(
        bytes,
        bytes,
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded'),
        (query, body, type) => {
          try {
            const params = fromAnywhere(table, query, body, type)
            for (const [name, value] of Object.entries(params)) {
              assert.ok(Object.hasOwn(table, name))
              assert.equal(typeof value, 'string')
            }
          } catch (error) {
            assert.ok(error instanceof OAuthError)
            assert.equal(error.code, 'invalid_request')
          }
          fromQuery(table, query)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('sent twice are refused however they are written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', '%61'),
        fc.constantFrom('a', '%61'),
        printable,
        (first, second, value) => {
          const encoded = encodeURIComponent(value)
          assert.throws(
            () => fromAnywhere(table, `${first}=${encoded}&${second}=${encoded}`, '', undefined),
            /more than once/,
          )
          assert.throws(
            () =>
              fromAnywhere(table, `${first}=1`, JSON.stringify({ a: value }), 'application/json'),
            /more than once/,
          )
        },
      ),
    )
  })
})

describe('presentedApp', () => {
  test('any header is credentials or invalid_client', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), text => {
        for (const header of [
          text,
          `Basic ${text}`,
          `Basic ${Buffer.from(text).toString('base64')}`,
        ]) {
          try {
            const { clientId, secret } = presentedApp({ header: () => header }, {})
            assert.ok(clientId.length > 0)
            assert.notEqual(secret, '')
          } catch (error) {
            assert.ok(error instanceof OAuthError)
            assert.equal(error.code, 'invalid_client')
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('localPath', () => {
  const cases: [string | undefined, string][] = [
    [undefined, '/'],
    ['', '/'],
    ['/account/connections', '/account/connections'],
    [
      '/page/vendor-auth.html?clientId=a&state=%2F%2Fx',
      '/page/vendor-auth.html?clientId=a&state=%2F%2Fx',
    ],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/\n/evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/x/..//evil.example', '/'],
  ]
  for (const [wanted, expected] of cases) {
    test(`${JSON.stringify(wanted)} leads to ${expected}`, () => {
      assert.equal(localPath(wanted), expected)
    })
  }

  test('never leaves the platform', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.webPath()), text => {
        for (const wanted of [text, `/${text}`, `//${text}`, `/\\${text}`]) {
          const url = new URL(localPath(wanted), 'http://platform.example')
          assert.equal(url.origin, 'http://platform.example')
          assert.doesNotMatch(localPath(wanted), /^\/[/\\]/)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('redirectLocation', () => {
  test('keeps the registered URL and brings every parameter back exactly', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('https://v.example/cb', 'https://v.example/cb?a=1', 'https://v.example/?'),
        printable,
        (uri, state) => {
          const location = redirectLocation(uri, 'https://p.example', { code: 'c', state })
          assert.ok(location.startsWith(uri))
          assert.match(location, /^[\x21-\x7e]+$/)
          const params = new URL(location).searchParams
          assert.equal(params.get('state'), state)
          assert.equal(params.get('code'), 'c')
          assert.equal(params.get('iss'), 'https://p.example')
        },
      ),
    )
  })
})

describe('html', () => {
  test('no text can end an element or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const rendered = renderHtml(html`<p title="${text}">${text}</p>`)
        assert.equal(rendered.match(/[<>]/g)?.length, 4)
        assert.equal(rendered.match(/"/g)?.length, 2)
      }),
    )
  })
})
