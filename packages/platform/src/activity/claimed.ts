/** Which app a request says it is from, read from what is left of it when nothing else has been. */
import type { Call } from '../http.ts'

export function isClientId(text: string): boolean {
  return /^app_[\w-]{22}$/.test(text)
}

/** Nothing here is proved; the answer is a Client ID by its looks alone. */
export function claimedApp(call: Call): string | undefined {
  const [, encoded] = /^basic +([\w+/=-]{4,1024})$/i.exec(call.header('authorization') ?? '') ?? []
  if (encoded) return Buffer.from(encoded, 'base64').toString('latin1').split(':', 1)[0]
  const query = new URLSearchParams(call.query)
  return query.get('client_id') ?? query.get('clientId') ?? undefined
}
