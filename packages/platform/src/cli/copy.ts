/** `latchkey copy`: from one SQLite file to PostgreSQL, or to another file. */
import { existsSync } from 'node:fs'
import { copyDatabase } from '../store/copy.ts'
import { openStore } from '../store/open.ts'
import { type Command, CommandError, required, table } from './command.ts'

export const copyCommand: Command = {
  name: 'copy',
  usage: 'copy --to postgres://…',
  about: 'Copies everything from a SQLite database into an empty one; stop the server before.',
  options: { to: { type: 'string' } },
  positionals: [],
  run: async ({ settings, values }) => {
    const to = required(values, 'to')
    const from = settings.database
    if (from.includes('://') || !existsSync(from)) {
      throw new CommandError(`LATCHKEY_DATABASE has to be a SQLite file, but is ${from}.`)
    }
    const target = await openStore(to)
    try {
      if ((await target.schemaVersion()) === 0) await target.migrate()
      const copied = await copyDatabase(from, target)
      const rows = Object.entries(copied).map(([name, count]) => [name, String(count)])
      return {
        document: { from, copied },
        words: `${table([['table', 'rows'], ...rows], '')}\nThe keys are not in the database: give the new one the same key file.`,
      }
    } finally {
      await target.close()
    }
  },
}
