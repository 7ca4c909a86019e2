/**
 * The authorization page and its form: the request is read, the person signs in, the page says what is
 * asked, and one decision is written. Consent is asked every time; one page gives one outcome.
 */
import { tellConnected } from '../accounts/letters.ts'
import { isSignedIn, readOwnForm, type SignedIn, who } from '../accounts/visitor.ts'
import { type Decided, decide } from '../connection/connection.ts'
import { signHandle } from '../connection/handle.ts'
import { newConnectionId } from '../connection/name.ts'
import { type App, findApp, matchRedirectUri } from '../developer/app.ts'
import { pictured } from '../developer/logo.ts'
import { mayConnect } from '../developer/tester.ts'
import { OAuthError, PageError } from '../error.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import { consentPage } from '../pages/consent.ts'
import { outcomePage } from '../pages/outcome.ts'
import { requestLength } from '../params.ts'
import { describePermissions } from '../permissions.ts'
import type { Parts } from '../platform.ts'
import {
  type AuthorizationRequest,
  type Reading,
  readAuthorization,
  redirectLocation,
} from './authorize.ts'
import { openTicket, signTicket, type Ticket } from './ticket.ts'

/** The page, at one of its addresses. */
export function authorizeRoute(parts: Parts, reading: Reading): Route {
  const { url } = parts.settings
  return {
    manner: 'page',
    get: async call => {
      const request = await readAuthorization(parts.store, reading, call)
      if ('error' in request) {
        const { redirectUri, error, description, state } = request
        call.failure = new OAuthError(error, description)
        return seeOther(
          redirectLocation(redirectUri, url, { error, error_description: description, state }),
        )
      }
      const visitor = await who(parts, call)
      const here = `${call.path}?${call.query}`
      if (!isSignedIn(visitor)) return seeOther(`/sign-in?continue=${encodeURIComponent(here)}`)
      await demandAccess(parts, request.app, visitor)
      return showConsent(parts, { request, visitor, here })
    },
  }
}

function showConsent(
  parts: Parts,
  { request, visitor, here }: { request: AuthorizationRequest; visitor: SignedIn; here: string },
): Answer {
  const { app, redirectUri } = request
  const { renderer, keys, catalogue, ways } = parts
  const now = parts.now()
  const ticket: Ticket = {
    id: newConnectionId(now).toString('base64url'),
    clientId: app.client_id,
    accountId: visitor.account.id,
    permissions: parts.held(app.permissions).list,
    redirectUri,
    redirectUriSent: request.redirectUriSent,
    state: request.state,
    codeChallenge: request.codeChallenge,
    issuedAt: now,
  }
  const page = consentPage({
    platformName: renderer.name,
    app: appView(app),
    permissions: describePermissions(catalogue, app.permissions),
    redirectHost: new URL(redirectUri).host,
    account: renderer.person(visitor.account),
    switchTo: here,
    ...(ways.product && { switchElsewhere: ways.product.switchPage(here) }),
    ticket: signTicket(keys, ticket),
    csrf: visitor.csrf,
  })
  return renderer.page(page, { cookies: visitor.cookies, formTarget: redirectUri })
}

const consentTable = {
  ticket: { description: 'What the page showed, signed.', required: true, longest: requestLength },
  decision: { description: '`authorize` or `deny`.', required: true },
} as const

/** Where the page's form goes. */
export function consentRoute(parts: Parts): Route {
  return {
    manner: 'page',
    post: async call => {
      const visitor = await who(parts, call)
      if (!isSignedIn(visitor)) throw signedOut()
      const { ticket: text, decision } = await readOwnForm(consentTable, call, visitor)
      const ticket = openTicket(parts.keys, text ?? '', parts.now())
      if (!ticket || ticket.accountId !== visitor.account.id) throw outOfDate()
      if (decision !== 'authorize' && decision !== 'deny') throw outOfDate()
      call.named = ticket.clientId
      const app = await appInForce(parts, ticket)
      const id = Buffer.from(ticket.id, 'base64url')
      const granted = decision === 'authorize'
      if (granted) await demandAccess(parts, app, visitor)
      const connection = await decide(
        parts.store,
        { ...ticket, id, appId: app.id, granted },
        parts.now(),
      )
      if (granted && connection.isNew) {
        const permissions = describePermissions(parts.catalogue, ticket.permissions)
        tellConnected(parts, visitor.account, { ...appView(app), permissions })
      }
      call.deed = connection.revoked_because === 'denied' ? 'deny' : 'authorize'
      return outcome(parts, { connection, ticket, app, visitor })
    },
  }
}

/** An app in development is for its makers and the people they have invited. */
async function demandAccess(parts: Parts, app: App, { account }: SignedIn): Promise<void> {
  if (await mayConnect(parts.store, app, account)) return
  throw new PageError(403, {
    title: `${app.name} is still being built`,
    what: `${app.vendor_name} has not opened ${app.name} to everybody yet. Your account, ${account.email}, is not one of its test users.`,
    mend: `If you should be one, ask ${app.vendor_name} to invite that address. Nothing was connected.`,
    trouble: { kind: 'not invited' },
  })
}

/** What the page promised must still hold: the app in force, the redirect URL registered. */
async function appInForce(parts: Parts, ticket: Ticket): Promise<App> {
  const app = await findApp(parts.store, ticket.clientId)
  if (app && app.stopped_at === null && matchRedirectUri(app, ticket.redirectUri)) return app
  throw new PageError(403, {
    title: 'This app cannot be connected right now',
    what: 'The app was changed or suspended while the page was open. Nothing was connected.',
    mend: 'Go back to the app and start again; if it stays like this, ask its makers.',
  })
}

/** Answers by what the row says, so that a form sent twice gets the answer of the first. */
function outcome(
  parts: Parts,
  decided: { connection: Decided; ticket: Ticket; app: App; visitor: SignedIn },
): Answer {
  const { connection, ticket, app, visitor } = decided
  const { redirectUri, state } = ticket
  const issuer = parts.settings.url
  if (connection.revoked_because === 'denied') {
    return seeOther(redirectLocation(redirectUri, issuer, { error: 'access_denied', state }))
  }
  const connectionId = Buffer.from(ticket.id, 'base64url')
  const issuedAt = connection.created_at
  const over = parts.now() >= issuedAt + parts.settings.codeTtl * 1000
  if (connection.generation === 0 && connection.revoked_at === null && !over) {
    const code = signHandle(parts.keys, { kind: 'code', connectionId, generation: 0, issuedAt })
    return seeOther(redirectLocation(redirectUri, issuer, { code, state }))
  }
  const page = outcomePage({
    platformName: parts.renderer.name,
    app: appView(app),
    account: parts.renderer.person(visitor.account),
    csrf: visitor.csrf,
    outcome:
      connection.revoked_at !== null
        ? 'disconnected'
        : connection.generation > 0
          ? 'connected'
          : 'expired',
  })
  return parts.renderer.page(page, { cookies: visitor.cookies })
}

function appView(app: App) {
  const { vendor_name: vendorName, description, website, mode } = app
  return { ...pictured(app), vendorName, description, website, mode }
}

function signedOut(): PageError {
  return new PageError(403, {
    title: 'You are signed out',
    what: 'You signed out, or your session ended, while the page was open. Nothing was connected.',
    mend: 'Go back to the app and connect again; you will be asked to sign in.',
  })
}

function outOfDate(): PageError {
  return new PageError(400, {
    title: 'This page is out of date',
    what: 'The page was open for too long, or belongs to another account. Nothing was connected.',
    mend: 'Go back to the app you came from and connect again.',
  })
}
