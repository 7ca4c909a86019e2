/** `latchkey doctor`: what is wrong, and how to mend it. */
import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { readKeyFile } from '../connection/key-file.ts'
import type { Settings } from '../settings.ts'
import { migrations } from '../store/migrations.ts'
import { openStore } from '../store/open.ts'
import type { Command } from './command.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  /** What to do about it; only where something is wrong. */
  readonly mend?: string
}

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor',
  about: 'Checks settings, database, schema, keys and disk, and names the mend.',
  options: {},
  positionals: [],
  run: async ({ settings }) => {
    const findings = [
      checkUrl(settings),
      checkKeys(settings),
      ...(await checkDatabase(settings)),
      checkDisk(settings),
    ]
    const ok = findings.every(finding => finding.ok)
    const words = findings
      .map(
        ({ ok, check, found, mend }) =>
          `${ok ? 'ok   ' : 'WRONG'} ${check}: ${found}${mend ? `\n      ${mend}` : ''}`,
      )
      .join('\n')
    return { document: { ok, findings }, words, exitCode: ok ? 0 : 1 }
  },
}

function checkUrl({ url, host }: Settings): Finding {
  const check = 'address'
  const local = /^(127\.0\.0\.1|localhost|::1)$/.test(host)
  if (url.startsWith('http:') && !local) {
    const mend = 'Set LATCHKEY_URL to the https address that users see, and let a proxy end TLS.'
    return { check, ok: false, found: `${url} is plain http, but it listens on ${host}`, mend }
  }
  return { check, ok: true, found: url }
}

function checkKeys({ keys }: Settings): Finding {
  const check = 'keys'
  if (!keys) return { check, ok: true, found: 'in memory: handles end with the process' }
  try {
    const mode = statSync(keys).mode & 0o777
    if (mode & 0o077) {
      const found = `${keys} can be read by others (mode ${mode.toString(8)})`
      return { check, ok: false, found, mend: `Run: chmod 600 ${keys}` }
    }
    return { check, ok: true, found: `${readKeyFile(keys, false).length} in ${keys}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      const mend = 'The first start makes it; with PostgreSQL run: latchkey keys rotate'
      return { check, ok: false, found: `${keys} does not exist`, mend }
    }
    return {
      check,
      ok: false,
      found: (error as Error).message,
      mend: 'Restore the key file from its backup.',
    }
  }
}

async function checkDatabase({ database }: Settings): Promise<Finding[]> {
  const check = 'database'
  try {
    const store = await openStore(database)
    try {
      const version = await store.schemaVersion()
      const wanted = migrations.length
      const schema: Finding =
        version === wanted
          ? { check: 'schema', ok: true, found: `version ${version}` }
          : {
              check: 'schema',
              ok: false,
              found: `version ${version}, but this program needs ${wanted}`,
              mend: version < wanted ? 'Run: latchkey migrate' : 'Run a newer version of Latchkey.',
            }
      return [{ check, ok: true, found: `${store.engine} answers` }, schema]
    } finally {
      await store.close()
    }
  } catch (error) {
    const mend = 'Check LATCHKEY_DATABASE, the file’s rights, and that the server is up.'
    return [{ check, ok: false, found: (error as Error).message, mend }]
  }
}

const gigabyte = 1024 ** 3

function checkDisk({ database }: Settings): Finding {
  const check = 'disk'
  if (database === ':memory:' || database.includes('://'))
    return { check, ok: true, found: 'not ours' }
  try {
    const { bavail, bsize } = statfsSync(dirname(database))
    const free = (bavail * bsize) / gigabyte
    const found = `${free.toFixed(1)} GB free`
    if (free >= 1) return { check, ok: true, found }
    return { check, ok: false, found, mend: 'Make room: a full disk turns every write into a 503.' }
  } catch {
    return { check, ok: true, found: `${dirname(database)} is made on first start` }
  }
}
