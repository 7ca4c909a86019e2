/**
 * A newcomer's two terminals: `npm start` in the one; the other has an empty home outside the workspace,
 * and keeps what is exported from one block to the next. Nothing is asked of a registry.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../packages/platform/test/listening.ts'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Terminal {
  readonly checkout: string
  readonly home: string
  /** The folder that the guide makes. */
  readonly app: string
  readonly platform: string
  readonly vendor: string
  readonly environment: Readonly<Record<string, string>>
  /** The text with the ports and folders of this walk. */
  here(text: string): string
  /** Runs a block; rejects unless it ends well. */
  run(block: string, how: { readonly folder: string; readonly input?: string }): Running
  close(): Promise<void>
}

/** A block under way, and what it came to. */
export interface Running extends Promise<{ readonly out: string }> {
  /** Resolves with what the pattern's groups hold, once it is said. */
  said(pattern: RegExp): Promise<string[]>
  /** As Ctrl-C. */
  stop(): Promise<unknown>
}

export async function walk(): Promise<Terminal> {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-newcomer-'))
  const [port, demoPort, vendorPort] = [await freePort(), await freePort(), await freePort()]
  const [platform, vendor] = [port, vendorPort].map(it => `http://localhost:${it}`) as [
    string,
    string,
  ]
  const first = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: home,
    LATCHKEY_DATABASE: join(home, 'data/latchkey.db'),
    LATCHKEY_PORT: String(port),
    LATCHKEY_VENDOR_PORT: String(demoPort),
    npm_config_offline: 'true',
    npm_config_cache: join(home, 'cache'),
    npm_config_update_notifier: 'false',
  }
  let environment: Record<string, string> = first
  const children = new Set<ChildProcess>()

  const run: Terminal['run'] = (block, { folder, input = '' }) => {
    const after = join(home, 'environment')
    const child = spawn('bash', ['-c', `set -e\n${block}\nenv -0 > ${after}`], {
      cwd: folder,
      env: environment,
      detached: true,
    })
    children.add(child)
    child.stdin.end(input)
    let all = ''
    let out = ''
    child.stdout.on('data', chunk => {
      out += chunk
      all += chunk
    })
    child.stderr.on('data', chunk => {
      all += chunk
    })
    let isStopped = false
    const ended = new Promise<{ out: string }>((resolve, reject) => {
      child.once('close', code => {
        children.delete(child)
        if (isStopped) return resolve({ out })
        if (code !== 0) return reject(new Error(`${block}\nended with ${code}:\n${all}`))
        environment = exported(after)
        resolve({ out })
      })
    })
    ended.catch(() => {})
    const said = (pattern: RegExp) =>
      new Promise<string[]>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(all)
          if (found) resolve(found.slice(1))
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        ended.then(() => reject(new Error(`never said ${pattern}:\n${all}`)), reject)
        look()
      })
    const stop = () => {
      isStopped = true
      end(child)
      return ended
    }
    return Object.assign(ended, { said, stop })
  }

  const started = run('npm start', { folder: root })
  const close = async () => {
    await started.stop()
    for (const child of children) end(child)
    rmSync(home, { recursive: true, force: true })
  }
  await started.said(/(Stop with Ctrl-C)/).catch(async error => {
    await close()
    throw error
  })

  return {
    ...{ home, platform, vendor, run, close },
    checkout: root,
    app: join(home, 'my-integration'),
    get environment() {
      return environment
    },
    here: text =>
      text
        .replaceAll('http://localhost:4400', platform)
        .replaceAll('4600', String(vendorPort))
        .replaceAll('/tmp', home),
  }
}

/** The shell and what it started: a group of its own. */
function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGTERM')
}

function exported(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(lines.map(line => /^([^=]*)=([\s\S]*)$/.exec(line)?.slice(1) ?? []))
}
