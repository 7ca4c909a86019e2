/**
 * Mails that tell somebody what happened in their account. Nobody waits for them and nothing depends on
 * them: one that cannot be sent is a line in the log. They are bounded, in flight and per account, so
 * that neither a slow mail server nor a busy account fills anything up.
 */
import type { Throttle } from '../limits/throttle.ts'
import type { Log } from '../log.ts'
import type { Mail, Mailer } from './mail.ts'

export interface Notices {
  /** Never throws, and answers at once. */
  tell(accountId: number, mail: Mail): void
  /** Resolves when what is in flight has gone, or after two seconds. */
  settle(): Promise<void>
}

const inFlightAtMost = 100
const patience = 2_000

/** `mailer` is `null` where no mail server is set: then nobody is told. */
export function createNotices(parts: {
  readonly mailer: Mailer | null
  readonly throttle: Throttle
  readonly log: Pick<Log, 'warn'>
}): Notices {
  const { mailer, throttle, log } = parts
  const inFlight = new Set<Promise<void>>()
  const send = async (accountId: number, mail: Mail) => {
    try {
      if (await throttle.claim(String(accountId))) return
      await mailer?.(mail)
    } catch (error) {
      log.warn({ err: error, account: accountId }, 'A notice could not be sent.')
    }
  }
  return {
    tell: (accountId, mail) => {
      if (!mailer) return
      if (inFlight.size >= inFlightAtMost) {
        log.warn({ account: accountId }, 'A notice was left out: too many are on their way.')
        return
      }
      const sending = send(accountId, mail).finally(() => inFlight.delete(sending))
      inFlight.add(sending)
    },
    settle: async () => {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, patience)
      await Promise.race([Promise.allSettled(inFlight), late])
      clearTimeout(timer)
    },
  }
}
