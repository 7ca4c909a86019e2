/** How a connection is named: its id, and the text that stands for it outside the database. */
import { randomBytes } from 'node:crypto'

/**
 * A new connection id: 6 bytes of time, 2 that count, 8 random. Rows made together lie together and in
 * their order, so a burst of exchanges writes few pages; the id is a name, not a secret.
 */
export function newConnectionId(now: number): Buffer {
  const id = randomBytes(16)
  id.writeUIntBE(now, 0, 6)
  made = (made + 1) % 65_536
  id.writeUInt16BE(made, 6)
  return id
}

let made = 0

/** `con_…`: how a connection is named to people and in headers. */
export function connectionName(id: Uint8Array): string {
  return `con_${Buffer.from(id).toString('base64url')}`
}

/** The id behind a `con_…` name, or `null`. */
export function connectionId(name: string): Buffer | null {
  return /^con_[\w-]{22}$/.test(name) ? Buffer.from(name.slice(4), 'base64url') : null
}
