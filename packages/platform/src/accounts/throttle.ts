/**
 * Counts failures and says how long to wait. An attempt is counted before it is judged (`claim`), and
 * forgiven when it was right: so no number of attempts at once outruns the limit.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Limit } from '../settings.ts'

export interface Throttle {
  /** Counts an attempt. Answers `null`, or the seconds to wait when the limit is used up. */
  claim(key: string): Promise<number | null>
  /** Forgets the key's failures: its owner has proved to be it. */
  forgive(key: string): Promise<void>
}

/** A throttle in this process's memory; `null` is one that never says no. */
export function createThrottle(limit: Limit | null): Throttle {
  if (!limit) return { claim: async () => null, forgive: async () => {} }
  const limiter = new RateLimiterMemory({ points: limit.points, duration: limit.seconds })
  return {
    claim: async key => {
      try {
        await limiter.consume(key)
        return null
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
      }
    },
    forgive: async key => {
      await limiter.delete(key)
    },
  }
}
