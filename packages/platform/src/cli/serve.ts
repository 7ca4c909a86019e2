/** `latchkey serve`: the platform alone, for production. */
import { createLog } from '../log.ts'
import { createPlatform } from '../platform.ts'
import { serve } from '../serve.ts'
import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve',
  about: 'Runs the platform until it is told to stop (SIGTERM, SIGINT).',
  options: {},
  positionals: [],
  run: async ({ settings, json }) => {
    const log = createLog(settings.log)
    const platform = await createPlatform({ ...settings, logger: log })
    const serving = await serve(platform, settings)
    const document = {
      url: settings.url,
      host: settings.host,
      port: serving.port,
      pid: process.pid,
    }
    process.stdout.write(
      json
        ? `${JSON.stringify(document)}\n`
        : `Latchkey answers at ${settings.url} (port ${serving.port}).\n`,
    )
    await new Promise<void>(stop => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop())
    })
    await serving.stop()
    return null
  },
}
