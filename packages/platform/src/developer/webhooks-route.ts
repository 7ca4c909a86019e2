/** `/developer/authorizations/webhooks`: where an app's events go, and what became of each. */
import { readOwnForm } from '../accounts/visitor.ts'
import { PageError } from '../error.ts'
import { type Answer, type Route, seeOther } from '../http.ts'
import type { Refusal } from '../limits/throttle.ts'
import { removeEndpointPage, signingSecretPage } from '../pages/developer/webhook-step.ts'
import { webhooksPage, webhooksPath } from '../pages/developer/webhooks.ts'
import { fromQuery, wholeNumber } from '../params.ts'
import type { Parts } from '../platform.ts'
import { endpointProblem } from '../webhooks/address.ts'
import {
  findEndpoint,
  removeEndpoint,
  rollSigningSecret,
  setEndpoint,
} from '../webhooks/endpoint.ts'
import { announceTest, countWaiting, readJournal, redeliver } from '../webhooks/journal.ts'
import { signingSecrets } from '../webhooks/signing-secret.ts'
import type { App } from './app.ts'
import { appTable } from './app-route.ts'
import { appAt, atDesk, type Desk, isAnswer, overtaken } from './desk.ts'

const pageTable = { ...appTable, before: { description: 'Where the page before ended.' } } as const
const setTable = {
  ...appTable,
  url: { description: 'Where events go.' },
  seen: { description: 'Where they went when the page was shown.' },
} as const
const stepTable = {
  ...appTable,
  action: { description: '`test`, `roll`, `redeliver` or `remove`.' },
  event: { description: 'Which one, by its webhook-id.' },
} as const

const pageLength = 20

export function webhooksRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { app: clientId, before } = fromQuery(pageTable, call.query).params
      const app = await appAt(parts, desk, 'manage webhooks', clientId)
      return show(parts, desk, app, { before: before ?? null })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(setTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'manage webhooks', params.app)
      const url = params.url?.trim() ?? ''
      const problem = urlProblem(parts, url)
      if (problem) return show(parts, desk, app, { before: null, typed: url, problem })
      const { keys, store } = parts
      const about = { appId: app.id, actor: desk.actor, url, keys, seen: params.seen ?? '' }
      const set = await setEndpoint(store, about, parts.now())
      if (!set) throw overtaken(`The endpoint of ${app.name}`)
      return set.secret === null
        ? seeOther(pathOf(app))
        : showSecret(parts, desk, { app, secret: set.secret, isFirst: true })
    },
  }
}

function urlProblem({ settings }: Parts, url: string): string | null {
  if (url === '') return 'Enter the URL that events are sent to.'
  const problem = endpointProblem(url, settings.webhooksLoopback)
  return problem && `This URL cannot be used: it ${problem}.`
}

/** What the page's other buttons do; removing is asked once more. */
export function webhookStepRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const { app: clientId, action } = fromQuery(stepTable, call.query).params
      const app = await appAt(parts, desk, 'manage webhooks', clientId)
      const endpoint = await findEndpoint(parts.store, app.id)
      if (action !== 'remove' || !endpoint) return seeOther(pathOf(app))
      const waiting = await countWaiting(parts.store, app.id)
      const page = removeEndpointPage({ ...desk.frame, app, url: endpoint.url, waiting })
      return parts.renderer.page(page, { cookies: desk.visitor.cookies })
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const params = await readOwnForm(stepTable, call, desk.visitor)
      const app = await appAt(parts, desk, 'manage webhooks', params.app)
      return take(parts, desk, { app, action: params.action, name: params.event ?? '' })
    },
  }
}

interface Step {
  readonly app: App
  readonly action: string | undefined
  /** The event's, with `redeliver`. */
  readonly name: string
}

async function take(parts: Parts, desk: Desk, { app, action, name }: Step): Promise<Answer> {
  const { store, keys } = parts
  const about = { appId: app.id, actor: desk.actor }
  const now = parts.now()
  switch (action) {
    case 'roll': {
      const secret = await rollSigningSecret(store, { ...about, keys }, now)
      if (secret === null) throw overtaken(`The endpoint of ${app.name}`)
      return showSecret(parts, desk, { app, secret, isFirst: false })
    }
    case 'test': {
      const refusal = await parts.webhooksByHand.claim(String(app.id))
      if (refusal) return show(parts, desk, app, { before: null, refusal })
      if ((await announceTest(store, about, now)) === null) throw off(app)
      return seeOther(`${pathOf(app)}#log`)
    }
    case 'redeliver': {
      const refusal = await parts.webhooksByHand.claim(String(app.id))
      if (refusal) return show(parts, desk, app, { before: null, refusal })
      if (!(await redeliver(store, { ...about, name }, now))) throw notNow()
      return seeOther(`${pathOf(app)}#log`)
    }
    case 'remove':
      await removeEndpoint(store, about, now)
      return seeOther(pathOf(app))
    default:
      throw overtaken(`The endpoint of ${app.name}`)
  }
}

async function show(
  parts: Parts,
  desk: Desk,
  app: App,
  shown: { before: string | null; typed?: string; problem?: string; refusal?: Refusal },
): Promise<Answer> {
  const { store } = parts
  const { before, refusal, ...form } = shown
  const now = parts.now()
  const from = wholeNumber(before ?? undefined) || null
  const [endpoint, secrets, { entries, next }] = await Promise.all([
    findEndpoint(store, app.id),
    signingSecrets(store, app.id, now),
    readJournal(store, { appId: app.id, before: from }, pageLength),
  ])
  const about = { app, endpoint, secrets, entries, next, isOlder: from !== null, now }
  const wait = refusal && { wait: refusal.wait }
  const page = webhooksPage({ ...desk.frame, ...about, ...form, ...wait })
  const status = refusal ? 429 : form.problem ? 400 : 200
  const answer = parts.renderer.page(page, { status, cookies: desk.visitor.cookies })
  return { ...answer, headers: { ...answer.headers, ...refusal?.headers } }
}

function showSecret(
  parts: Parts,
  desk: Desk,
  shown: { app: App; secret: string; isFirst: boolean },
): Answer {
  const page = signingSecretPage({ ...desk.frame, ...shown })
  return parts.renderer.page(page, { cookies: desk.visitor.cookies })
}

function pathOf({ client_id }: App): string {
  return `${webhooksPath}?app=${client_id}`
}

function off({ name }: App): PageError {
  return new PageError(409, {
    title: 'There is nowhere to send it',
    what: `The endpoint of ${name} was removed or switched off.`,
    mend: 'Go back, reload the page, and save a URL.',
  })
}

function notNow(): PageError {
  return new PageError(409, {
    title: 'It was not sent',
    what: 'The event is being sent right now, is no longer in the log, or there is no endpoint to send it to.',
    mend: 'Go back, and reload the page to see how it stands.',
  })
}
