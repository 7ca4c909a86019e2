/**
 * `/developer/authorizations/playground`: the flow step by step with an app's real settings. Its requests
 * go to the real endpoints, in process, so that every rule and limit holds; what they give is a true
 * connection of the developer's own account. A secret is typed in for each step that needs it.
 */
import { randomBytes } from 'node:crypto'
import { readOwnForm } from '../accounts/visitor.ts'
import { type App, redirectUrisOf } from '../developer/app.ts'
import { appAt, atDesk, type Desk, isAnswer } from '../developer/desk.ts'
import type { Answer, Call, Route } from '../http.ts'
import { type PlaygroundView, playgroundPage } from '../pages/developer/playground.ts'
import { fromQuery, type Params } from '../params.ts'
import type { Parts } from '../platform.ts'
import { takeApart } from './callback.ts'
import { closePocket, type Owner, openPocket, type Pocket, pocketLifetime } from './pocket.ts'
import {
  authorizationLink,
  curlLines,
  exchangeRequest,
  meRequest,
  refreshRequest,
  revokeRequest,
} from './requests.ts'
import { callOf, type RawRequest, transcriptOf } from './transcript.ts'

const appTable = { app: { description: 'The Client ID.', required: true } } as const
const table = {
  ...appTable,
  action: { description: 'The step.', required: true },
  door: { description: '`standard` or `article`.' },
  redirect: { description: 'Which redirect URL, by its place.' },
  came: { description: 'The URL the browser came back to.' },
  secret: { description: 'The Client Secret.' },
} as const

type Sent = Params<typeof table>

/** Where a walk stands, and what its last step showed. */
interface Walk {
  readonly pocket: Pocket | null
  readonly shown: Pick<PlaygroundView, 'ran' | 'takenApart' | 'lost'>
}

const nothing = { ran: null, takenApart: null, lost: false }

export function playgroundRoute(parts: Parts): Route {
  return {
    manner: 'page',
    get: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const app = await theApp(parts, desk, fromQuery(appTable, call.query).params.app)
      return show(
        parts,
        { desk, app },
        { pocket: pocketOf(parts, call, { desk, app }), shown: nothing },
      )
    },
    post: async call => {
      const desk = await atDesk(parts, call)
      if (isAnswer(desk)) return desk
      const sent = await readOwnForm(table, call, desk.visitor)
      const app = await theApp(parts, desk, sent.app)
      const pocket = pocketOf(parts, call, { desk, app })
      return show(parts, { desk, app }, await take(parts, { call, app, pocket }, sent))
    },
  }
}

function theApp(parts: Parts, desk: Desk, clientId: string | undefined): Promise<App> {
  return appAt(parts, desk, 'use the playground', clientId)
}

interface Place {
  readonly desk: Desk
  readonly app: App
}

function ownerOf({ desk, app }: Place): Owner {
  return { csrf: desk.visitor.csrf, accountId: desk.account.id, clientId: app.client_id }
}

function pocketOf({ keys, cookies, now }: Parts, call: Call, place: Place): Pocket | null {
  return openPocket(keys, cookies.read(call, 'playground'), ownerOf(place), now())
}

function show(parts: Parts, place: Place, { pocket, shown }: Walk): Answer {
  const { settings, keys, cookies, now } = parts
  const { desk, app } = place
  const value = pocket ? closePocket(keys, pocket, ownerOf(place), now()) : ''
  const cookie = cookies.write('playground', value, pocket ? pocketLifetime / 1000 : 0)
  const redirectUris = redirectUrisOf(app)
  const page = playgroundPage({
    ...desk.frame,
    app,
    redirectUris,
    pocket: pocket && {
      door: pocket.door,
      hasCode: pocket.code !== undefined,
      hasTokens: pocket.access !== undefined,
      link: authorizationLink(app, pocket, settings.url),
    },
    curl: curlLines(
      app,
      pocket ?? { door: 'standard', redirectUri: redirectUris[0] ?? '' },
      settings.url,
    ),
    ...shown,
  })
  return parts.renderer.page(page, { cookies: [...desk.visitor.cookies, cookie] })
}

interface Standing {
  readonly call: Call
  readonly app: App
  readonly pocket: Pocket | null
}

/** Takes the step; one for which the pocket holds nothing leads back to the first. */
async function take(parts: Parts, standing: Standing, sent: Sent): Promise<Walk> {
  const { app, pocket } = standing
  if (sent.action === 'restart') return { pocket: null, shown: nothing }
  if (sent.action === 'link') return { pocket: begin(app, sent), shown: nothing }
  if (!pocket) return { pocket: null, shown: { ...nothing, lost: true } }
  if (sent.action === 'callback') {
    const takenApart = takeApart(sent.came ?? '', pocket, parts.settings.url)
    const { code } = takenApart
    return {
      pocket: code === null ? pocket : { ...pocket, code: code.slice(0, 200) },
      shown: { ...nothing, takenApart },
    }
  }
  const secret = sent.secret ?? ''
  if (sent.action === 'exchange' && pocket.code !== undefined) {
    return grant(parts, standing, {
      step: 'exchange',
      request: exchangeRequest(app, pocket, secret),
    })
  }
  if (pocket.access === undefined) return { pocket, shown: { ...nothing, lost: true } }
  if (sent.action === 'refresh') {
    return grant(parts, standing, { step: 'refresh', request: refreshRequest(app, pocket, secret) })
  }
  if (sent.action === 'disconnect') {
    const request = revokeRequest(app, pocket, secret)
    const { ran } = await run(parts, standing, { step: 'disconnect', request })
    return { pocket: ran.status === 200 ? null : pocket, shown: { ...nothing, ran } }
  }
  const { ran } = await run(parts, standing, { step: 'me', request: meRequest(pocket) })
  return { pocket, shown: { ...nothing, ran } }
}

function begin(app: App, { door, redirect }: Sent): Pocket {
  const uris = redirectUrisOf(app)
  const standard = door !== 'article'
  const random = () => randomBytes(32).toString('base64url')
  return {
    door: standard ? 'standard' : 'article',
    // The article's link names none, and so means the first one.
    redirectUri: (standard ? uris[Number(redirect ?? 0)] : undefined) ?? uris[0] ?? '',
    state: standard ? random() : null,
    verifier: standard || app.is_public === 1 ? random() : null,
  }
}

interface Step {
  readonly step: 'exchange' | 'me' | 'refresh' | 'disconnect'
  readonly request: RawRequest
}

/** Sends the request to its endpoint, and shows both sides. */
async function run(parts: Parts, { call }: Standing, { step, request }: Step) {
  const answer = await parts.answer(callOf(request, call))
  return { answer, ran: { step, ...transcriptOf(request, answer, parts.settings.url) } }
}

/** A step that gives tokens: they take the place of what the pocket held. */
async function grant(parts: Parts, standing: Standing, step: Step): Promise<Walk> {
  const { pocket } = standing
  const { answer, ran } = await run(parts, standing, step)
  const shown = { ...nothing, ran }
  if (answer.status !== 200 || !pocket) return { pocket, shown }
  const { access_token: access, refresh_token: refresh } = JSON.parse(String(answer.body))
  const { door, redirectUri } = pocket
  return { pocket: { door, redirectUri, state: null, verifier: null, access, refresh }, shown }
}
