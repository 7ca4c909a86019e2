/** What docs/reference/clients.md says of another library, where that can be shown here. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { validateAuthResponse } from 'oauth4webapi'

test('oauth4webapi takes a denial without state for an error', () => {
  const answer = new URLSearchParams({ error: 'access_denied' })
  const platform = { issuer: 'https://platform.example' }
  assert.throws(
    () => validateAuthResponse(platform, { client_id: 'app' }, answer, 'the-state'),
    /response parameter "state" missing/,
  )
})

const page = new URL('../../../docs/reference/clients.md', import.meta.url)

/** The rows of a table of the page: that of the comparison, or that of what shows it. */
function rowsOf(table: 'comparison' | 'shown'): string[][] {
  const [comparison = '', shown = ''] = readFileSync(page, 'utf8').split('## Shown by')
  const lines = (table === 'shown' ? shown : comparison).split('\n')
  const cells = lines
    .filter(line => line.startsWith('| '))
    .map(line => line.slice(2, -2).split(' | '))
  return cells.slice(2)
}

/** Whether a file has a test of this title: written out, or as a row of a table that the title is made from. */
function hasTest(source: string, title: string): boolean {
  const quoted = (text: string) => [`'${text}'`, `"${text}"`].some(it => source.includes(it))
  if ([`test('${title}'`, `test("${title}"`].some(it => source.includes(it))) return true
  if (source.includes('test(title,') && quoted(title)) return true
  return [...source.matchAll(/test\(`([^`]+)`/g)].some(([, template = '']) => {
    const parts = template.split(/\$\{[^}]*\}/).map(part => RegExp.escape(part))
    const [, ...made] = new RegExp(`^${parts.join('(.+)')}$`).exec(title) ?? []
    return (
      made.length > 0 &&
      made.every(part => quoted(part) || new RegExp(`\\b${part}\\b`).test(source))
    )
  })
}

test('each line of ours in the comparison names tests, and each of them is there', () => {
  const lines = rowsOf('comparison').map(([property]) => property)
  const shown = rowsOf('shown')
  assert.ok(lines.length > 15)
  assert.deepEqual([...new Set(shown.map(([property]) => property))], lines.slice(1))
  for (const [property, link = '', title = ''] of shown) {
    const [, path = ''] = /\]\(([^)]+)\)/.exec(link) ?? []
    const source = readFileSync(new URL(path, page), 'utf8')
    assert.ok(hasTest(source, title), `${property}: no test “${title}” in ${path}`)
  }
})

test('nothing in the comparison was left to be looked up', () => {
  assert.doesNotMatch(readFileSync(page, 'utf8'), /not looked up/)
})
