/** What people are written about their own account. The words of others stand in quotes, in one line. */
import type { Parts } from '../platform.ts'
import type { Account } from './account.ts'
import { oneLine } from './mail.ts'

type LetterParts = Pick<Parts, 'notices' | 'settings' | 'renderer' | 'now'>

const timeFormat = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** An app was let in, by whoever was signed in to the account. */
export function tellConnected(
  parts: LetterParts,
  account: Account,
  app: { name: string; vendorName: string; permissions: readonly { title: string }[] },
): void {
  const { settings, renderer, now } = parts
  if (!settings.mailOnConnect) return
  const [name, vendor] = [oneLine(app.name), oneLine(app.vendorName)]
  const allowed = app.permissions.map(({ title }) => `    - ${oneLine(title)}`).join('\n')
  parts.notices.tell(account.id, {
    to: account.email,
    subject: `You connected ${name} to ${oneLine(renderer.name)}`,
    text: `On ${timeFormat.format(now())} UTC you let an app use your ${renderer.name} data:

    App: “${name}”
    By:  “${vendor}”

It may:

${allowed || '    - Know that you connected it, and nothing more'}

You can take this back at any time, and it is in force at once:
${settings.url}/account/connections

Was it not you? Disconnect the app there now, change your password at ${settings.url}/account/security, and sign out everywhere else at ${settings.url}/account/sessions.`,
  })
}

const changes = {
  password: 'Your password was changed',
  authenticator: 'An authenticator app was set up for your account',
  'no authenticator': 'The authenticator app was removed from your account',
  passkey: 'A passkey was added to your account',
  'no passkey': 'A passkey was removed from your account',
  codes: 'New recovery codes were made for your account',
} as const

export type SecurityChange = keyof typeof changes

/** Something about signing in was changed. */
export function tellChange(parts: LetterParts, account: Account, change: SecurityChange): void {
  const { settings, renderer, now } = parts
  const what = changes[change]
  parts.notices.tell(account.id, {
    to: account.email,
    subject: `${what} at ${oneLine(renderer.name)}`,
    text: `${what} on ${timeFormat.format(now())} UTC.

If it was you, there is nothing to do. If not, set a new password at ${settings.url}/forgot-password and look at ${settings.url}/account/security and ${settings.url}/account/sessions now.`,
  })
}
