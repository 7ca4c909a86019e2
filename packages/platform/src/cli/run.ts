/** The command line: finds the command, runs it, and turns what happened into words and an exit code. */
import { SettingError, settingsTable } from '../settings.ts'
import { accountAdd, accountDeactivate, accountResetSecondFactor } from './account.ts'
import { appAdd, appList, appResume, appSuspend } from './app.ts'
import { appSecretAdd, appSecretList, appSecretRevoke } from './app-secret.ts'
import { type Command, readInput, UsageError } from './command.ts'
import { connectionDisconnect, connectionList } from './connection.ts'
import { copyCommand } from './copy.ts'
import { doctor } from './doctor.ts'
import { keysRotate } from './keys.ts'
import { serveCommand } from './serve.ts'
import { migrateCommand, purgeCommand } from './upkeep.ts'
import { vendorCall, vendorDisconnect, vendorTokens } from './vendor.ts'
import { vendorConnect } from './vendor-connect.ts'

const commands: readonly Command[] = [
  serveCommand,
  accountAdd,
  accountDeactivate,
  accountResetSecondFactor,
  appAdd,
  appList,
  appSuspend,
  appResume,
  appSecretAdd,
  appSecretList,
  appSecretRevoke,
  connectionList,
  connectionDisconnect,
  keysRotate,
  migrateCommand,
  purgeCommand,
  copyCommand,
  doctor,
  vendorConnect,
  vendorCall,
  vendorTokens,
  vendorDisconnect,
]

/** Runs the command these words call; answers the exit code. */
export async function run(words: readonly string[]): Promise<number> {
  const command = commands.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
  if (words.includes('--help') || words.length === 0 || words[0] === 'help') {
    process.stdout.write(command ? helpFor(command) : help())
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

function help(): string {
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
