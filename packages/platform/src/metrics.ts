/** `/metrics` for Prometheus: requests and their latency by route and status, and the process itself. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Route } from './http.ts'

export interface Metrics {
  /** Notes one answered request; `milliseconds` is how long it took. */
  request(route: string, status: number, milliseconds: number): void
  text(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'latchkey_' })
  const requests = new Counter({
    name: 'latchkey_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  const latency = new Histogram({
    name: 'latchkey_request_seconds',
    help: 'Seconds from a request to its answer, by route.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  // Looking a child up by its labels costs more than counting; so each is looked up once.
  const counters = new Map<string, Counter.Internal>()
  const timers = new Map<string, Histogram.Internal<string>>()
  return {
    request: (route, status, milliseconds) => {
      const name = `${status} ${route}`
      let counter = counters.get(name)
      if (!counter) {
        counter = requests.labels(route, String(status))
        counters.set(name, counter)
      }
      counter.inc()
      let timer = timers.get(route)
      if (!timer) {
        timer = latency.labels(route)
        timers.set(route, timer)
      }
      timer.observe(milliseconds / 1000)
    },
    text: () => registry.metrics(),
  }
}

export function metricsRoute(metrics: Metrics): Route {
  return {
    manner: 'oauth',
    get: async () => ({
      status: 200,
      headers: {
        'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
        'Cache-Control': 'no-store',
      },
      body: await metrics.text(),
    }),
  }
}
