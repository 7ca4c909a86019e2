/**
 * How long to wait before trying again: what the platform's headers ask for, or a backoff that doubles,
 * with jitter, and never longer than the cap.
 */

/** Time as this package sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    return abortable(() => promise, signal).finally(() => clearTimeout(timer))
  },
}

/**
 * What the work comes to, or the signal's reason, whichever is first; work that was begun goes on. None is
 * begun when the signal was aborted before.
 */
export async function abortable<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal?.reason)
  signal?.addEventListener('abort', stop)
  try {
    return await Promise.race([work(), promise])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

const firstBackoff = 500

/**
 * Milliseconds to wait after attempt number `tried` (from 1), `told` being what the headers asked for.
 * The jitter comes on top of what was asked for, so that it is never too early.
 */
export function waitAfter(
  tried: number,
  told: number | null,
  { random, maxWait }: { random: () => number; maxWait: number },
): number {
  const backoff = firstBackoff * 2 ** (tried - 1) * (0.5 + random() / 2)
  return Math.min(maxWait, told === null ? backoff : told + random() * firstBackoff)
}

/**
 * The wait in milliseconds that an answer's headers ask for, or `null`. `Retry-After` (RFC 9110 §10.2.3)
 * as seconds or a date; otherwise `X-RateLimit-Reset` as epoch seconds, epoch milliseconds, or relative,
 * when nothing is left.
 */
export function toldToWait(headers: Headers, status: number, now: number): number | null {
  const said = (name: string) => headers.get(name) ?? ''
  // Dates are read against the platform's own clock, so that a wrong clock on either side does no harm.
  const today = Date.parse(said('date')) || now
  const after = said('retry-after')
  if (isNumber(after)) return Number(after) * 1000
  const date = /^[a-z]|^\d{4}-/i.test(after) ? Date.parse(after) : Number.NaN
  if (date) return Math.max(0, date - today)
  const reset = said('x-ratelimit-reset')
  const usedUp = status === 429 || said('x-ratelimit-remaining') === '0'
  return usedUp && isNumber(reset) ? untilReset(Number(reset), today) : null
}

/** Digits, and nothing that `Number` would be generous about. */
export function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text)
}

/** Nobody waits 1,000 seconds for a minute's limit: a small number is seconds, a middling one milliseconds. */
function untilReset(reset: number, today: number): number {
  const time = reset < 1000 || (reset >= 1e9 && reset < 1e11) ? reset * 1000 : reset
  return time >= 1e12 ? Math.max(0, time - today) : time
}
