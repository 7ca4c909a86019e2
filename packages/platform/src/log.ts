/** The log: one JSON line an event on stderr, by pino. It never holds a code, token, secret, password or cookie. */
import { pino } from 'pino'

export type Log = Pick<
  import('pino').Logger,
  'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'
>

export function createLog(level: string): Log {
  return pino({ level, base: null }, pino.destination(2))
}
