/** `/healthz`: the process is alive. `/readyz`: it can answer, and its database takes what is written. */
import { json, type Route } from './http.ts'
import type { Store } from './store/store.ts'

export function healthRoute(): Route {
  const alive = json(200, { status: 'ok' })
  return { manner: 'oauth', get: async () => alive }
}

export function readyRoute(store: Store): Route {
  return {
    manner: 'oauth',
    get: async () => {
      await store.ready()
      return json(200, { status: 'ok', database: store.engine })
    },
  }
}
