/** What an address that leads nowhere answers: in the manner of its neighbours, or a page for a person. */
import { PageError, RequestError } from './error.ts'
import type { Call, Manner, Route } from './http.ts'

/** The route of a path that has none: not found, whatever the method. */
export function nowhere(call: Call): Route {
  const manner = mannerOf(call)
  return {
    manner,
    any: async () => {
      if (manner !== 'page') throw new RequestError(404, 'There is no such endpoint.')
      throw new PageError(404, {
        title: 'Page not found',
        what: 'There is no page at this address.',
        mend: 'Check the address for a typing mistake, or go back to the start page.',
      })
    },
  }
}

function mannerOf(call: Call): Manner {
  if (call.path.startsWith('/v1.0/')) return 'api'
  if (!/^\/(?:api\/user-web\/)?oauth\//.test(call.path)) return 'page'
  // Beside the token endpoint a mistyped address is a client's, unless a browser says that it is one.
  const reads = call.method === 'GET' || call.method === 'HEAD'
  return reads && call.header('accept')?.includes('text/html') ? 'page' : 'oauth'
}
