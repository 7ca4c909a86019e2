/**
 * Counts failures and says how long to wait. An attempt is counted before it is judged (`claim`), and
 * forgiven when it was right: so no number of attempts at once outruns the limit.
 */
import type { Limit } from '../settings.ts'
import type { Counters } from './counters.ts'

export interface Throttle {
  /** Counts an attempt. Answers `null`, or what to tell when the limit is used up. */
  claim(key: string): Promise<Refusal | null>
  /** Forgets the key's failures: its owner has proved to be it. */
  forgive(key: string): Promise<void>
}

export interface Refusal {
  /** Seconds to wait. */
  readonly wait: number
  /** `Retry-After`, and the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-06). */
  readonly headers: Readonly<Record<string, string>>
}

/** A throttle with a name of its own among the counters; a `null` limit never says no. */
export function createThrottle(counters: Counters, name: string, limit: Limit | null): Throttle {
  if (!limit) return { claim: async () => null, forgive: async () => {} }
  const counter = counters.counter(name, limit.seconds)
  return {
    claim: async key => {
      const { used, endsIn } = await counter.add(key, 1)
      if (used <= limit.points) return null
      const wait = Math.max(1, Math.ceil(endsIn / 1000))
      return { wait, headers: refusalHeaders(limit, wait) }
    },
    forgive: key => counter.forget(key),
  }
}

function refusalHeaders({ points, seconds }: Limit, wait: number): Record<string, string> {
  return {
    'Retry-After': String(wait),
    'RateLimit-Limit': String(points),
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': String(wait),
    'RateLimit-Policy': `${points};w=${seconds}`,
  }
}
