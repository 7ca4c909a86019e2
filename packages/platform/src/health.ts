/** `/healthz`: the process is alive. `/readyz`: it can answer, because its database does. */
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
      await store.read('select 1')
      return json(200, { status: 'ok', database: store.engine })
    },
  }
}
