/** The example as it is started: two servers, and a person who goes from one to the other and back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../../packages/platform/src/log.ts'
import { createBrowser } from '../../../packages/platform/test/form-browser.ts'
import { freePort } from '../../../packages/platform/test/listening.ts'
import { start } from '../src/start.ts'

test('Dana signs in at the provider, and is signed in here', async t => {
  const port = await freePort()
  const running = await start(
    { platform: port, provider: 0 },
    { database: ':memory:', logger: createLog('silent') },
  )
  t.after(() => running.stop())
  const manual = (request: Request) => fetch(request, { redirect: 'manual' })
  const here = createBrowser(manual, `http://localhost:${port}`)
  const page = await here.get('/sign-in?continue=%2Faccount%2Fconnections')
  const [, href = ''] = /href="(\/sign-in\/provider[^"]*)"/.exec(page.html) ?? []
  const sent = new URL((await here.get(href.replaceAll('&amp;', '&'))).location ?? 'missing:')
  const there = createBrowser(manual, sent.origin)
  const asked = await there.get(sent.pathname + sent.search)
  const answer = await there.post(asked.path, { email: 'dana@example.com', password: 'example' })
  const back = new URL(answer.location ?? 'missing:')
  const done = await here.get(back.pathname + back.search)
  assert.equal(done.path, '/account/connections')
  assert.match(done.html, /Dana Reyes/)
})
