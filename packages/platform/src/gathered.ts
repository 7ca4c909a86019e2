/** What endpoints gather in memory is written now and then, outside their answers, and once more at the end. */
import type { LastSeen } from './accounts/last-seen.ts'
import type { Activity } from './activity/activity.ts'
import type { LastUse } from './connection/last-use.ts'
import type { SecretUse } from './developer/secret-use.ts'
import type { Log } from './log.ts'

export interface Gatherers {
  readonly lastUse: LastUse
  readonly secretUse: SecretUse
  readonly lastSeen: LastSeen
  readonly activity: Activity
  readonly log: Pick<Log, 'warn'>
}

/** Milliseconds. */
const usesEvery = 1_000
const activityEvery = 5_000

/** Begins to write; `stop` writes what is left. Neither rejects: what a store refuses is tried again or lost. */
export function keepWriting(gatherers: Gatherers): { stop: () => Promise<void> } {
  const { lastUse, secretUse, lastSeen, activity, log } = gatherers
  const uses = () =>
    Promise.all([lastUse.flush(), secretUse.flush(), lastSeen.flush()]).catch(error =>
      log.warn({ err: error }, 'Last uses were not written.'),
    )
  const requests = () =>
    activity.flush().catch(error => log.warn({ err: error }, 'What apps did was not written.'))
  const timers = [setInterval(uses, usesEvery), setInterval(requests, activityEvery)]
  for (const timer of timers) timer.unref()
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await uses()
      await requests()
    },
  }
}
