/**
 * How many API calls an app may make in a minute: fewer in development, more in production. Counted in
 * whole minutes of the clock, over all processes. The calls of one turn of the event loop are counted
 * together, so that a busy app costs one look at its count, not one a call.
 */
import type { Counters } from './counters.ts'

export interface ApiLimitSettings {
  readonly development: number
  readonly production: number
}

/** What one call has left; the headers vendors know from the real platform. */
export interface Allowance {
  readonly allowed: boolean
  /** How many calls the app has made in this minute, this one among them. */
  readonly used: number
  readonly headers: Readonly<Record<string, string>>
}

export interface ApiLimit {
  /** Counts one call. `null` where there is no limit. */
  take(app: { app_id: number; app_mode: string }, now: number): Promise<Allowance> | null
}

const minute = 60_000

/** Calls that are counted together. */
interface Turn {
  calls: number
  /** What the count was before them. */
  readonly before: Promise<number>
}

/** `null` settings are no limit at all. */
export function createApiLimit(counters: Counters, settings: ApiLimitSettings | null): ApiLimit {
  if (!settings) return { take: () => null }
  const counter = counters.counter('api', minute / 1000)
  const turns = new Map<string, Turn>()

  const begin = (key: string): Turn => {
    const turn: Turn = {
      calls: 0,
      before: new Promise<void>(done => process.nextTick(done)).then(async () => {
        turns.delete(key)
        const { used } = await counter.add(key, turn.calls)
        return used - turn.calls
      }),
    }
    turns.set(key, turn)
    return turn
  }

  return {
    take: ({ app_id, app_mode }, now) => {
      const limit = app_mode === 'development' ? settings.development : settings.production
      const window = Math.floor(now / minute)
      const key = `${app_id} ${window}`
      const turn = turns.get(key) ?? begin(key)
      const place = ++turn.calls
      const reset = ((window + 1) * minute) / 1000
      return turn.before.then(before => allowance(limit, before + place, reset, now))
    },
  }
}

function allowance(limit: number, used: number, reset: number, now: number): Allowance {
  const headers = {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(Math.max(0, limit - used)),
    'X-RateLimit-Reset': String(reset),
  }
  if (used <= limit) return { allowed: true, used, headers }
  const wait = Math.max(1, Math.ceil(reset - now / 1000))
  return { allowed: false, used, headers: { ...headers, 'Retry-After': String(wait) } }
}
