/** The Webhooks pages, as a developer walks through them; and what they never show. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Log } from '../../src/log.ts'
import type { PlatformOptions } from '../../src/platform.ts'
import { announceTest } from '../../src/webhooks/journal.ts'
import type { FormBrowser, Page } from '../form-browser.ts'
import { connect, makeApp, setup, signIn } from '../setup.ts'
import { createReceiver, listen } from '../webhooks/receiver.ts'

const url = 'https://hooks.brightline.example/latchkey'
const here = '/developer/authorizations/webhooks'

async function desk(options: PlatformOptions = {}) {
  let now = () => 0
  const receiver = createReceiver(() => now())
  const fixture = await setup({ post: receiver.post, ...options })
  now = fixture.clock.now
  const { platform, user, app } = fixture
  await platform.store.write(async tx => {
    const [row] = await tx.run<{ vendor_id: number }>('select vendor_id from app')
    await tx.run(
      `insert into vendor_member (account_id, vendor_id, role, created_at) values ($1, $2, 'owner', 0)`,
      user.id,
      row?.vendor_id ?? 0,
    )
  })
  const developer = fixture.browser()
  await signIn(developer, user.email)
  const look = () => developer.get(`${here}?app=${app.clientId}`)
  return { ...fixture, receiver, developer, look }
}

async function setUp(page: Page): Promise<string> {
  const shown = await page.submit({ url }, here)
  assert.equal(shown.status, 200, shown.html)
  const [secret = ''] = /whsec_[\w+/]{43}=/.exec(shown.html) ?? []
  assert.ok(secret)
  return secret
}

/** One of the page's buttons: the forms differ in what they ask for. */
async function step(developer: FormBrowser, page: Page, fields: Record<string, string>) {
  return developer.post(`${here}/step`, { ...page.hidden(here), ...fields })
}

test('a URL is set, shown once with its secret, told a test event, and removed', async () => {
  const { platform, developer, look, receiver, app } = await desk()
  const refused = await (await look()).submit({ url: 'https://169.254.169.254/' }, here)
  assert.equal(refused.status, 400)
  assert.match(refused.html, /it does not lead to the public internet/)
  const secret = await setUp(await look())
  const page = await look()
  assert.ok(!page.html.includes(secret))
  assert.ok(page.html.includes(`whsec_…${secret.slice(-4)}`))
  assert.match((await step(developer, page, { action: 'test' })).html, /sent when its turn comes/)
  await platform.deliver()
  assert.deepEqual(
    receiver.received.map(({ url: to, type }) => [to, type]),
    [[url, 'test']],
  )
  const told = await look()
  assert.match(told.html, /Your server answered 204/)
  const [, event = ''] = /<code>(msg_[\w-]{22})<\/code>/.exec(told.html) ?? []
  await step(developer, told, { action: 'redeliver', event })
  await platform.deliver()
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    [event, event],
  )
  const sure = await developer.get(`${here}/step?app=${app.clientId}&action=remove`)
  assert.match(sure.html, /No connection is touched/)
  const gone = await sure.submit({})
  assert.match(gone.html, /Set up webhooks/)
  const none = await step(developer, told, { action: 'test' })
  assert.equal(none.status, 409)
})

test('a new signing secret signs beside the one before for a day', async () => {
  const fixture = await desk()
  const { platform, developer, look, receiver, clock } = fixture
  const first = await setUp(await look())
  const shown = await step(developer, await look(), { action: 'roll' })
  const [second = ''] = /whsec_[\w+/]{43}=/.exec(shown.html) ?? []
  assert.notEqual(second, first)
  const signatures = async () => {
    await connect(fixture)
    await platform.deliver()
    return receiver.received.at(-1)?.headers['webhook-signature']?.split(' ') ?? []
  }
  assert.equal((await signatures()).length, 2)
  assert.match((await look()).html, /Signs until/)
  clock.forward(86_400)
  assert.equal((await signatures()).length, 1)
})

test('of two tabs that set a URL the second is told', async () => {
  const { look } = await desk()
  const tab = await look()
  await setUp(await look())
  assert.equal((await tab.submit({ url: 'https://other.example/' }, here)).status, 409)
  assert.ok((await look()).html.includes(url))
})

test('a failure is told in plain words, and a long log in pages', async () => {
  const fixture = await desk()
  const { platform, developer, look, receiver, app } = fixture
  await setUp(await look())
  receiver.answer = () => ({ status: 500 })
  const page = await look()
  for (let i = 0; i < 25; i++) await step(developer, page, { action: 'test' })
  await platform.deliver()
  const failed = await look()
  assert.match(failed.html, /Your server answered 500\. One attempt was made; the next is on/)
  assert.equal(failed.html.match(/class="delivery-what"/g)?.length, 20)
  const [, before = ''] = /&amp;before=(\d+)#log/.exec(failed.html) ?? []
  const older = await developer.get(`${here}?app=${app.clientId}&before=${before}`)
  assert.equal(older.html.match(/class="delivery-what"/g)?.length, 5)
})

test('test events and redeliveries have one limit together, for an app and not for its events', async () => {
  const fixture = await desk({ limitSignIn: { points: 10, seconds: 900 } })
  const { platform, developer, look, receiver } = fixture
  await setUp(await look())
  const page = await look()
  await step(developer, page, { action: 'test' })
  const [, event = ''] = /name="event" value="([^"]+)"/.exec((await look()).html) ?? []
  for (let i = 1; i < 60; i++) await step(developer, page, { action: 'redeliver', event })
  for (const fields of [{ action: 'test' }, { action: 'redeliver', event }]) {
    const refused = await step(developer, page, fields as Record<string, string>)
    assert.equal(refused.status, 429, fields.action)
    assert.match(refused.html, /It was not sent\..* Try again in 15 minutes\./)
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  }
  await connect(fixture)
  await platform.deliver()
  assert.deepEqual(receiver.received.map(({ type }) => type).sort(), ['connection.created', 'test'])
})

test('410 switches it off, says so by mail and on the page, and saving switches it on again', async () => {
  const { platform, developer, look, receiver, mails } = await desk()
  await setUp(await look())
  receiver.answer = () => ({ status: 410 })
  await step(developer, await look(), { action: 'test' })
  await platform.deliver()
  const [mail] = mails
  assert.match(mail?.subject ?? '', /switched off/)
  const off = await look()
  assert.match(off.html, /Switched off/)
  assert.doesNotMatch(off.html, /Redeliver/)
  const on = await off.submit({}, here)
  assert.doesNotMatch(on.html, /Switched off/)
})

test('another vendor’s event is not redelivered by naming it on one’s own app', async () => {
  const { platform, developer, look, receiver, clock } = await desk()
  await setUp(await look())
  const { store } = platform
  const { id: appId } = await makeApp(platform, { vendor: 'Zenith', name: 'Zenith' })
  await listen({ platform }, appId, clock.now())
  const event = await announceTest(store, { appId, actor: 'operator' }, clock.now())
  await platform.deliver()
  const answer = await step(developer, await look(), { action: 'redeliver', event: event ?? '' })
  assert.equal(answer.status, 409)
  await platform.deliver()
  assert.equal(receiver.received.length, 1)
})

test('no log and no database holds a signing secret', async () => {
  const lines: string[] = []
  const write = (...said: unknown[]) => void lines.push(inspect(said, { depth: 9 }))
  const levels = { debug: write, info: write, warn: write, error: write, fatal: write }
  const { platform, look, developer, receiver } = await desk({
    logger: { ...levels, isLevelEnabled: () => true } as unknown as Log,
  })
  const secret = await setUp(await look())
  receiver.answer = ({ headers }) => {
    throw new Error(`The network is strange: ${headers['webhook-id']}`)
  }
  await step(developer, await look(), { action: 'test' })
  await platform.deliver()
  assert.match(lines.join('\n'), /The network is strange/)
  const tables = ['webhook_secret', 'webhook_endpoint', 'webhook_event', 'audit_event']
  const rows = await Promise.all(tables.map(name => platform.store.read(`select * from ${name}`)))
  assert.ok(rows.every(([first]) => first))
  assert.ok(!inspect([lines, rows], { depth: 9 }).includes(secret.slice(6, 20)))
})
