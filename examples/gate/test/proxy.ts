/** nginx or Caddy with the configuration of this example, on free ports, in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../packages/platform/test/listening.ts'

export type ProxyName = 'nginx' | 'caddy'

export interface RunningProxy {
  readonly url: string
  stop(): Promise<void>
}

// Debian keeps nginx where only root looks.
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin`

const versionWord: Readonly<Record<ProxyName, string>> = { nginx: '-v', caddy: 'version' }

/** Why the proxy cannot be run here, or `false`. */
export function missing(name: ProxyName): string | false {
  const { error } = spawnSync(name, [versionWord[name]], { env: { PATH }, stdio: 'ignore' })
  return error ? `no ${name} on PATH; see CONTRIBUTING.md` : false
}

/** Starts it before a platform and an API on these ports; resolves when it listens. */
export async function startProxy(
  name: ProxyName,
  ports: { readonly latchkey: number; readonly api: number },
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${name}-`))
  // Its workers give up root, and put large bodies here.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const text = readFileSync(configurationFile[name], 'utf8')
  const file = join(folder, 'configuration')
  writeFileSync(
    file,
    [
      ['127.0.0.1:8080', `127.0.0.1:${port}`],
      ['127.0.0.1:4400', `127.0.0.1:${ports.latchkey}`],
      ['127.0.0.1:8081', `127.0.0.1:${ports.api}`],
      ...(surroundings[name]?.(folder) ?? []),
    ].reduce((all, [from = '', to = '']) => replaced(all, from, to), text),
  )
  const child = spawn(name, words[name](folder, file), {
    env: { PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${name} ended with ${code}: ${log}`)))
    child.stderr.on('data', chunk => {
      log += chunk
      if (listens[name].test(log)) resolve()
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const configurationFile: Readonly<Record<ProxyName, string>> = {
  nginx: fileURLToPath(new URL('../nginx.conf', import.meta.url)),
  caddy: fileURLToPath(new URL('../Caddyfile', import.meta.url)),
}

/** A configuration that no longer holds what is to be replaced would be tested against a stranger. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`The configuration does not hold ${from}.`)
  return text.replaceAll(from, to)
}

/** Where a proxy of a test may write. */
const surroundings: Partial<Record<ProxyName, (folder: string) => [string, string][]>> = {
  nginx: folder => {
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      kind => `  ${kind}_temp_path ${folder}/${kind};`,
    )
    return [['http {', ['http {', '  access_log off;', ...places].join('\n')]]
  },
}

const words: Readonly<Record<ProxyName, (folder: string, file: string) => string[]>> = {
  nginx: (folder, file) => [
    ...['-p', folder, '-e', 'stderr', '-c', file, '-g'],
    `daemon off; pid ${folder}/nginx.pid; error_log stderr notice;`,
  ],
  caddy: (_, file) => ['run', '--config', file, '--adapter', 'caddyfile'],
}

/** What is written once the port is open. */
const listens: Readonly<Record<ProxyName, RegExp>> = {
  nginx: /start worker process \d/,
  caddy: /serving initial configuration/,
}
