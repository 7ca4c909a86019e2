/**
 * How many API calls an app may make in a minute: fewer in development, more in production. Counted in
 * whole minutes of the clock, in this process.
 */
export interface ApiLimitSettings {
  readonly development: number
  readonly production: number
}

/** What one call has left; the headers vendors know from the real platform. */
export interface Allowance {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
}

export interface ApiLimit {
  /** Counts one call. `null` where there is no limit. */
  take(app: { app_id: number; app_mode: string }, now: number): Allowance | null
}

const minute = 60_000

/** `null` settings are no limit at all. */
export function createApiLimit(settings: ApiLimitSettings | null): ApiLimit {
  if (!settings) return { take: () => null }
  let window = 0
  let counts = new Map<number, number>()
  return {
    take: ({ app_id, app_mode }, now) => {
      const current = Math.floor(now / minute)
      if (current !== window) {
        window = current
        counts = new Map()
      }
      const limit = app_mode === 'development' ? settings.development : settings.production
      const used = (counts.get(app_id) ?? 0) + 1
      counts.set(app_id, used)
      const reset = ((current + 1) * minute) / 1000
      const headers = {
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(Math.max(0, limit - used)),
        'X-RateLimit-Reset': String(reset),
      }
      if (used <= limit) return { allowed: true, headers }
      const wait = Math.max(1, Math.ceil(reset - now / 1000))
      return { allowed: false, headers: { ...headers, 'Retry-After': String(wait) } }
    },
  }
}
