/**
 * Who is calling an OAuth endpoint: an app by HTTP Basic, by `client_secret` in the body, or, for a
 * public app, by its `client_id` alone (RFC 6749 §2.3.1, §3.2.1). First what was presented is read,
 * then it is held against what the database knows.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { type CallingApp, findCallingApp } from '../developer/calling-app.ts'
import type { SecretUse } from '../developer/secret-use.ts'
import { OAuthError } from '../error.ts'
import type { Call } from '../http.ts'
import type { ClientAddress } from '../limits/client-address.ts'
import type { Throttle } from '../limits/throttle.ts'
import { hasControl, invalid } from '../params.ts'
import type { Store } from '../store/store.ts'
import type { PresentedSecret } from '../trouble.ts'

export interface Presented {
  readonly clientId: string
  /** `null` when the app sent its id alone. */
  readonly secret: string | null
}

/** Longest credentials that are looked at, in characters of the header. */
const longestBasic = 1_024

/**
 * Reads what the app presents. Throws `invalid_request` when it presents itself in two ways
 * (CONTRACT rule 8), `invalid_client` when nothing usable is there.
 */
export function presentedApp(
  call: Pick<Call, 'header' | 'named'>,
  params: { readonly client_id?: string; readonly client_secret?: string },
): Presented {
  const { client_id, client_secret } = params
  const authorization = call.header('authorization')
  if (authorization === undefined) {
    if (client_id === undefined)
      throw unknown('Authenticate the app: HTTP Basic with client_id and client_secret.')
    call.named = client_id
    return { clientId: client_id, secret: client_secret ?? null }
  }
  const basic = readBasic(authorization)
  call.named = basic.clientId
  if (client_secret !== undefined) {
    throw invalid('Send the client_secret once: in the Authorization header or in the body.')
  }
  if (client_id !== undefined && client_id !== basic.clientId) {
    throw invalid('client_id is not the one in the Authorization header.')
  }
  return basic
}

function readBasic(header: string): Presented {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(header) ?? []
  if (!encoded || encoded.length > longestBasic) {
    throw unknown(
      'The Authorization header is not Basic with the Base64 of client_id:client_secret.',
    )
  }
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  if (colon < 1) {
    throw unknown('The Authorization header does not hold client_id:client_secret in Base64.')
  }
  const clientId = formDecode(text.slice(0, colon))
  const secret = formDecode(text.slice(colon + 1))
  // In the secret one is explained to the vendor: it may have come with it from a file.
  if (hasControl(clientId)) throw unknown('The client_id holds a control character.')
  return { clientId, secret: secret === '' ? null : secret }
}

/** RFC 6749 §2.3.1 form-encodes both halves; ours hold nothing that encoding would change. */
function formDecode(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw unknown('The Authorization header is not percent-encoded correctly.')
  }
}

/** The live secret's hash that the presented one has, or `null`; every comparison takes its full time. */
function fittingSecret(secret: string, hashes: readonly Uint8Array[]): Uint8Array | null {
  presentedHash.write(hash('sha256', secret, 'latin1'), 'latin1')
  let fitting: Uint8Array | null = null
  for (const known of hashes) if (timingSafeEqual(presentedHash, known)) fitting = known
  return fitting
}

/** For the moment of the comparison; a text costs half of what a new buffer does. */
const presentedHash = Buffer.alloc(32)

/** Checks what was presented against the app's kind and secrets, and notes which secret it was. */
function isAuthentic(
  parts: Pick<AppAuthParts, 'secretUse' | 'now'>,
  presented: Presented,
  app: { id: number; isPublic: boolean; hashes: readonly Uint8Array[] },
): boolean {
  if (presented.secret === null) return app.isPublic
  const fitting = app.isPublic ? null : fittingSecret(presented.secret, app.hashes)
  if (!fitting) return false
  parts.secretUse.touch(app.id, fitting, parts.now())
  return true
}

export interface AppAuthParts {
  readonly store: Store
  readonly failedAppAuth: Throttle
  readonly clientAddress: ClientAddress
  readonly secretUse: Pick<SecretUse, 'touch'>
  readonly now: () => number
}

/**
 * The app that presents itself. Throws `invalid_client` (401) when it is unknown, its secret is wrong,
 * or it or its vendor is suspended; 429 after too many failures from one address.
 */
export async function authenticateApp(
  parts: AppAuthParts,
  presented: Presented,
  call: Call,
): Promise<CallingApp> {
  const found = await findCallingApp(parts.store, presented.clientId, parts.now())
  const known = found && {
    id: found.app.id,
    isPublic: found.app.is_public === 1,
    hashes: found.secrets,
  }
  if (!known || !isAuthentic(parts, presented, known)) throw await refused(parts, presented, call)
  call.app = found.app.client_id
  if (found.app.stopped_at !== null) throw suspended()
  return found.app
}

/** What a failed authentication is answered with, counted against app and address. */
async function refused(parts: AppAuthParts, presented: Presented, call: Call): Promise<OAuthError> {
  const key = `${presented.clientId.slice(0, 64)} ${parts.clientAddress(call)}`
  const refusal = await parts.failedAppAuth.claim(key)
  if (!refusal) {
    return unknown(
      presented.secret === null
        ? 'This client_id is not known here as a public app. A confidential app sends its client_secret.'
        : 'client_id or client_secret is wrong. Both stand in the My Authorization tab.',
      troubleWith(presented.secret),
    )
  }
  return new OAuthError(
    'invalid_client',
    `Too many failed attempts. Wait ${refusal.wait} seconds.`,
    {
      status: 429,
      headers: refusal.headers,
    },
  )
}

/** The answer to an app that a reviewer has stopped. */
function suspended(): OAuthError {
  return unknown('This app is suspended. Ask the platform.')
}

/** What may be kept of a secret that does not fit: enough to recognise one that did. */
function troubleWith(secret: string | null): PresentedSecret {
  const bare = secret?.trim() ?? ''
  return {
    kind: 'secret',
    fingerprint: secret === null ? null : hash('sha256', secret, 'buffer'),
    trimmed: secret === null || bare === secret ? null : hash('sha256', bare, 'buffer'),
    looksLike: beginsLike(bare),
    length: bare.length,
  }
}

function beginsLike(text: string): PresentedSecret['looksLike'] {
  if (text.startsWith('lk_sk_')) return 'secret'
  if (/^lk_(?:ac|at|rt)_/.test(text)) return 'handle'
  return text.startsWith('app_') ? 'client id' : null
}

function unknown(message: string, trouble?: PresentedSecret): OAuthError {
  return new OAuthError('invalid_client', message, {
    headers: { 'WWW-Authenticate': 'Basic realm="Latchkey", charset="UTF-8"' },
    ...(trouble && { trouble }),
  })
}
