/**
 * What the platform remembers of an app's requests: numbers by the hour, and a log of the last ones. It
 * watches every answer of the OAuth endpoints and every decision of the gate; on their way it adds to
 * numbers in memory and no more. What was gathered is explained and written every few seconds.
 */

import type { Handle } from '../connection/handle.ts'
import type { UserConnection } from '../connection/row.ts'
import { OAuthError, PageError, RequestError, TooManyRequests } from '../error.ts'
import type { Call, Deed } from '../http.ts'
import type { Allowance } from '../limits/api-limit.ts'
import type { ClientAddress } from '../limits/client-address.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Trouble } from '../trouble.ts'
import { claimedApp, isClientId } from './claimed.ts'
import { type CountKind, createCounts } from './counts.ts'
import { createPending, type LogEndpoint } from './pending.ts'
import { createStrangers } from './strangers.ts'
import { write } from './write.ts'

export interface Activity {
  /** Notes an answered call, when its route is one of OAuth. */
  answered(route: string, call: Call, status: number): void
  apiPassed(connection: UserConnection, allowance: Allowance | null, now: number): void
  /** `clientId` where the connection was read; it is looked up later where it was not. */
  apiRefused(error: Error, handle: Handle, clientId: string | undefined): void
  /** Writes what was gathered. Rejects when the store does; the numbers are then kept for later. */
  flush(): Promise<void>
}

export interface ActivityParts {
  readonly store: Store
  readonly clientAddress: ClientAddress
  readonly log: Pick<Log, 'warn'>
  readonly now: () => number
}

const endpoints: ReadonlyMap<string, LogEndpoint> = new Map([
  ['/page/vendor-auth.html', 'authorize'],
  ['/oauth/authorize', 'authorize'],
  ['/api/user-web/oauth/authorize', 'authorize'],
  ['/oauth/consent', 'authorize'],
  ['/api/user-web/oauth/token', 'token'],
  ['/oauth/token', 'token'],
  ['/oauth/revoke', 'revoke'],
  ['/oauth/introspect', 'introspect'],
])

type Success = Deed | 'revoke' | 'introspect' | 'api'

const successes: Readonly<Record<Success, { kind: CountKind | null; words: string }>> = {
  authorize: { kind: 'authorized', words: 'The user chose Authorize; a code was sent.' },
  deny: { kind: 'denied', words: 'The user chose Deny.' },
  exchange: { kind: 'exchanged', words: 'The code was exchanged for tokens.' },
  refresh: { kind: 'refreshed', words: 'The refresh token gave fresh tokens.' },
  revoke: { kind: null, words: 'A live token’s connection is disconnected by this.' },
  introspect: { kind: null, words: 'The token was looked at.' },
  api: { kind: 'api passed', words: 'The access token was good.' },
}

/** Of each kind of success one in so many milliseconds is written down. */
const sampled = 10_000

export function createActivity({ store, clientAddress, log, now }: ActivityParts): Activity {
  const counts = createCounts()
  const pending = createPending()
  const strangers = createStrangers()
  const samples = new Map<Success, Map<string, number>>()
  let writing: Promise<void> = Promise.resolve()

  const succeeded = (success: Success, clientId: string, at: number): void => {
    const { kind, words } = successes[success]
    if (kind) counts.add(clientId, kind, at)
    const lately = samples.get(success)
    if (at < (lately?.get(clientId) ?? 0) + sampled) return
    if (lately) lately.set(clientId, at)
    else samples.set(success, new Map([[clientId, at]]))
    const endpoint = endpointOf(success)
    const status = endpoint === 'authorize' ? 303 : 200
    const error = success === 'deny' ? 'access_denied' : ''
    const about = { at, outcome: 'ok', endpoint, status, error, about: words } as const
    pending.add({ ...about, clientId, connectionId: null, address: '', counted: true })
  }

  const failed = (endpoint: LogEndpoint, call: Call, status: number): void => {
    const clientId = call.app ?? call.named ?? claimedApp(call)
    if (clientId === undefined || !isClientId(clientId)) return
    const at = now()
    const proved = call.app !== undefined
    if (proved) counts.add(clientId, endpoint === 'token' ? 'token refused' : 'other refused', at)
    const { error, about } = factsOf(call.failure, status)
    pending.add({
      at,
      outcome: proved ? 'failed' : 'stranger',
      endpoint,
      status,
      error,
      about,
      clientId,
      connectionId: proved ? connectionOf(about) : null,
      address: proved ? '' : clientAddress(call),
      counted: proved,
    })
  }

  const flush = async (): Promise<void> => {
    for (const lately of samples.values()) forget(lately, now() - sampled)
    const rows = counts.take()
    const { requests, dropped } = pending.take()
    if (dropped > 0) log.warn({ dropped }, 'Requests were left out of the request logs.')
    await write({ store, strangers, now, giveBack: counts.giveBack }, { rows, requests })
  }

  return {
    answered: (route, call, status) => {
      const endpoint = endpoints.get(route)
      if (!endpoint) return
      if (call.failure !== undefined) return failed(endpoint, call, status)
      if (call.deed) return succeeded(call.deed, call.app ?? call.named ?? '', now())
      const { app } = call
      if (!app || (endpoint !== 'revoke' && endpoint !== 'introspect')) return
      succeeded(endpoint, app, now())
    },
    apiPassed: ({ client_id }, allowance, at) => {
      if (allowance) counts.busy(client_id, allowance.used, at)
      succeeded('api', client_id, at)
    },
    apiRefused: (error, { connectionId }, clientId) => {
      const at = now()
      const { error: code, about, status } = factsOfApi(error)
      const limited = error instanceof TooManyRequests
      if (clientId) counts.add(clientId, limited ? 'api limited' : 'api refused', at)
      pending.add({
        at,
        outcome: 'failed',
        endpoint: 'api',
        status,
        error: code,
        about,
        clientId: clientId ?? null,
        // Used up is used up, whichever connection calls.
        connectionId: limited ? null : connectionId,
        address: '',
        counted: clientId !== undefined,
      })
    },
    flush: () => {
      writing = writing.catch(() => {}).then(flush)
      return writing
    },
  }
}

function endpointOf(success: Success): LogEndpoint {
  if (success === 'authorize' || success === 'deny') return 'authorize'
  return success === 'exchange' || success === 'refresh' ? 'token' : success
}

function forget(lately: Map<string, number>, before: number): void {
  for (const [clientId, at] of lately) if (at <= before) lately.delete(clientId)
}

interface Facts {
  readonly error: string
  readonly about: Trouble | string
}

function factsOf(failure: unknown, status: number): Facts {
  if (status >= 500) return { error: 'server_error', about: ours }
  if (failure instanceof OAuthError) {
    return { error: failure.code, about: failure.trouble ?? failure.message }
  }
  if (failure instanceof PageError) return { error: '', about: failure.trouble ?? failure.message }
  const message = failure instanceof RequestError ? failure.message : ours
  return { error: 'invalid_request', about: message }
}

const ours = 'The platform could not answer. That was not your doing; try again.'

function factsOfApi(error: Error): Facts & { readonly status: number } {
  if (error instanceof TooManyRequests) {
    const limit = error.headers['X-RateLimit-Limit'] ?? ''
    return { error: 'too_many_requests', about: { kind: 'limit', limit }, status: 429 }
  }
  const status = error instanceof OAuthError ? error.status : 500
  return { ...factsOf(error, status), status }
}

function connectionOf(about: Trouble | string): Uint8Array | null {
  return typeof about === 'object' && 'connectionId' in about ? about.connectionId : null
}
