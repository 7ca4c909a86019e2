/** When the next attempt is: sooner at first, then ever more rarely, over three days. */

/** Milliseconds before the second attempt; each wait is three times the one before it. */
const first = 10_000
const longestWait = 6 * 3_600_000
/** How much of a wait is left to chance, so that what failed together does not come back together. */
const jitter = 0.2
/** The longest that a server's own `Retry-After` is followed, in milliseconds. */
const longestAsked = 24 * 3_600_000

export interface Failed {
  /** Attempts so far, this one included. */
  readonly attempts: number
  /** When the event is given up. */
  readonly until: number
  /** The answer's `Retry-After`. */
  readonly retryAfter: string | null
}

/** When to try again; `null` to give up. The last attempt is made when the time is over, not before. */
export function nextAttempt(
  { attempts, until, retryAfter }: Failed,
  now: number,
  random: () => number,
): number | null {
  if (now >= until) return null
  const wait = Math.min(first * 3 ** (attempts - 1), longestWait)
  const byChance = wait * (1 - jitter + 2 * jitter * random())
  const asked = Math.min(askedWait(retryAfter, now), longestAsked)
  return Math.min(now + Math.round(Math.max(byChance, asked)), until)
}

/** Milliseconds, from seconds or a date (RFC 9110 §10.2.3); 0 for what is neither. */
function askedWait(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}
