/** Nothing of what signs somebody in stands in the log, whatever goes wrong. */
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { pino } from 'pino'
import type { Log } from '../../src/log.ts'
import { password, setup, signIn } from '../setup.ts'
import { digitsOf, firstStep, withAuthenticator } from './factor-person.ts'

test('no secret, code, password or cookie of a second factor is logged', async () => {
  let logged = ''
  const stream = new Writable({
    write: (chunk, _, done) => {
      logged += chunk
      done()
    },
  })
  const fixture = await setup({
    logger: pino({ level: 'trace' }, stream) as unknown as Log,
    mailer: async () => {
      throw new Error('no mail server')
    },
  })
  const { secret, codes, browser } = await withAuthenticator(fixture)
  const { page, browser: other } = await firstStep(fixture)
  const digits = digitsOf(secret, fixture.clock.now())
  const pending = other.cookies.get('latchkey_pending') ?? ''
  await page.submit({ code: '123450' }, '/sign-in/second-factor')
  await page.submit({ recovery: 'none-of-the-codes' }, '/sign-in/second-factor')
  await page.submit({ answer: '{"id":"AAAA","response":{}}', seal: 'x' }, '/sign-in/second-factor')
  await page.submit({ code: digits }, '/sign-in/second-factor')
  await browser.get('/account/sessions')
  await signIn(fixture.browser(), fixture.user.email)
  await fixture.platform.store.write(tx => tx.run(`update authenticator set secret = 'broken'`))
  const broken = await firstStep(fixture)
  const refused = await broken.page.submit({ code: digits }, '/sign-in/second-factor')
  assert.match(refused.html, /cannot be checked any more/)
  await fixture.platform.close()
  assert.ok(logged.includes('A notice could not be sent.') && logged.includes('key of an auth'))
  const session = browser.cookies.get('latchkey_session') ?? ''
  const secrets = [secret, digits, '123450', 'none-of-the', password, pending, session, ...codes]
  for (const text of secrets) assert.ok(text !== '' && !logged.includes(text), text)
})
