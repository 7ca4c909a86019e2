import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { answerHeaders, questionHeaders } from '../../src/forward-auth.ts'
import { tokenParameters } from '../../src/oauth/token.ts'
import { openApi } from '../../src/openapi.ts'
import type { OpenApiDocument } from '../../src/pages/openapi.ts'
import { createRoutes } from '../../src/routes.ts'
import { connect, type Setup, setup } from '../setup.ts'

const url = 'http://localhost:4400'
const document: OpenApiDocument = openApi(url)
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)

describe('the description of the endpoints', () => {
  let fixture: Setup
  const served = new Set<string>()
  before(async () => {
    fixture = await setup({
      routes: parts => {
        // What people and operators look at is not what vendors call.
        const others = /^\/(?:healthz|readyz|metrics|openapi\.json)$|\*$/
        const pages = /\/(?:authorize|vendor-auth\.html)$/
        for (const [path, { manner, get, post, any }] of createRoutes(parts, [])) {
          if (others.test(path) || (manner === 'page' && !pages.test(path))) continue
          if (get || any) served.add(`get ${path}`)
          if (post) served.add(`post ${path}`)
        }
        return []
      },
    })
  })
  after(() => fixture.platform.close())

  test('names each endpoint with each of its methods, and nothing else', () => {
    const described = operations.map(({ path, method }) => `${method} ${path}`)
    assert.deepEqual(described.sort(), [...served].sort())
  })

  test('is what /openapi.json answers and the page shows', async () => {
    const answer = await fixture.platform.fetch(new Request(`${url}/openapi.json`))
    assert.deepEqual(await answer.json(), JSON.parse(JSON.stringify(document)))
    const page = await fixture.platform.fetch(new Request(`${url}/docs/index.html`))
    const html = await page.text()
    for (const { path, operation } of operations) {
      assert.ok(html.includes(`<code>${path}</code>`), path)
      assert.ok(html.includes(operation.summary ?? path), path)
    }
  })

  test('names what the gate is asked with, and what it answers with', async () => {
    const gate = document.paths['/gate']?.get
    assert.deepEqual(
      gate?.parameters?.map(({ name }) => name),
      Object.keys(questionHeaders),
    )
    const { access_token } = await connect(fixture)
    const answer = await fixture.platform.fetch(
      new Request(`${url}/gate`, { headers: { Authorization: `Bearer ${access_token}` } }),
    )
    for (const name of Object.keys(answerHeaders)) assert.ok(answer.headers.has(name), name)
    for (const name of answer.headers.keys()) {
      if (!name.startsWith('x-latchkey')) continue
      const known = Object.keys(answerHeaders).map(known => known.toLowerCase())
      assert.ok(known.includes(name), name)
    }
  })

  test('of the token endpoint by GET names every parameter but the secret', () => {
    const names = document.paths['/api/user-web/oauth/token']?.get?.parameters?.map(
      ({ name }) => name,
    )
    assert.deepEqual(
      names,
      Object.keys(tokenParameters).filter(name => name !== 'client_secret'),
    )
  })
})
