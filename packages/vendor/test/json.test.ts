/** Large integers keep every digit. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatJson, parseJson } from '../src/index.ts'
import { answer, type Fault, faulty } from './faults.ts'
import { connectUser, type Fixture, setup } from './setup.ts'

describe('exact JSON', () => {
  const cases: readonly [string, unknown][] = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['18446744073709551615', 18446744073709551615n],
    ['1e3', 1000],
    ['1e30', 1e30],
    ['0.1', 0.1],
    ['"9007199254740993"', '9007199254740993'],
    ['-0', -0],
  ]
  for (const [text, value] of cases) {
    test(text, () => assert.deepEqual(parseJson(`{"a":[${text}]}`), { a: [value] }))
  }

  test('there and back, for every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), id => {
        const text = `{"id":${id}}`
        assert.equal(formatJson(parseJson(text)), text)
        assert.equal(BigInt((parseJson(text) as { id: number | bigint }).id), id)
      }),
    )
  })

  test('what is not JSON is refused as by JSON.parse', () => {
    assert.throws(() => parseJson('{'), SyntaxError)
  })
})

describe('ids from the API', () => {
  const lead = '{"id":9007199254740993,"email":"a@b.c","firstName":"","lastName":"","score":1.5}'

  test('stay exact in fetch, json and me', async () => {
    const scripted: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted, '/me')(request),
    })
    const connection = await connectUser(fixture)
    scripted.push(answer(200, lead), answer(200, lead), answer(200, lead))
    const response = await connection.fetch('/v1.0/me')
    const body = (await response.json()) as { id: bigint; score: number }
    assert.equal(body.id, 9007199254740993n)
    assert.equal(body.score, 1.5)
    assert.deepEqual(await connection.json('/v1.0/me'), body)
    assert.equal((await connection.api.me()).id, 9007199254740993n)
  })

  test('a profile that is none is malformed', async () => {
    const scripted: Fault[] = []
    const fixture: Fixture = await setup({
      fetch: request => faulty(fixture.network, scripted, '/me')(request),
    })
    const connection = await connectUser(fixture)
    for (const body of ['"hello"', '{}', 'null', '', '[]', '{"id":"1","email":"a"}', '<html>']) {
      scripted.push(answer(200, body))
      await assert.rejects(connection.api.me(), { fault: 'malformed' }, body)
    }
  })
})
