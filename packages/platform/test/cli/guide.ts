/** The lines of a guide, to be run as they stand there, in folders of a test's own. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../../../..', import.meta.url))

/** The one block of a guide that contains `words`. */
export function blockOf(guide: string, words: string): string {
  const text = readFileSync(join(checkout, 'docs/guides', guide), 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
  const [found, ...others] = blocks.filter(block => block.includes(words))
  if (!found || others.length > 0) throw new Error(`${guide} has no one block with ${words}.`)
  return found
}

/** Runs lines in the checkout, but for `systemctl`, which a test has not got. Throws what went wrong. */
export function runLines(
  block: string,
  environment: Record<string, string>,
  folders: Record<string, string>,
): void {
  let lines = block.replaceAll(/^systemctl .*\n/gm, '')
  for (const [name, folder] of Object.entries(folders)) lines = lines.replaceAll(name, folder)
  const env = { ...environment, PATH: `${dirname(process.execPath)}:${environment.PATH}` }
  const ran = spawnSync('sh', ['-e', '-c', lines], { cwd: checkout, env, encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${lines}\n${ran.stdout}${ran.stderr}`)
}

/** The first number in what a program says of its version, or `null` where there is no such program. */
export function versionOf(program: string): number | null {
  const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return error ? null : Number(/\d+/.exec(stdout)?.[0])
}
