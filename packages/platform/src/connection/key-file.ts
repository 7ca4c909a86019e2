/**
 * The key file: `{"keys":[{"id","secret","from"}, …]}`, mode 0600, replaced as a whole so that no
 * reader ever sees half of it. A serving process looks at the file every second and takes what is new.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../folder.ts'
import { checkKeys, createKeyRing, type KeyRing, newKey, type StoredKey } from './keys.ts'

/** How long a rotated key waits before it signs: every process has read the file by then. */
export const rotationDelay = 5_000
const lookEvery = 1_000

/** Reads the key file, making it with a first key when there is none and `create` is set. */
export function readKeyFile(path: string, create: boolean): readonly StoredKey[] {
  try {
    return parse(path, readFileSync(path, 'utf8'))
  } catch (error) {
    if (!isMissing(error)) throw error
    if (!create) {
      throw new Error(`There is no key file at ${path}. Make one with: latchkey keys rotate`)
    }
    const keys = [newKey(0)]
    makeFolder(dirname(path))
    return write(path, keys, true) ? keys : parse(path, readFileSync(path, 'utf8'))
  }
}

/**
 * Adds a key that signs from `delay` milliseconds after `now`, the first one at once; the older ones still
 * verify. Of two rotations at the same time the second waits, so that no key is lost.
 */
export function rotateKeyFile(path: string, now: number, delay = rotationDelay): StoredKey {
  makeFolder(dirname(path))
  const unlock = lock(`${path}.lock`)
  try {
    const keys = keysAt(path)
    const key = newKey(keys.length === 0 ? 0 : now + delay)
    write(path, [...keys, key], false)
    return key
  } finally {
    unlock()
  }
}

/** How long a lock is waited for, in milliseconds; one that is older was left behind by a crash. */
const lockPatience = 5_000

function lock(path: string): () => void {
  const wait = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600))
      return () => unlinkSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > lockPatience) rmSync(path, { force: true })
    else Atomics.wait(wait, 0, 0, 20)
  }
}

function keysAt(path: string): readonly StoredKey[] {
  try {
    return parse(path, readFileSync(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** A ring that follows its file; `onProblem` hears of a file that became unreadable (the last good ring stays). */
export function followKeyFile(
  path: string,
  options: { create: boolean; onProblem: (error: unknown) => void },
): { ring: KeyRing; stop: () => void } {
  let stored = readKeyFile(path, options.create)
  let ring = createKeyRing(stored)
  let seen = stamp(path)
  const timer = setInterval(() => {
    try {
      const now = stamp(path)
      if (now === seen) return
      stored = recognized(readKeyFile(path, false), stored)
      ring = createKeyRing(stored)
      seen = now
    } catch (error) {
      options.onProblem(error)
    }
  }, lookEvery)
  timer.unref()
  const following: KeyRing = {
    get all() {
      return ring.all
    },
    at: time => ring.at(time),
    byId: id => ring.byId(id),
  }
  return { ring: following, stop: () => clearInterval(timer) }
}

/** The same keys; those that were there before are the very objects of before, and need not be derived again. */
function recognized(now: readonly StoredKey[], before: readonly StoredKey[]): readonly StoredKey[] {
  return now.map(
    key =>
      before.find(
        ({ id, secret, from }) => id === key.id && secret === key.secret && from === key.from,
      ) ?? key,
  )
}

function stamp(path: string): string {
  const { mtimeMs, ino, size } = statSync(path)
  return `${mtimeMs} ${ino} ${size}`
}

/** Puts the whole file in place at once; with `exclusive`, answers false when one is there already. */
function write(path: string, keys: readonly StoredKey[], exclusive: boolean): boolean {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, `${JSON.stringify({ keys }, null, 2)}\n`)
  fsyncSync(file)
  closeSync(file)
  if (!exclusive) renameSync(draft, path)
  const placed = !exclusive || tryLink(draft, path)
  if (exclusive) unlinkSync(draft)
  syncFolder(dirname(path))
  return placed
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function parse(path: string, text: string): readonly StoredKey[] {
  try {
    const { keys } = JSON.parse(text) as { keys: readonly StoredKey[] }
    checkKeys(keys)
    return keys
  } catch (cause) {
    throw new Error(`The key file ${path} is not readable as keys. Restore it from its backup.`, {
      cause,
    })
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
