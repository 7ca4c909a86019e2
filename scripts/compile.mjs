/**
 * After `npm ci`: has Node keep what it compiles of `latchkey`, so that its first start is like every other
 * (docs/decisions/0016). Nothing needs it, so where it cannot be done nothing is said. JavaScript, because
 * the machine's own Node may be too old for anything else.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../packages/platform/src/cli/main.mjs', import.meta.url))
// The help names every command, so it loads them all.
spawnSync(process.execPath, [main, 'help'], { stdio: 'ignore' })
