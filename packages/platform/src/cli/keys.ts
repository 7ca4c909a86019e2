/** `latchkey keys rotate`. */
import { rotateKeyFile, rotationDelay } from '../connection/key-file.ts'
import { type Command, CommandError, time } from './command.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  usage: 'keys rotate',
  about: 'Adds a new signing key; the older ones still verify.',
  options: {},
  positionals: [],
  run: async ({ settings }) => {
    if (!settings.keys) throw new CommandError('An in-memory database has no key file to rotate.')
    const key = rotateKeyFile(settings.keys, Date.now())
    const when = key.from === 0 ? 'at once' : `in ${rotationDelay / 1000} seconds`
    return {
      document: { id: key.id, from: time(key.from), file: settings.keys },
      words: `Key ${key.id} is in ${settings.keys} and signs ${when}. Back the file up: what it signs is worth nothing without it.`,
    }
  },
}
