/** `/logos/HASH.png`: an app's logo. The address names the content, so it may be kept for ever. */
import { PageError } from '../error.ts'
import type { Route } from '../http.ts'
import type { Parts } from '../platform.ts'
import { findLogo } from './logo.ts'

const headers = {
  'Content-Type': 'image/png',
  'Cache-Control': 'public, max-age=31536000, immutable',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

export function logoRoute({ store }: Pick<Parts, 'store'>): Route {
  return {
    manner: 'page',
    get: async call => {
      const [, name] = /^\/logos\/([0-9a-f]{64})\.png$/.exec(call.path) ?? []
      const png = name === undefined ? null : await findLogo(store, name)
      if (!png) {
        throw new PageError(404, {
          title: 'No such picture',
          what: 'No application has a logo at this address.',
          mend: 'Look for it on the page that shows the application.',
        })
      }
      return { status: 200, headers, body: new Uint8Array(png) }
    },
  }
}
