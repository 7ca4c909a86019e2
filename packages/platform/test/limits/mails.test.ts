/** Mails with codes: five in a quarter of an hour, to an address and for a client, whatever they are for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBrowser, type Page } from '../form-browser.ts'
import { password, type Setup, setup } from '../setup.ts'

const limitSignIn = { points: 1_000, seconds: 900 }

/** A browser whose requests come from this address, by way of a proxy or not. */
function browserAt({ platform }: Setup, address: string, forwarded?: string) {
  return createBrowser(request => {
    if (forwarded !== undefined) request.headers.set('X-Forwarded-For', forwarded)
    return platform.fetch(request, address)
  }, platform.settings.url)
}

type Browser = ReturnType<typeof browserAt>

async function signUp(browser: Browser, email: string): Promise<Page> {
  const page = await browser.get('/sign-up')
  return page.submit({ firstName: 'Noor', lastName: 'Haddad', email, password })
}

async function forget(browser: Browser, email: string): Promise<Page> {
  return (await browser.get('/forgot-password')).submit({ email })
}

describe('mails with codes', () => {
  test('of a client are limited, to whomever they go and whatever they are for', async () => {
    const fixture = await setup({ limitSignIn })
    for (let i = 0; i < 3; i++) {
      const answer = await signUp(browserAt(fixture, '192.0.2.1'), `new-${i}@example.com`)
      assert.equal(answer.path, '/sign-up/code?continue=%2F')
    }
    for (const email of [fixture.user.email, 'nobody@example.com']) {
      const answer = await forget(browserAt(fixture, '192.0.2.1'), email)
      assert.equal(answer.path, '/forgot-password/code')
    }
    const sent = fixture.mails.length
    assert.equal(sent, 5)
    for (const answer of [
      await signUp(browserAt(fixture, '192.0.2.1'), 'sixth@example.com'),
      await forget(browserAt(fixture, '192.0.2.1'), 'seventh@example.com'),
    ]) {
      assert.equal(answer.status, 429)
      assert.match(answer.html, /Too many codes were asked for/)
    }
    assert.equal(fixture.mails.length, sent)
    assert.equal((await signUp(browserAt(fixture, '192.0.2.2'), 'eighth@example.com')).status, 200)
    assert.equal(fixture.mails.length, sent + 1)
  })

  test('asked for again count as well', async () => {
    const fixture = await setup({ limitSignIn })
    const browser = browserAt(fixture, '192.0.2.1')
    const page = await signUp(browser, 'new@example.com')
    for (let i = 0; i < 8; i++) await page.submit({}, '/sign-up/resend')
    assert.equal(fixture.mails.length, 5)
  })

  test('to one address are limited, whoever asks', async () => {
    const fixture = await setup({ limitSignIn })
    for (let i = 0; i < 8; i++) {
      await forget(browserAt(fixture, `192.0.2.${i}`), fixture.user.email)
    }
    assert.equal(fixture.mails.length, 5)
  })

  test('at once are not more either', async () => {
    const fixture = await setup({ limitSignIn })
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        forget(browserAt(fixture, '192.0.2.1'), `somebody-${i}@example.com`),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 429).length, 7)
    assert.equal(fixture.mails.length, 5)
  })

  test('are counted by the client behind a proxy that is trusted, and by the peer otherwise', async () => {
    const trusting = await setup({ limitSignIn, trustProxy: ['10.0.0.1'] })
    for (let i = 0; i < 8; i++) {
      await forget(browserAt(trusting, '10.0.0.1', `192.0.2.${i}`), `somebody-${i}@example.com`)
    }
    assert.equal(trusting.mails.length, 8)
    const wary = await setup({ limitSignIn })
    for (let i = 0; i < 8; i++) {
      await forget(browserAt(wary, '10.0.0.1', `192.0.2.${i}`), `somebody-${i}@example.com`)
    }
    assert.equal(wary.mails.length, 5)
  })
})
