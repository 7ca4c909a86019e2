/** Mail to people, by the operator's SMTP server, or written out in the log where there is none. */
import { PageError } from '../error.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends a mail; rejects when it could not be handed over. */
export type Mailer = (mail: Mail) => Promise<void>

/** The mailer that the settings name. */
export function mailerOf({ smtp, mailFrom }: MailSettings, log: Log): Mailer {
  return smtp ? smtpMailer(smtp, mailFrom) : logMailer(log)
}

type MailSettings = Pick<Settings, 'smtp' | 'mailFrom'>

/** Hands mails over, for whoever waits for one: what fails is logged, and a page that asks to try again. */
export function sender(mailer: Mailer, log: Log): (mail: Mail) => Promise<void> {
  return async mail => {
    try {
      await mailer(mail)
    } catch (cause) {
      log.error({ err: cause }, 'A mail could not be sent.')
      throw new PageError(503, {
        title: 'The mail could not be sent',
        what: 'We could not send the mail just now.',
        mend: 'Wait a minute, go back, and try again.',
      })
    }
  }
}

/** A mailer over SMTP (`smtp://user:password@host:port`). The library is loaded with the first mail. */
function smtpMailer(url: string, from: string): Mailer {
  let transport: Promise<import('nodemailer').Transporter> | null = null
  return async mail => {
    transport ??= import('nodemailer').then(({ createTransport }) => createTransport(url))
    await (await transport).sendMail({ from, to: mail.to, subject: mail.subject, text: mail.text })
  }
}

/** For a platform without SMTP settings: the operator reads the mails in the log. */
function logMailer(log: Log): Mailer {
  return async ({ to, subject, text }) => {
    log.warn(
      `No mail server is set (LATCHKEY_SMTP), so this mail to ${to} was not sent. Subject: ${subject}\n${text}`,
    )
  }
}

/** A text that others wrote, fit for a subject or one line: no line ends, nothing that turns letters around. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()
}
