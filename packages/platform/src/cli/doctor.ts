/** `latchkey doctor`: what is wrong, and how to mend it. It changes nothing. */
import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { readKeyFile } from '../connection/key-file.ts'
import type { Settings } from '../settings.ts'
import { migrations } from '../store/migrations.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { Command } from './command.ts'
import { checkProxy, checkUrl } from './doctor-address.ts'
import { checkApi, checkPermissions } from './doctor-api.ts'

export interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  /** What to do about it; only where something is wrong. */
  readonly mend?: string
}

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor',
  about:
    'Checks settings, database, schema, clock, keys, API file, proxy and disk, and names the mend.',
  options: {},
  positionals: [],
  run: async ({ settings }) => {
    const findings = [
      ...(await checkUrl(settings)),
      checkProxy(settings),
      checkKeys(settings),
      checkApi(settings),
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

async function checkDatabase(settings: Settings): Promise<Finding[]> {
  const { database } = settings
  const check = 'database'
  const isFile = database !== ':memory:' && !database.includes('://')
  if (isFile && !existsSync(database)) {
    return [{ check, ok: true, found: `${database} is made on first start` }]
  }
  try {
    const store = await openStore(database)
    try {
      const found = `${store.engine} answers`
      if (isFile && statSync(database).mode & 0o077) {
        const open = `${database} can be read by others`
        return [{ check, ok: false, found: open, mend: `Run: chmod 600 ${database}` }]
      }
      const schema = await checkSchema(store)
      if (!schema.ok) return [{ check, ok: true, found }, schema]
      await store.ready()
      const permissions = await checkPermissions(store, settings)
      return [
        { check, ok: true, found },
        schema,
        await checkClock(store, Date.now()),
        ...permissions,
      ]
    } finally {
      await store.close()
    }
  } catch (error) {
    const mend = 'Check LATCHKEY_DATABASE, the file’s rights, and that the server is up.'
    return [{ check, ok: false, found: (error as Error).message, mend }]
  }
}

async function checkSchema(store: Store): Promise<Finding> {
  const check = 'schema'
  const version = await store.schemaVersion()
  const wanted = migrations.length
  if (version === wanted) return { check, ok: true, found: `version ${version}` }
  const found = `version ${version}, but this program needs ${wanted}`
  const mend = version < wanted ? 'Run: latchkey migrate' : 'Run a newer version of Latchkey.'
  return { check, ok: false, found, mend }
}

/** How far clocks may be apart, in milliseconds, before tokens end visibly early or late. */
const clockTolerance = 5_000

/** Held against the database server's clock, or, in a file, against the last event written there. */
async function checkClock(store: Store, now: number): Promise<Finding> {
  const check = 'clock'
  const mend = 'Set the clock of this machine, and keep it set (chrony, systemd-timesyncd).'
  const [row] =
    store.engine === 'postgres'
      ? await store.read<{ time: number }>(
          'select floor(extract(epoch from clock_timestamp()) * 1000) as time',
        )
      : await store.read<{ time: number | null }>(
          'select max(at) as time from (select at from audit_event order by id desc limit 100) as last',
        )
  const time = row?.time ?? now
  const apart = Math.round(Math.abs(now - time) / 1000)
  if (store.engine === 'postgres' && Math.abs(now - time) > clockTolerance) {
    return { check, ok: false, found: `${apart} s away from the database server’s`, mend }
  }
  if (time - now > clockTolerance) {
    return { check, ok: false, found: `${apart} s behind the last event in the database`, mend }
  }
  return { check, ok: true, found: new Date(now).toISOString() }
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
