import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { constants, getPriority } from 'node:os'
import { test } from 'node:test'

const giveWay = new URL('../../src/cli/give-way.ts', import.meta.url)
const { PRIORITY_BELOW_NORMAL: belowNormal, PRIORITY_LOW: low } = constants.priority

/** The priority that a process which began with `own` has after it gave way as this command. */
function priorityAs(command: string, own: number): number {
  const script = `
    import { getPriority, setPriority } from 'node:os'
    import { giveWay } from '${giveWay}'
    setPriority(${own})
    giveWay(['${command}'])
    console.log(getPriority())`
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script]))
}

test('what tidies up goes after a server, and a server after nobody', () => {
  const own = getPriority()
  assert.equal(priorityAs('purge', own), Math.max(own, belowNormal))
  assert.equal(priorityAs('keys', own), Math.max(own, belowNormal))
  assert.equal(priorityAs('serve', own), own)
  assert.equal(priorityAs('purge', low), low)
})
