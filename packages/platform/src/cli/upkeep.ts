/** `latchkey migrate` and `purge`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../store/open.ts'
import { purge } from '../store/purge.ts'
import { type Command, withStore } from './command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate',
  about: 'Brings the database schema up to date.',
  options: {},
  positionals: [],
  run: async ({ settings }) => {
    const store = await openStore(settings.database)
    try {
      const ran = await store.migrate()
      const words = ran.length > 0 ? `Ran:\n  ${ran.join('\n  ')}` : 'The schema is up to date.'
      return { document: { ran, version: await store.schemaVersion() }, words }
    } finally {
      await store.close()
    }
  },
}

/** Milliseconds after a step that wrote: what this process commits, a server on the same file has to read anew. */
const pause = 100

const rest = async (wrote: boolean) => {
  if (wrote) await sleep(pause)
  return true
}

export const purgeCommand: Command = {
  name: 'purge',
  usage: 'purge',
  about:
    'Deletes codes nobody exchanged, ended sessions, emailed codes, revoked secrets, old invitations, unused logos, old webhooks and audit events.',
  options: {},
  positionals: [],
  run: ({ settings }) =>
    withStore(settings, async store => {
      const gone = await purge(store, { now: Date.now(), auditDays: settings.auditDays, rest })
      const words = `Gone: ${gone.codes} unused codes and denials, ${gone.sessions} sessions, ${gone.emailCodes} emailed codes, ${gone.secrets} revoked secrets, ${gone.invitations} old invitations, ${gone.logos} unused logos, ${gone.webhooks} webhooks, ${gone.auditEvents} audit events, ${gone.requests} entries of request logs, ${gone.hours} numbers of activity.`
      return { document: gone, words }
    }),
}
