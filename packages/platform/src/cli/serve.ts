/** `latchkey serve`: the platform alone, for production, in one process or several. */
import { createLog, type Log } from '../log.ts'
import type { Snapshot } from '../metrics.ts'
import { createPlatform } from '../platform.ts'
import { serve } from '../serve.ts'
import { SettingError, type Settings } from '../settings.ts'
import { isWorker, leave, sayServing, shareMetrics, startWorkers } from '../workers.ts'
import type { Command } from './command.ts'
import { exposureOf } from './exposure.ts'
import { setMemoryFlags } from './memory.ts'

/** How long after the word to stop the process ends at the latest, in milliseconds. */
const stopsWithin = 9_250

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve [--workers N]',
  about: 'Runs the platform until it is told to stop (SIGTERM, SIGINT).',
  options: {},
  positionals: [],
  run: async ({ settings, json }) => {
    setMemoryFlags()
    if (isWorker()) await work(settings).finally(leave)
    else {
      const { port, stop } = await (settings.workers > 1 ? lead(settings) : alone(settings))
      const told = toldToStop()
      warn(settings)
      announce(settings, port, json)
      await told
      if (settings.workers === 1) endInTime(createLog(settings.log))
      await stop()
      // All is written and closed; a query to a silent database may still hold the event loop.
      setTimeout(() => process.exit(0), 100).unref()
    }
    return null
  },
}

async function alone(settings: Settings) {
  return serve(await createPlatform({ ...settings, logger: createLog(settings.log) }), settings)
}

/** Looks once at all that workers need, so that a mistake is told once; then starts them. */
async function lead(settings: Settings) {
  if (settings.database === ':memory:') {
    throw new SettingError('Several workers need a database they share, not :memory:.')
  }
  const log = createLog(settings.log)
  await (await createPlatform({ ...settings, logger: log })).close()
  return startWorkers(settings.workers, (pid, how) =>
    log.error({ pid, how }, 'A worker died; another one takes its place.'),
  )
}

async function work(settings: Settings): Promise<void> {
  let collect = async (): Promise<readonly Snapshot[]> => []
  const log = createLog(settings.log, { worker: process.pid })
  const platform = await createPlatform({ ...settings, logger: log, collect: () => collect() })
  collect = shareMetrics(platform.metrics)
  const serving = await serve(platform, settings)
  const told = toldToStop()
  sayServing(serving.port)
  await told
  endInTime(log)
  await serving.stop()
}

/** A stop that something holds up (a dead disk, a mail server) is cut short; exit 1 says so. */
function endInTime(log: Log): void {
  const end = () => {
    log.error('Something under way held up the stop, and was cut short.')
    process.exit(1)
  }
  setTimeout(end, stopsWithin).unref()
}

function warn(settings: Settings): void {
  const exposure = exposureOf(settings)
  if (exposure) createLog(settings.log).warn(`${exposure.found}. ${exposure.mend}`)
}

function announce({ url, host }: Settings, port: number, json: boolean): void {
  const document = { url, host, port, pid: process.pid }
  process.stdout.write(
    json ? `${JSON.stringify(document)}\n` : `Latchkey answers at ${url} (port ${port}).\n`,
  )
}

function toldToStop(): Promise<void> {
  return new Promise(stop => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop())
  })
}
