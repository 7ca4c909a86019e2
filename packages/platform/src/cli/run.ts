/** The command line: finds the command, runs it, and turns what happened into words and an exit code. */
import { SettingError, settingsTable } from '../settings.ts'
import { type Command, readInput, UsageError } from './command.ts'

/** By first word; a command's own room is loaded when it is called. */
const rooms: Readonly<Record<string, () => Promise<readonly Command[]>>> = {
  serve: () => import('./serve.ts').then(m => [m.serveCommand]),
  account: () =>
    import('./account.ts').then(m => [
      m.accountAdd,
      m.accountDeactivate,
      m.accountResetSecondFactor,
    ]),
  app: async () => {
    const [app, secret] = await Promise.all([import('./app.ts'), import('./app-secret.ts')])
    const { appSecretAdd, appSecretList, appSecretRevoke } = secret
    const { appAdd, appList, appSuspend, appResume } = app
    return [appAdd, appList, appSuspend, appResume, appSecretAdd, appSecretList, appSecretRevoke]
  },
  connection: () => import('./connection.ts').then(m => [m.connectionList, m.connectionDisconnect]),
  keys: () => import('./keys.ts').then(m => [m.keysRotate]),
  migrate: () => import('./upkeep.ts').then(m => [m.migrateCommand]),
  purge: () => import('./upkeep.ts').then(m => [m.purgeCommand]),
  copy: () => import('./copy.ts').then(m => [m.copyCommand]),
  doctor: () => import('./doctor.ts').then(m => [m.doctor]),
  vendor: async () => {
    const [vendor, connect] = await Promise.all([
      import('./vendor.ts'),
      import('./vendor-connect.ts'),
    ])
    return [connect.vendorConnect, vendor.vendorCall, vendor.vendorTokens, vendor.vendorDisconnect]
  },
}

/** Runs the command these words call; answers the exit code. */
export async function run(words: readonly string[]): Promise<number> {
  const command = await find(words)
  if (words.includes('--help') || words.length === 0 || words[0] === 'help') {
    process.stdout.write(command ? helpFor(command) : await help())
    return 0
  }
  if (!command) {
    process.stderr.write(
      `latchkey: there is no command '${words.join(' ')}'. See: latchkey --help\n`,
    )
    return 2
  }
  try {
    const rest = words.slice(command.name.split(' ').length)
    const input = readInput(command, rest, process.env)
    const outcome = await command.run(input)
    if (outcome)
      process.stdout.write(`${input.json ? JSON.stringify(outcome.document) : outcome.words}\n`)
    return outcome?.exitCode ?? 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const wrongUsage = error instanceof UsageError || error instanceof SettingError
    const hint = wrongUsage ? ` Usage: latchkey ${command.usage}` : ''
    process.stderr.write(`latchkey: ${message.replaceAll('\n', ' ')}${hint}\n`)
    return wrongUsage ? 2 : 1
  }
}

async function find(words: readonly string[]): Promise<Command | undefined> {
  const [first = ''] = words
  const room = Object.hasOwn(rooms, first) ? await rooms[first]?.() : undefined
  return room?.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
}

async function help(): Promise<string> {
  const commands = (await Promise.all(Object.values(rooms).map(load => load()))).flat()
  const width = Math.max(...commands.map(({ name }) => name.length))
  const list = commands.map(({ name, about }) => `  latchkey ${name.padEnd(width)}  ${about}`)
  return `Latchkey: users connect vendors' apps to their data, and take the key back.\n\n${list.join('\n')}\n\nEvery command takes --json and --help, and these settings as flags:\n\n${settingsHelp()}\n`
}

function helpFor(command: Command): string {
  return `latchkey ${command.usage}\n\n${command.about}\n\nSettings, as flags or from the environment:\n\n${settingsHelp()}\n`
}

function settingsHelp(): string {
  return settingsTable
    .map(({ flag, variable, default: fallback, meaning }) => {
      const shown = fallback ? ` (default: ${fallback})` : ''
      return `  --${flag.padEnd(15)} ${variable.padEnd(24)} ${meaning}${shown}`
    })
    .join('\n')
}
