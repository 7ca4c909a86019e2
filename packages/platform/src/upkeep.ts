/** The purge that a serving process does by itself: a little at a time, every ten minutes or so. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './log.ts'
import { codesDeadBefore, purge } from './store/purge.ts'
import type { Store } from './store/store.ts'

export interface Upkeep {
  /** Does a round now; answers when it is over. Never rejects. */
  round(): Promise<void>
  stop(): Promise<void>
}

/** Milliseconds between two rounds, and between two steps of one. */
const every = 600_000
const pause = 50

/**
 * Begins within a minute, at a time of chance, so that processes that were started together do not
 * purge together. The connections are walked once, and from then on only what has grown old since.
 */
export function startUpkeep(
  store: Store,
  {
    now,
    auditDays,
    log,
  }: { now: () => number; auditDays: number; log: Pick<Log, 'info' | 'warn'> },
): Upkeep {
  let stopped = false
  let running: Promise<void> | null = null
  let from: Uint8Array | undefined
  let timer: NodeJS.Timeout | null = null

  const rest = async () => {
    await sleep(pause)
    return !stopped
  }

  const work = async () => {
    try {
      const time = now()
      const gone = await purge(store, { now: time, auditDays, rest, ...(from && { from }) })
      if (!stopped) from = codesDeadBefore(time)
      if (Object.values(gone).some(count => count > 0)) log.info(gone, 'Purged.')
    } catch (error) {
      log.warn({ err: error }, 'The purge failed; it is tried again later.')
    }
  }

  const round = () => {
    running ??= work().finally(() => {
      running = null
    })
    return running
  }

  const schedule = (after: number) => {
    timer = setTimeout(() => round().then(() => !stopped && schedule(every)), after)
    timer.unref()
  }
  schedule(Math.random() * 60_000)

  return {
    round,
    stop: async () => {
      stopped = true
      if (timer) clearTimeout(timer)
      await running
    },
  }
}
