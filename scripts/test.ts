/** `npm test [FILE …]`: every test of every package, or the files named. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const named = process.argv.slice(2)
const files = named.length > 0 ? named : globSync('{packages,examples}/*/test/**/*.test.ts').sort()

const runner = spawn(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=180000', '--test-reporter=spec', ...files],
  { stdio: 'inherit' },
)
runner.on('exit', code => {
  process.exitCode = code ?? 1
})
