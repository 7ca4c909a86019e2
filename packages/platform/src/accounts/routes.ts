/** The addresses of everything about accounts; which of them there are follows from the ways to sign in. */
import { type Route, seeOther } from '../http.ts'
import type { Parts } from '../platform.ts'
import { confirmRoute } from './confirm-route.ts'
import { connectedAppsRoute, disconnectRoute } from './connected-apps.ts'
import { forgotPasswordRoute, resetPasswordRoute } from './forgot-password.ts'
import { historyRoute } from './history-route.ts'
import { linkRoute } from './link.ts'
import { passwordRoute } from './password-route.ts'
import { beginRoute, callbackRoute, farewellRoute } from './provider-sign-in.ts'
import { addPasskeyRoute, authenticatorRoute } from './second-factor/add-route.ts'
import { passkeySignInRoute } from './second-factor/passkey-sign-in-route.ts'
import {
  recoveryCodesRoute,
  removeAuthenticatorRoute,
  removePasskeyRoute,
  securityRoute,
} from './second-factor/security-route.ts'
import { secondFactorRoute } from './second-factor/sign-in-route.ts'
import { sessionsRoute } from './sessions-route.ts'
import { signInRoute } from './sign-in.ts'
import { signedOutRoute, signOutElsewhereRoute, signOutRoute } from './sign-out.ts'
import { signUpCodeRoute, signUpResendRoute, signUpRoute } from './sign-up.ts'

export function accountRoutes(parts: Parts): (readonly [string, Route])[] {
  const { product, provider, passwords } = parts.ways
  return [
    ['/sign-in', signInRoute(parts)],
    ...(product
      ? signOutElsewhere(product.signOutPage)
      : [['/sign-out', signOutRoute(parts)] as const]),
    ...(passwords ? passwordRoutes(parts) : []),
    ...(provider ? providerRoutes(parts, provider) : []),
    ['/account', { manner: 'page', get: async () => seeOther('/account/connections') }],
    ['/account/connections', connectedAppsRoute(parts)],
    ['/account/connections/disconnect', disconnectRoute(parts)],
    ['/account/history', historyRoute(parts)],
    ...(product ? [] : sessionRoutes(parts)),
  ]
}

/** Where sessions are ours, and with them the second factor. */
function sessionRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
    ['/sign-in/second-factor', secondFactorRoute(parts)],
    ['/account/confirm', confirmRoute(parts)],
    ['/account/sessions', sessionsRoute(parts)],
    ['/account/security', securityRoute(parts)],
    ['/account/security/authenticator', authenticatorRoute(parts)],
    ['/account/security/authenticator/remove', removeAuthenticatorRoute(parts)],
    ['/account/security/passkeys/add', addPasskeyRoute(parts)],
    ['/account/security/passkeys/remove', removePasskeyRoute(parts)],
    ['/account/security/recovery-codes', recoveryCodesRoute(parts)],
    ['/account/security/password', passwordRoute(parts)],
  ]
}

function passwordRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
    ['/sign-in/passkey', passkeySignInRoute(parts)],
    ['/sign-up', signUpRoute(parts)],
    ['/sign-up/code', signUpCodeRoute(parts)],
    ['/sign-up/resend', signUpResendRoute(parts)],
    ['/forgot-password', forgotPasswordRoute(parts)],
    ['/forgot-password/code', resetPasswordRoute(parts)],
  ]
}

function providerRoutes(
  parts: Parts,
  provider: NonNullable<Parts['ways']['provider']>,
): (readonly [string, Route])[] {
  return [
    ['/sign-in/provider', beginRoute(parts, provider)],
    ['/sign-in/callback', callbackRoute(parts, provider)],
    ['/sign-in/link', linkRoute(parts, provider)],
    ['/sign-out/provider', farewellRoute(parts, provider)],
    ['/signed-out', signedOutRoute(parts, provider.name)],
  ]
}

function signOutElsewhere(page: string | null): (readonly [string, Route])[] {
  return page === null ? [] : [['/sign-out', signOutElsewhereRoute(page)]]
}
