/** New secret, Revoke secret, and inviting testers: what a developer does on an app's page. */
import { isEmail } from '../accounts/account.ts'
import { demandFresh } from '../accounts/step-up.ts'
import { readOwnForm } from '../accounts/visitor.ts'
import { countConnections } from '../connection/connected-apps.ts'
import { PageError } from '../error.ts'
import { type Route, seeOther } from '../http.ts'
import { revokePage, secretPage } from '../pages/developer/secret.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { appPath, appTable } from './app-route.ts'
import { appAt, atDesk, isAnswer, notFound, overtaken } from './desk.ts'
import { listSecrets, newSecret, revokeSecret } from './secret.ts'
import { inviteTester, removeTester, testersAtMost } from './tester.ts'

/** Makes one more secret, and shows it this once. */
export function newSecretRoute(parts: Parts): Route {
  return {
    manner: 'page',
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(appTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'make and revoke secrets', params.app)
      if (app.is_public === 1) throw notFound()
      const asked = demandFresh(parts, desk.visitor, { back: appPath(app), why: 'secret' })
      if (asked) return asked
      const secret = await newSecret(parts.store, app.id, desk.actor, parts.now()).catch(error => {
        if (error instanceof RangeError) throw overtaken(`The secrets of ${app.name}`)
        throw error
      })
      const page = secretPage({ ...desk.frame, app, secret, isFirst: false })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
  }
}

const revokeTable = {
  ...appTable,
  secret: { description: 'Which one.', required: true },
  overlap: { description: 'Hours it goes on working.' },
} as const

/** Asks what to revoke and when, then does it. */
export function revokeSecretRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { params } = fromQuery(revokeTable, call.query)
      const app = await appAt(parts, desk, 'make and revoke secrets', params.app)
      const now = parts.now()
      const [secrets, connections] = await Promise.all([
        listSecrets(parts.store, app.id, now),
        countConnections(parts.store, app.id),
      ])
      const secret = secrets.find(({ id }) => String(id) === params.secret)
      if (!secret) return seeOther(appPath(app))
      const isLast = secrets.every(({ id, revoked_at }) => id === secret.id || revoked_at !== null)
      const page = revokePage({ ...desk.frame, app, secret, isLast, connections })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(revokeTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'make and revoke secrets', params.app)
      const now = parts.now()
      const hours = /^(?:0|1|24|168)$/.test(params.overlap ?? '') ? Number(params.overlap) : 0
      const about = {
        appId: app.id,
        secretId: wholeNumber(params.secret),
        end: now + hours * 3_600_000,
      }
      await revokeSecret(parts.store, about, desk.actor, now)
      return seeOther(appPath(app))
    },
  }
}

const testerTable = {
  ...appTable,
  email: { description: 'Whom.', required: true },
  remove: { description: '`1` to take the invitation back.' },
} as const

export function testersRoute(parts: Parts): Route {
  return {
    manner: 'page',
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const {
        app: clientId,
        email = '',
        remove,
      } = await readOwnForm(testerTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'invite testers', clientId)
      const about = { app, email, actor: desk.actor }
      if (remove === '1') await removeTester(parts.store, about, parts.now())
      else if (!isEmail(email.trim())) throw badEmail(email)
      else if ((await inviteTester(parts.store, about, parts.now())) === 'full') throw full()
      return seeOther(`${appPath(app)}#testers`)
    },
  }
}

function badEmail(email: string): PageError {
  return new PageError(400, {
    title: 'That is no email address',
    what: 'Test users are invited by the email address of their account here.',
    mend: 'Go back and enter an address like name@example.com.',
    details: [{ label: 'What was sent', value: email.slice(0, 200) }],
  })
}

function full(): PageError {
  return new PageError(409, {
    title: 'No more test users',
    what: `${testersAtMost} test users are invited already.`,
    mend: 'Go back and remove one, or submit the app for review: then everybody can connect it.',
  })
}
