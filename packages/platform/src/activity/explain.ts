/**
 * Why a request failed, in words that its developer understands at once. All words of the request log are
 * here and in the two files beside it; what they are made of was noted where the check was made.
 */
import type { Reason } from '../connection/connection.ts'
import type { Kind } from '../connection/handle.ts'
import type { App } from '../developer/app.ts'
import type { Store } from '../store/store.ts'
import type { NotYours, Trouble, VerifierFault } from '../trouble.ts'
import { explainChanged, explainUnknown } from './explain-redirect.ts'
import { explainSecret } from './explain-secret.ts'
import type { PendingRequest } from './pending.ts'
import { duration, when } from './time-words.ts'

type TroubleOf<K extends Trouble['kind']> = Extract<Trouble, { kind: K }>

/** One sentence or two; what the request said of itself stands in it only where it is no secret. */
export async function explain(
  store: Store,
  app: App,
  { about, at }: Pick<PendingRequest, 'about' | 'at'>,
): Promise<string> {
  if (typeof about === 'string') return about
  switch (about.kind) {
    case 'redirect unknown':
      return explainUnknown(store, app, about.sent)
    case 'redirect changed':
      return explainChanged(about.sent, about.bound)
    case 'not yours':
      return explainNotYours(store, app, about)
    case 'expired':
      return explainExpired(about, at)
    case 'over':
      return explainOver(store, about)
    case 'verifier':
      return verifierWords[about.fault]
    case 'secret':
      return explainSecret(store, app, about)
    case 'permission':
      return explainPermission(about)
    case 'limit':
      return `The app had used up its ${about.limit} calls of this minute. X-RateLimit-Reset says when the next minute begins.`
    case 'not invited':
      return 'The app is in development, and the person who was signed in is none of its test users.'
  }
}

const names: Readonly<Record<Kind, string>> = {
  code: 'code',
  access: 'access token',
  refresh: 'refresh token',
}

const handleLength = 89

async function explainNotYours(store: Store, app: App, trouble: NotYours): Promise<string> {
  const { wanted, looksLike, length, foreignId } = trouble
  const name = names[wanted]
  if (looksLike === 'secret') return `A client secret was sent where the ${name} belongs.`
  if (looksLike && looksLike !== wanted) {
    return `${an(names[looksLike])} was sent where the ${name} belongs.`
  }
  if (foreignId) {
    const [owner] = await store.read<{ name: string; vendor_id: number; app_id: number }>(
      `select a.name, a.vendor_id, a.id as app_id from connection c join app a on a.id = c.app_id
       where c.id = $1`,
      foreignId,
    )
    if (owner?.vendor_id === app.vendor_id && owner.app_id !== app.id) {
      return `The ${name} belongs to your other app ${owner.name}. Each app exchanges and refreshes its own.`
    }
    return owner
      ? `The ${name} was issued to another app.`
      : `The ${name} belongs to a connection that is gone: nobody exchanged its code within a day.`
  }
  if (looksLike && length !== handleLength) {
    return `The ${name} is not whole: it has ${length} characters instead of ${handleLength}.`
  }
  return looksLike
    ? `The ${name} was changed on its way, or was not signed by this platform.`
    : `What was sent as ${name} is none of this platform’s: those begin with ${beginnings[wanted]}.`
}

const beginnings: Readonly<Record<Kind, string>> = {
  code: 'lk_ac_',
  access: 'lk_at_',
  refresh: 'lk_rt_',
}

function explainExpired({ what, issuedAt, seconds }: TroubleOf<'expired'>, at: number): string {
  const ago = duration(at - issuedAt)
  const words = `The ${names[what]} was issued ${ago} ago and lives ${duration(seconds * 1000)}.`
  if (what === 'access') return `${words} The refresh token gives a new one.`
  return `${words} ${what === 'code' ? 'Exchange it as soon as it comes.' : 'The user has to connect the app again.'}`
}

interface Ended {
  readonly generation: number
  readonly refreshed_at: number | null
  readonly revoked_at: number | null
  readonly revoked_because: Reason | null
  readonly stopped_at: number | null
  readonly deactivated_at: number | null
}

async function explainOver(
  store: Store,
  { what, connectionId }: TroubleOf<'over'>,
): Promise<string> {
  const [row] = await store.read<Ended>(
    `select c.generation, c.refreshed_at, c.revoked_at, c.revoked_because,
       coalesce(a.suspended_at, v.suspended_at) as stopped_at, u.deactivated_at
     from connection c join app a on a.id = c.app_id join vendor v on v.id = a.vendor_id
     join account u on u.id = c.account_id where c.id = $1`,
    connectionId,
  )
  if (!row) return 'The connection is not there any more.'
  const { revoked_at: end, revoked_because: because } = row
  if (end !== null && because !== null) return explainEnd(what, row, { end, because })
  if (row.stopped_at !== null) return `The app was suspended ${when(row.stopped_at)}.`
  if (row.deactivated_at !== null) {
    return `The user’s account was deactivated ${when(row.deactivated_at)}.`
  }
  return `The ${names[what]} is newer than its connection, as after a restored backup. The user has to connect the app again.`
}

function explainEnd(
  what: Kind,
  { generation, refreshed_at }: Ended,
  { end, because }: { end: number; because: Reason },
): string {
  const disconnected = `the connection was disconnected ${when(end)}`
  if (because === 'replay' && what === 'code') {
    const first = generation === 1 && refreshed_at !== null ? ` ${when(refreshed_at)}` : ''
    return `The code had been used before${first}; a code works once, and ${disconnected}.`
  }
  if (because === 'replay') {
    return `A code or refresh token of this connection was used a second time, which only a thief or a mistake does; ${disconnected}.`
  }
  return `${endings[because]} ${when(end)}. The user has to connect the app again.`
}

const endings: Readonly<Record<Exclude<Reason, 'replay'>, string>> = {
  denied: 'The user denied the app',
  user: 'The user disconnected the app',
  vendor: 'The app itself disconnected, by revoking a token,',
  operator: 'The platform’s operator disconnected it',
  deactivation: 'The user’s account was deactivated',
}

const verifierWords: Readonly<Record<VerifierFault, string>> = {
  missing:
    'code_verifier is missing: the authorization request had a code_challenge, so the exchange has to bring its verifier.',
  unasked:
    'There was a code_verifier, but the authorization request had no code_challenge. Send both or none.',
  malformed:
    'code_verifier is not one: 43 to 128 characters of letters, digits and - . _ ~ (RFC 7636).',
  challenge:
    'code_verifier was the code_challenge itself. The challenge goes to the authorization page, the verifier it was made of to the exchange.',
  different:
    'The verifier does not fit the challenge: it belongs to another authorization request, or the challenge is not the base64url of its SHA-256.',
}

function explainPermission({ needed, held }: TroubleOf<'permission'>): string {
  if (needed === null) return 'No permission opens this call: the platform lists no such route.'
  return `The call needs ${needed}; the connection has ${held.split(' ').join(', ') || 'none'}. A connection keeps what its consent page named.`
}

function an(name: string): string {
  return /^[aeiou]/.test(name) ? `An ${name}` : `A ${name}`
}
