/** The log: one JSON line an event on stderr, by pino. It never holds a code, token, secret, password or cookie. */
import { pino } from 'pino'

export type Log = Pick<
  import('pino').Logger,
  'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'
>

/** `base` stands in every line. */
export function createLog(level: string, base: Record<string, unknown> | null = null): Log {
  return pino({ level, base }, pino.destination(2))
}
