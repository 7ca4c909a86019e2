/** Plain http that leaves this machine is said at the start, once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exposureOf } from '../../src/cli/exposure.ts'
import { install } from './serving.ts'

describe('who is warned', () => {
  const cases: [url: string, host: string, warned: boolean][] = [
    ['http://localhost:4400', '0.0.0.0', true],
    ['http://localhost:4400', '::', true],
    ['http://127.0.0.1:4400', '10.1.2.3', true],
    ['http://localhost:4400', '127.0.0.1', false],
    ['http://localhost:4400', '127.0.0.2', false],
    ['http://localhost:4400', '127.0.0.1.example', true],
    ['http://localhost:4400', 'localhost', false],
    ['http://[::1]:4400', '::1', false],
    ['https://platform.example', '0.0.0.0', false],
  ]
  for (const [url, host, warned] of cases) {
    test(`${url} on ${host}: ${warned ? 'warned' : 'not'}`, () => {
      assert.equal(exposureOf({ url, host }) !== null, warned)
    })
  }
})

const starts: [words: string[], lines: number][] = [
  [['--host', '0.0.0.0'], 1],
  [['--host', '0.0.0.0', '--workers', '2'], 1],
  [['--host', '0.0.0.0', '--url', 'https://platform.example'], 0],
  [[], 0],
]
for (const [words, lines] of starts) {
  test(`serve ${words.join(' ')} warns in ${lines} lines`, async t => {
    const server = await install(t).serve(...words)
    await server.stop()
    const warnings = server
      .log()
      .split('\n')
      .filter(line => line.includes('plain http'))
    assert.equal(warnings.length, lines)
    for (const line of warnings) {
      const { level, msg } = JSON.parse(line) as { level: number; msg: string }
      assert.equal(level, 40)
      assert.match(msg, /listens on 0\.0\.0\.0\. Set LATCHKEY_URL to the https address/)
    }
  })
}
