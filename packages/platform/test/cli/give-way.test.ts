import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { constants, getPriority } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.mjs', import.meta.url))
const { PRIORITY_BELOW_NORMAL: belowNormal, PRIORITY_LOW: low } = constants.priority

/** The priority at which a command ends that began with `own`. */
function priorityOf(command: string, own: number): number {
  const watch = `import { getPriority, setPriority } from 'node:os'
    setPriority(${own})
    process.on('exit', () => console.log('\\nended at ' + getPriority()))`
  const preloaded = `data:text/javascript,${encodeURIComponent(watch)}`
  const words = ['--import', preloaded, main, command, '--help']
  const [, priority] =
    /^ended at (-?\d+)$/m.exec(execFileSync(process.execPath, words, { encoding: 'utf8' })) ?? []
  return Number(priority)
}

test('commands that tidy up go after a server, and a server after nobody', () => {
  const own = getPriority()
  assert.equal(priorityOf('purge', own), Math.max(own, belowNormal))
  assert.equal(priorityOf('keys', own), Math.max(own, belowNormal))
  assert.equal(priorityOf('serve', own), own)
  assert.equal(priorityOf('purge', low), low)
})
