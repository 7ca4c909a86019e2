/** How a connection is named outside the database. */

/** `con_…`: how a connection is named to people and in headers. */
export function connectionName(id: Uint8Array): string {
  return `con_${Buffer.from(id).toString('base64url')}`
}

/** The id behind a `con_…` name, or `null`. */
export function connectionId(name: string): Buffer | null {
  return /^con_[\w-]{22}$/.test(name) ? Buffer.from(name.slice(4), 'base64url') : null
}
