/** Keeps everything in this process: for tests and trials. Several vendors may share one. */
import type { ConnectionKey, Row, Store } from './store.ts'

/** A store that forgets everything when the process ends. */
export function createMemoryStore({ now = Date.now }: { now?: () => number } = {}): Store {
  const rows = new Map<string, { key: ConnectionKey; row: Row }>()
  const locks = new Map<string, { owner: string; until: number }>()
  const idOf = ({ user, name }: ConnectionKey) => JSON.stringify([user, name])

  const held = (name: string) => {
    const lock = locks.get(name)
    return lock && lock.until > now() ? lock : null
  }
  const clearLapsed = () => {
    for (const name of locks.keys()) if (!held(name)) locks.delete(name)
  }

  return {
    read: async key => rows.get(idOf(key))?.row ?? null,
    write: async (key, row, expected) => {
      const id = idOf(key)
      if ((rows.get(id)?.row.revision ?? null) !== expected) return false
      if (row) rows.set(id, { key, row })
      else rows.delete(id)
      return true
    },
    list: async ({ user, dueBefore = Number.POSITIVE_INFINITY }) =>
      [...rows.values()]
        .filter(({ key, row }) => (user ?? key.user) === key.user && row.dueAt <= dueBefore)
        .sort((one, other) => one.row.dueAt - other.row.dueAt)
        .map(({ key }) => key),
    lock: async (name, owner, milliseconds) => {
      if ((held(name)?.owner ?? owner) !== owner) return false
      locks.delete(name)
      locks.set(name, { owner, until: now() + milliseconds })
      if (locks.size % 1000 === 0) clearLapsed()
      return true
    },
    unlock: async (name, owner) => {
      if (locks.get(name)?.owner === owner) locks.delete(name)
    },
  }
}
