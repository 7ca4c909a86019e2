/** Syncs what SQLite has committed to its WAL, outside the event loop. */
import { closeSync, fdatasync as fdatasyncCallback, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StoreUnavailable } from './store.ts'

const fdatasync = promisify(fdatasyncCallback)

export interface WalSync {
  /** Resolves once everything committed before the call is on the disk. */
  (): Promise<void>
  close(): void
}

/**
 * Syncs the WAL file from a thread of the pool. When the disk refuses, what was committed may or may
 * not be there after a crash: the store says so on every later write, until a restart has looked.
 */
export function walSync(path: string): WalSync {
  let wal: number | null = null
  let failure: StoreUnavailable | null = null
  const sync = async () => {
    if (failure) throw failure
    try {
      wal ??= openWal(path)
      await fdatasync(wal)
    } catch (cause) {
      failure = new StoreUnavailable('The disk refused to sync. Restart once it is well again.', {
        cause,
      })
      throw failure
    }
  }
  return Object.assign(sync, { close: () => wal !== null && closeSync(wal) })
}

/** The WAL stays the same file while a connection is open; its name in the folder is synced once. */
function openWal(path: string): number {
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return openSync(`${path}-wal`, 'r')
}
