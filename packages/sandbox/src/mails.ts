/** Mails of a platform without a mail server: kept in memory and shown at `/dev/mail`. */
import type { Mail, Mailer } from '@latchkey/platform'
import type { Parts } from '@latchkey/platform/admin'
import { mailPage, type Route } from '@latchkey/platform/admin'

const kept = 50

export function createOutbox(): {
  mailer: Mailer
  routes: (parts: Parts) => Iterable<readonly [string, Route]>
} {
  const mails: (Mail & { at: number })[] = []
  return {
    mailer: async mail => {
      mails.push({ ...mail, at: Date.now() })
      if (mails.length > kept) mails.shift()
    },
    routes: ({ renderer }) => [
      [
        '/dev/mail',
        {
          manner: 'page',
          get: async () => renderer.page(mailPage({ platformName: renderer.name, mails })),
        },
      ],
    ],
  }
}
