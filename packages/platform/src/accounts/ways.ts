/** The ways to sign in on this platform: passwords of our own, a provider, or the product around us. */
import { isIssuer, issuerTakes } from '../oidc-settings.ts'
import { SettingError, type Settings } from '../settings.ts'
import type { Store } from '../store/store.ts'
import { createProduct, type Product, type SignIn } from './product.ts'
import { createProvider, type Provider } from './provider.ts'

export interface Ways {
  /** Whether accounts have passwords, and strangers may sign up for one. */
  readonly passwords: boolean
  readonly provider: Provider | null
  /** With a product there is no other way. */
  readonly product: Product | null
}

interface WaysParts {
  readonly settings: Settings
  readonly store: Store
  readonly now: () => number
}

/** Throws `SettingError` for ways that exclude each other, cannot work, or none at all. */
export function checkWays({ oidc, passwords }: Settings, signIn: SignIn | undefined): void {
  if (signIn && (oidc || passwords)) {
    throw new SettingError(
      'With signIn there is no other way to sign in: leave oidc and passwords out.',
    )
  }
  if (oidc && !isIssuer(oidc.issuer)) {
    throw new SettingError(`oidc.issuer is '${oidc.issuer}', but takes ${issuerTakes}.`)
  }
  if (!signIn && !oidc && passwords === false) {
    throw new SettingError(
      'Nobody could sign in: LATCHKEY_PASSWORDS is off, and no LATCHKEY_OIDC_ISSUER is set.',
    )
  }
}

/** The ways that the settings open; they have passed `checkWays`. */
export function createWays(signIn: SignIn | undefined, parts: WaysParts): Ways {
  const { settings, store, now } = parts
  const { oidc, url } = settings
  return {
    passwords: settings.passwords ?? (oidc === null && !signIn),
    provider: oidc && createProvider(oidc, { url, now }),
    product: signIn ? createProduct(signIn, { store, now, url }) : null,
  }
}
