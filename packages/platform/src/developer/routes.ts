/** The addresses of the Developer Platform. */
import { activityRoute } from '../activity/route.ts'
import type { Route } from '../http.ts'
import type { Parts } from '../platform.ts'
import { playgroundRoute } from '../playground/route.ts'
import { appRoute, editAppRoute } from './app-route.ts'
import { appsRoute, newAppRoute } from './apps-route.ts'
import { colleagueRoute, colleaguesRoute } from './colleagues-route.ts'
import { newSecretRoute, revokeSecretRoute, testersRoute } from './credentials-route.ts'
import { invitationRoute } from './invitation-route.ts'
import { qualificationRoute } from './qualification-route.ts'
import { webhookStepRoute, webhooksRoute } from './webhooks-route.ts'

export function developerRoutes(parts: Parts): (readonly [string, Route])[] {
  return [
    ['/developer', qualificationRoute(parts)],
    ['/developer/colleagues', colleaguesRoute(parts)],
    ['/developer/colleagues/member', colleagueRoute(parts)],
    ['/developer/invitation', invitationRoute(parts)],
    ['/developer/authorizations', appsRoute(parts)],
    ['/developer/authorizations/new', newAppRoute(parts)],
    ['/developer/authorizations/app', appRoute(parts)],
    ['/developer/authorizations/edit', editAppRoute(parts)],
    ['/developer/authorizations/secret', newSecretRoute(parts)],
    ['/developer/authorizations/revoke', revokeSecretRoute(parts)],
    ['/developer/authorizations/testers', testersRoute(parts)],
    ['/developer/authorizations/webhooks', webhooksRoute(parts)],
    ['/developer/authorizations/webhooks/step', webhookStepRoute(parts)],
    ['/developer/authorizations/activity', activityRoute(parts)],
    ['/developer/authorizations/playground', playgroundRoute(parts)],
  ]
}
