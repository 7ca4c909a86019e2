/**
 * Requests that wait to be written to an app's request log. The same thing again is one entry with a
 * number; room is bounded by the process, by app and by address, and what finds no room is counted.
 *
 * Whoever has not proved to be the app fills a part of its own, so that a stranger pushes out strangers.
 */
import type { Trouble } from '../trouble.ts'

/** `stranger`: it names the app, and nothing shows that the app sent it. */
export type Outcome = 'ok' | 'failed' | 'stranger'

export type LogEndpoint = 'authorize' | 'token' | 'revoke' | 'introspect' | 'api'

export interface Request {
  readonly at: number
  readonly outcome: Outcome
  readonly endpoint: LogEndpoint
  readonly status: number
  /** The OAuth error code, or `''`. */
  readonly error: string
  /** The words, or what they are made of. */
  readonly about: Trouble | string
  /** `null` where only the connection is known. */
  readonly clientId: string | null
  readonly connectionId: Uint8Array | null
  /** Whose room a stranger takes; `''` for an app that has proved itself. */
  readonly address: string
  /** True when it stands in the figures already. */
  readonly counted: boolean
}

export type PendingRequest = Request & { times: number }

export interface PendingRequests {
  /** Answers `false` when there was no room. */
  add(request: Request): boolean
  take(): { requests: PendingRequest[]; dropped: number }
}

/** How many different entries may wait: of all, of one app, and of strangers from one address. */
const room = 512
const roomForStrangers = 128
const roomOfOne = 24

export function createPending(): PendingRequests {
  let waiting = new Map<string, PendingRequest>()
  let taken = new Map<string, number>()
  let dropped = 0

  /** Takes a place of the group when one is free. */
  const claim = (group: string, most: number): boolean => {
    const used = taken.get(group) ?? 0
    if (used >= most) return false
    taken.set(group, used + 1)
    return true
  }

  const hasRoom = (request: Request): boolean => {
    if (request.outcome !== 'stranger') {
      return claim(`app ${ownerOf(request)}`, roomOfOne) && claim('all', room)
    }
    return claim(`address ${request.address}`, roomOfOne) && claim('strangers', roomForStrangers)
  }

  return {
    add: request => {
      const key = keyOf(request)
      const same = waiting.get(key)
      if (same) same.times += 1
      else if (hasRoom(request)) waiting.set(key, { ...request, times: 1 })
      else {
        dropped += 1
        return false
      }
      return true
    },
    take: () => {
      const all = { requests: [...waiting.values()], dropped }
      waiting = new Map()
      taken = new Map()
      dropped = 0
      return all
    },
  }
}

function ownerOf({ clientId, connectionId }: Request): string {
  return clientId ?? Buffer.from(connectionId ?? []).toString('latin1')
}

function keyOf(request: Request): string {
  const { outcome, endpoint, status, error, about, address } = request
  const said = typeof about === 'string' ? about : JSON.stringify(about)
  return [outcome, endpoint, status, error, ownerOf(request), address, said].join('\n')
}
