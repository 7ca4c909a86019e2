/** The platform's API, typed: an endpoint is a function. */
import type { CallOptions, Connection } from './connection.ts'
import { VendorError } from './error.ts'

/** A 64-bit id: a `bigint` where a number would lose digits. One id always has one form. */
export type Id = number | bigint

/** The connected user (`GET /v1.0/me`). */
export interface Profile {
  readonly id: Id
  readonly memberUserId?: Id
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly firstLetter?: string
}

export interface Api {
  /** Whose account is connected. Throws what `Connection.json` throws. */
  me(options?: { readonly signal?: AbortSignal; readonly timeout?: number }): Promise<Profile>
}

export function createApi({ json }: Pick<Connection, 'json'>): Api {
  return {
    me: async (options: CallOptions = {}) => {
      const profile = (await json('/v1.0/me', options)) as Profile | null
      const { id, email } = profile ?? {}
      if (profile && /number|bigint/.test(typeof id) && typeof email === 'string') return profile
      throw new VendorError('malformed', '/v1.0/me answered with no profile.')
    },
  }
}
