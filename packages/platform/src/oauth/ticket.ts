/**
 * The consent ticket: what the consent page showed, signed, carried in its form. The decision is made
 * on exactly that, and the connection id inside makes one page give one outcome.
 */
import { timingSafeEqual } from 'node:crypto'
import type { KeyRing } from '../connection/keys.ts'

export interface Ticket {
  /** The id the connection will have, in base64url. */
  readonly id: string
  readonly clientId: string
  readonly accountId: number
  readonly permissions: string
  readonly redirectUri: string
  readonly redirectUriSent: boolean
  readonly state: string | null
  readonly codeChallenge: string | null
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
}

/** How long a consent page may stay open before it is sent. */
export const ticketLifetime = 3_600_000

/** `keyId.payload.mac`, of URL-safe characters. */
export function signTicket(keys: KeyRing, ticket: Ticket): string {
  const key = keys.at(ticket.issuedAt)
  const text = `${key.id}.${Buffer.from(JSON.stringify(ticket)).toString('base64url')}`
  return `${text}.${key.seal(text)}`
}

/** The ticket, or `null` for one that was not signed here, was changed, or is too old. */
export function openTicket(keys: KeyRing, text: string, now: number): Ticket | null {
  const [, signed, id, payload, mac] = /^((\d{1,10})\.([\w-]+))\.([\w-]{43})$/.exec(text) ?? []
  const key = id ? keys.byId(Number(id)) : null
  if (!key || !signed || !payload || !mac) return null
  if (!timingSafeEqual(Buffer.from(key.seal(signed)), Buffer.from(mac))) return null
  const ticket = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Ticket
  return now < ticket.issuedAt + ticketLifetime ? ticket : null
}
