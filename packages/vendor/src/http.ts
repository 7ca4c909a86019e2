/** One exchange with the platform: a time limit, a body that ends, and another try where it helps. */
import { VendorError } from './error.ts'
import { abortable, type Clock, waitAfter } from './wait.ts'

/** What an attempt came to: `end` gives or throws its result; `again` says that another may do better. */
export interface Attempt<T> {
  readonly end: () => T
  readonly again: boolean
  /** Milliseconds the platform asked us to wait, or `null`. */
  readonly wait?: number | null
  /** Lets go of a result that does not count. */
  readonly drop?: () => unknown
}

export interface Patience {
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds; no wait is longer. */
  readonly maxWait: number
}

/** Attempts until one is final, or `tries` are used up; then the last one's result counts. */
export async function persist<T>(
  patience: Patience,
  { tries, signal }: { tries: number; signal: AbortSignal | undefined },
  attempt: () => Promise<Attempt<T>>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted()
    const { end, again, wait = null, drop } = await attempt()
    if (!again || tried >= tries) return end()
    await drop?.()
    await patience.clock.sleep(waitAfter(tried, wait, patience), signal)
  }
}

/** Runs `work` under a time limit in milliseconds. Throws `network` when it is over, or the signal's reason. */
export async function within<T>(
  timeout: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeout)
  const either = signal ? AbortSignal.any([signal, limit]) : limit
  try {
    return await abortable(() => work(either), either)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof VendorError) throw cause
    const message = limit.aborted
      ? `The platform did not answer within ${timeout} ms.`
      : 'The platform could not be reached.'
    throw new VendorError('network', message, { cause })
  }
}

/**
 * The body as text. Throws `malformed` over `limit` bytes. Stops reading there, and when the signal is
 * aborted, also where the network does not.
 */
export async function readText(
  response: Response,
  signal: AbortSignal,
  limit = 65_536,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted()
    size += chunk.byteLength
    if (size > limit) {
      throw new VendorError('malformed', 'The platform answered with too much.', {
        status: response.status,
      })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** True for answers that another try may better. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
