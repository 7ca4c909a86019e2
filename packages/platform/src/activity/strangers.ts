/**
 * How many requests of strangers are written down: in an hour 40 of an app, 20 of them from one address.
 * What is beyond is counted and not written, so that nobody fills the log of an app whose Client ID he
 * knows. Addresses stay in memory, and an hour at most.
 */
import { hourOf } from './counts.ts'

export interface Strangers {
  /** True when one more may be written. */
  admit(appId: number, address: string, now: number): boolean
}

const ofAnApp = 40
const ofAnAddress = 20
/** Counters that are kept; when they are used up, nobody else is admitted until the hour is over. */
const room = 20_000

export function createStrangers(): Strangers {
  let hour = 0
  const admitted = new Map<string, number>()
  return {
    admit: (appId, address, now) => {
      if (hourOf(now) !== hour) {
        hour = hourOf(now)
        admitted.clear()
      }
      const app = String(appId)
      const peer = `${appId} ${address}`
      const byApp = admitted.get(app) ?? 0
      const byPeer = admitted.get(peer) ?? 0
      if (byApp >= ofAnApp || byPeer >= ofAnAddress || admitted.size >= room) return false
      admitted.set(app, byApp + 1)
      admitted.set(peer, byPeer + 1)
      return true
    },
  }
}
