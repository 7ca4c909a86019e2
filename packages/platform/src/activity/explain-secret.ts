/** Why a client secret does not fit: told by its fingerprint, which may be a revoked one or another app's. */
import type { App } from '../developer/app.ts'
import type { Store } from '../store/store.ts'
import type { PresentedSecret } from '../trouble.ts'
import { when } from './time-words.ts'

interface KnownSecret {
  readonly tail: string
  readonly revoked_at: number | null
  readonly app_id: number
  readonly name: string
}

export async function explainSecret(
  store: Store,
  app: App,
  secret: PresentedSecret,
): Promise<string> {
  const { fingerprint, trimmed, looksLike, length } = secret
  if (fingerprint === null) {
    return app.is_public === 1
      ? 'The app is public and was not known as such when it called.'
      : 'No client_secret was sent. A confidential app sends it with every token request.'
  }
  if (app.is_public === 1) return 'A client_secret was sent, but the app is public: it has none.'
  if (looksLike === 'handle') return 'A code or token was sent where the client_secret belongs.'
  if (looksLike === 'client id') return 'A Client ID was sent where the client_secret belongs.'
  const known = await knownSecret(store, app, fingerprint)
  if (known && known.app_id !== app.id) {
    return `The client secret ends in …${known.tail} and is the one of your other app ${known.name}.`
  }
  if (known && known.revoked_at !== null) {
    return `The client secret ends in …${known.tail}, which was revoked ${when(known.revoked_at)}.`
  }
  if (trimmed && (await knownSecret(store, app, trimmed))) {
    return 'The client secret has a blank or a line break around it; without that it would fit.'
  }
  if (looksLike === 'secret' && length !== secretLength) {
    return `The client secret is not whole: it has ${length} characters instead of ${secretLength}.`
  }
  return looksLike === 'secret'
    ? 'The client secret is none of this app’s, or was revoked more than a day ago.'
    : 'What was sent as client_secret is none of this platform’s: those begin with lk_sk_.'
}

const secretLength = 49

async function knownSecret(
  store: Store,
  app: App,
  fingerprint: Uint8Array,
): Promise<KnownSecret | null> {
  const [known] = await store.read<KnownSecret>(
    `select s.tail, s.revoked_at, s.app_id, a.name from app a join app_secret s on s.app_id = a.id
     where a.vendor_id = $1 and s.hash = $2`,
    app.vendor_id,
    fingerprint,
  )
  return known ?? null
}
