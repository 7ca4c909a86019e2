/** The addresses of everything about accounts; which of them there are follows from the ways to sign in. */
import { type Route, seeOther } from '../http.ts'
import type { Parts } from '../platform.ts'
import { connectedAppsRoute, disconnectRoute } from './connected-apps.ts'
import { forgotPasswordRoute, resetPasswordRoute } from './forgot-password.ts'
import { linkRoute } from './link.ts'
import { beginRoute, callbackRoute, farewellRoute } from './provider-sign-in.ts'
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
  ]
}

function passwordRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
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
