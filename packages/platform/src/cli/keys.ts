/** `latchkey keys rotate`. */
import { rotateKeyFile, rotationDelay } from '../connection/key-file.ts'
import { type Command, CommandError, optional, time, UsageError, type Values } from './command.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  usage: 'keys rotate [--in SECONDS]',
  about: 'Adds a new signing key; the older ones still verify.',
  options: { in: { type: 'string' } },
  positionals: [],
  run: async ({ settings, values }) => {
    if (!settings.keys) throw new CommandError('An in-memory database has no key file to rotate.')
    const delay = delayOf(values)
    const key = rotateKeyFile(settings.keys, Date.now(), delay)
    const when = key.from === 0 ? 'at once' : `in ${delay / 1000} seconds`
    return {
      document: { id: key.id, from: time(key.from), file: settings.keys },
      words: `Key ${key.id} is in ${settings.keys} and signs ${when}. Back the file up: what it signs is worth nothing without it.`,
    }
  },
}

/** Milliseconds until the key signs: time to bring the file to the other nodes. */
function delayOf(values: Values): number {
  const seconds = optional(values, 'in')
  if (seconds === undefined) return rotationDelay
  const delay = Number(seconds) * 1000
  if (/^\d{1,6}$/.test(seconds) && delay >= rotationDelay) return delay
  throw new UsageError(`--in takes seconds, ${rotationDelay / 1000} at least.`)
}
