/** A person with an authenticator app in hand, at a platform of `setup()`. */
import { Secret, TOTP } from 'otpauth'
import type { FormBrowser, Page } from '../form-browser.ts'
import { password, type Setup, signIn } from '../setup.ts'

export interface FactorPerson {
  readonly browser: FormBrowser
  readonly secret: string
  /** As they were shown once. */
  readonly codes: readonly string[]
}

/** What the app shows at this moment. */
export function digitsOf(secret: string, now: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now })
}

/** Signs in and sets up an authenticator app; the clock then moves on, so that its next code is a new one. */
export async function withAuthenticator(fixture: Setup): Promise<FactorPerson> {
  const browser = fixture.browser()
  await signIn(browser, fixture.user.email)
  const page = await browser.get('/account/security/authenticator')
  const [, spelled = ''] = /data-copy="([A-Z2-7]{32})"/.exec(page.html) ?? []
  const shown = await page.submit(
    { code: digitsOf(spelled, fixture.clock.now()) },
    '/account/security/authenticator',
  )
  fixture.clock.forward(30)
  return { browser, secret: spelled, codes: codesOn(shown) }
}

export function codesOn(page: Page): readonly string[] {
  return [...page.html.matchAll(/<li><code>([0-9a-z-]{19})<\/code>/g)].map(([, code = '']) => code)
}

/** Gives the password in a browser of its own; answers the page one arrives at. */
export async function firstStep(fixture: Setup, email = fixture.user.email) {
  const browser = fixture.browser()
  const form = await browser.get('/sign-in?continue=%2Faccount%2Fsessions')
  return { browser, page: await form.submit({ email, password }) }
}
