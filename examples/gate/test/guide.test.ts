/** The guide shows exactly the files that the tests run. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const guide = read('../../../docs/guides/gate.md')
const blocks = [...guide.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, text]) => text)

for (const file of [
  'api.json',
  'nginx.conf',
  'Caddyfile',
  'fetch.ts',
  'hono.ts',
  'express.ts',
  'fastify.ts',
]) {
  test(`the guide shows ${file} as it is`, () => {
    assert.ok(blocks.includes(read(`../${file}`)), `${file} is not in the guide word for word`)
    assert.ok(guide.includes(`(../../examples/gate/${file})`), 'with a link to it')
  })
}
