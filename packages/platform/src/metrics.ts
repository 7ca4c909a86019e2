/**
 * `/metrics` for Prometheus: requests and their latency by route and status, and the process itself.
 *
 * The library looks labels up by hashing them at every observation, which costs as much as opening a
 * handle; so requests are counted here in plain numbers and written out when somebody asks.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Route } from './http.ts'

export interface Metrics {
  /** Notes one answered request; `milliseconds` is how long it took. */
  request(route: string, status: number, milliseconds: number): void
  text(): Promise<string>
}

/** Upper bounds of the latency buckets, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

interface Counted {
  readonly byStatus: Map<number, number>
  /** How many fell into each bucket; the last one has no bound. */
  readonly buckets: number[]
  seconds: number
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'latchkey_' })
  const routes = new Map<string, Counted>()
  return {
    request: (route, status, milliseconds) => {
      let counted = routes.get(route)
      if (!counted) {
        counted = { byStatus: new Map(), buckets: new Array(bounds.length + 1).fill(0), seconds: 0 }
        routes.set(route, counted)
      }
      counted.byStatus.set(status, (counted.byStatus.get(status) ?? 0) + 1)
      const seconds = milliseconds / 1000
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++
      counted.buckets[bucket] = (counted.buckets[bucket] ?? 0) + 1
      counted.seconds += seconds
    },
    text: async () => `${requestLines(routes)}${await registry.metrics()}`,
  }
}

/** The text format of Prometheus, version 0.0.4. Routes are our own, so nothing needs escaping. */
function requestLines(routes: ReadonlyMap<string, Counted>): string {
  const lines = [
    '# HELP latchkey_requests_total Requests answered, by route and status.',
    '# TYPE latchkey_requests_total counter',
  ]
  for (const [route, { byStatus }] of routes) {
    for (const [status, count] of byStatus) {
      lines.push(`latchkey_requests_total{route="${route}",status="${status}"} ${count}`)
    }
  }
  lines.push(
    '# HELP latchkey_request_seconds Seconds from a request to its answer, by route.',
    '# TYPE latchkey_request_seconds histogram',
  )
  for (const [route, { buckets, seconds }] of routes) {
    let total = 0
    for (const [i, count] of buckets.entries()) {
      total += count
      const bound = bounds[i] ?? '+Inf'
      lines.push(`latchkey_request_seconds_bucket{le="${bound}",route="${route}"} ${total}`)
    }
    lines.push(`latchkey_request_seconds_sum{route="${route}"} ${seconds}`)
    lines.push(`latchkey_request_seconds_count{route="${route}"} ${total}`)
  }
  return `${lines.join('\n')}\n`
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
