/** The file of `LATCHKEY_API`: what it says holds, and a mistake in it is told by line or field. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { describeApi } from '../../src/api-description.ts'
import { defaultCatalogue } from '../../src/permissions.ts'
import { createPlatform } from '../../src/platform.ts'
import { SettingError } from '../../src/settings.ts'

const example = fileURLToPath(new URL('../../../../examples/gate/api.json', import.meta.url))
const read = { name: 'leads:read', title: 'See your leads', description: '' }

describe('the description of the API', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-api-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const describeText = (text: string) => {
    const api = join(folder, 'api.json')
    writeFileSync(api, text)
    return describeApi({ api })
  }
  const problem = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      assert.equal(error instanceof SettingError, true, String(error))
      return (error as Error).message
    }
    return assert.fail('It was taken.')
  }

  test('the example holds the catalogue and the routes', () => {
    const { permissions, routes } = describeApi({ api: example })
    assert.deepEqual(
      permissions.map(({ name }) => name),
      ['profile:read', 'leads:read', 'leads:write'],
    )
    assert.equal(routes?.length, 4)
  })

  test('nothing said: the usual catalogue, and no table', () => {
    assert.deepEqual(describeApi({ api: null }), { permissions: defaultCatalogue, routes: null })
    assert.equal(describeText('{"permissions":[]}').routes, null)
    assert.deepEqual(describeText('{"routes":[]}').routes, [])
  })

  test('what a program says stands in the place of the file', () => {
    const { permissions, routes } = describeApi({ api: example, permissions: [read], routes: [] })
    assert.deepEqual([permissions, routes], [[read], []])
  })

  const lines: [string, string, number][] = [
    ['a comma too many', '{\n  "permissions": [],\n}', 3],
    ['a comma too few', '{\n  "permissions": []\n  "routes": []\n}', 3],
    ['a comment', '{\n  // mine\n  "permissions": []\n}', 2],
    ['a text without its end', '{\n  "permissions": [{ "name": "a\n  }]\n}', 2],
    ['an end too early', '{\n  "permissions": [\n', 2],
    ['nothing', '', 1],
  ]
  for (const [title, text, line] of lines) {
    test(`${title}: line ${line}`, () => {
      const words = problem(() => describeText(text))
      assert.match(words, /^LATCHKEY_API \(--api\) .*api\.json: /)
      assert.ok(words.endsWith(`: line ${line} is not JSON.`), words)
    })
  }

  const permission = { name: 'leads:read', title: 'See your leads' }
  const route = { method: 'GET', path: '/leads', permission: 'leads:read' }
  const fields: [string, unknown, RegExp][] = [
    ['no object', [], /the document takes an object with permissions, routes/],
    ['a field more', { permission: [] }, /the document has 'permission'/],
    ['no list', { permissions: {} }, /permissions takes a list/],
    ['no permission', { permissions: ['leads:read'] }, /permissions\[0\] takes an object/],
    ['a missing name', { permissions: [{ title: 'x' }] }, /permissions\[0\]\.name is missing/],
    [
      'a missing title',
      { permissions: [permission, { name: 'x' }] },
      /permissions\[1\]\.title is m/,
    ],
    ['an empty title', { permissions: [{ name: 'x', title: ' ' }] }, /\.title takes a text/],
    [
      'a number',
      { permissions: [{ ...permission, description: 1 }] },
      /\.description takes a text/,
    ],
    ['a name with a space', { permissions: [{ ...permission, name: 'a b' }] }, /name is 'a b'/],
    ['the star as a name', { permissions: [{ ...permission, name: '*' }] }, /name is '\*'/],
    ['a name twice', { permissions: [permission, permission] }, /permissions\[1\]\.name .*earlier/],
    ['a typing mistake', { routes: [{ ...route, methods: 'GET' }] }, /routes\[0\] has 'methods'/],
    [
      'an unknown permission',
      { permissions: [permission], routes: [{ ...route, permission: 'leads:raed' }] },
      /routes\[0\]\.permission is 'leads:raed', but takes one of the permissions \(leads:read\)/,
    ],
    ['a small method', { routes: [{ ...route, method: 'get' }] }, /routes\[0\]\.method is 'get'/],
    ['HEAD', { routes: [{ ...route, method: 'HEAD' }] }, /HEAD goes with GET/],
    ['no path', { routes: [{ ...route, path: 'leads' }] }, /path is 'leads', but begins with \//],
    ['a query', { routes: [{ ...route, path: '/leads?x' }] }, /without query/],
    ['a star inside', { routes: [{ ...route, path: '/*/x' }] }, /takes \* as its last segment/],
    ['half a star', { routes: [{ ...route, path: '/lead*' }] }, /takes \* as its last segment/],
    ['dots', { routes: [{ ...route, path: '/a/../b' }] }, /takes it decoded, and without dots/],
    ['two slashes', { routes: [{ ...route, path: '/a//b' }] }, /without dots, empty segments/],
    [
      'a route twice',
      { permissions: [permission], routes: [route, { ...route, permission: '*' }] },
      /routes\[1\] is GET \/leads, which an earlier route has/,
    ],
  ]
  for (const [title, value, words] of fields) {
    test(`${title}: the field is named`, () => {
      assert.match(
        problem(() => describeText(JSON.stringify(value))),
        words,
      )
    })
  }

  test('a file that is not there', () => {
    assert.match(
      problem(() => describeApi({ api: join(folder, 'nowhere.json') })),
      /nowhere\.json: it cannot be read \(ENOENT\)/,
    )
  })

  test('createPlatform checks its options in the same way, before it opens anything', async () => {
    const options = { permissions: [read], apiRoutes: [{ ...route, permission: 'leads:write' }] }
    const database = join(folder, 'none', 'latchkey.db')
    await assert.rejects(createPlatform({ database, log: 'silent', ...options }), {
      message: /^routes\[0\]\.permission is 'leads:write'/,
    })
    await assert.rejects(createPlatform({ database, api: `${folder}/nowhere.json` }), SettingError)
  })
})
