/**
 * `/metrics` for Prometheus: requests, grants, decisions of the gate, the store, and the process itself.
 * No label ever holds anything that a stranger can choose.
 */
import { isIP } from 'node:net'
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import { RequestError } from './error.ts'
import type { Call, Route } from './http.ts'
import { listOf } from './limits/client-address.ts'
import { gauge, type PlainCounter, plainCounter, plainHistogram } from './metric.ts'
import type { Connections, Watch } from './store/store.ts'

/** What one process has counted; those of several can be added up. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

export interface Metrics {
  /** Notes one answered request; `milliseconds` is how long it took. */
  request(route: string, status: number, milliseconds: number): void
  /** Notes what a grant ended in: its type, and `issued` or the error code. */
  grant: PlainCounter['count']
  /** Notes a decision of the gate: `passed`, or why not. */
  gate: PlainCounter['count']
  /** Notes what came of an attempt to deliver a webhook: `delivered`, `again` or `given up`. */
  webhook: PlainCounter['count']
  /** Hears of the store's groups. */
  readonly watch: Watch
  /** Says where the store's connections can be looked at. */
  follow(connections: () => Connections): void
  /** Says where the age of the oldest waiting webhook can be looked at, in milliseconds. */
  followWebhooks(oldest: () => number): void
  snapshot(): Promise<Snapshot>
}

/** Upper bounds of the latency buckets, in seconds. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const sizes = [1, 2, 4, 8, 16, 32, 64, 128]

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'latchkey_' })
  const requests = plainCounter({
    name: 'latchkey_requests_total',
    help: 'Requests answered, by route and status.',
    labels: ['route', 'status'],
  })
  const latency = plainHistogram(
    {
      name: 'latchkey_request_seconds',
      help: 'Seconds from a request to its answer, by route.',
      labels: ['route'],
    },
    seconds,
  )
  const grants = plainCounter({
    name: 'latchkey_grants_total',
    help: 'Token requests, by grant type and outcome: issued, or the error code.',
    labels: ['grant_type', 'outcome'],
  })
  const decisions = plainCounter({
    name: 'latchkey_gate_decisions_total',
    help: 'API requests at the gate, by decision: passed, or why not.',
    labels: ['decision'],
  })
  const storeLatency = plainHistogram(
    {
      name: 'latchkey_store_seconds',
      help: 'Seconds that a group of reads, or of write steps with their sync, took.',
      labels: ['kind'],
    },
    seconds,
  )
  const groupSizes = plainHistogram(
    {
      name: 'latchkey_store_group_size',
      help: 'How many reads, or write steps, shared a snapshot or a commit.',
      labels: ['kind'],
    },
    sizes,
  )
  let look: () => Connections = () => ({})
  const pool = gauge(
    {
      name: 'latchkey_store_connections',
      help: 'Connections to the database, by what they are doing.',
      labels: ['state'],
    },
    () => Object.entries(look()).map(([state, count]) => [count, state] as const),
  )
  const deliveries = plainCounter({
    name: 'latchkey_webhook_deliveries_total',
    help: 'Attempts to deliver a webhook, by outcome: delivered, again, or given up.',
    labels: ['outcome'],
  })
  let oldestWebhook = () => 0
  const waiting = gauge(
    {
      name: 'latchkey_webhook_oldest_seconds',
      help: 'Seconds that the webhook has waited that has waited longest.',
      labels: [],
    },
    () => [[oldestWebhook() / 1000]],
    'max',
  )
  const stored = [storeLatency, groupSizes, pool]
  const own = [requests, latency, grants, decisions, deliveries, waiting, ...stored]
  return {
    request: (route, status, milliseconds) => {
      requests.count(route, String(status))
      latency.observe(milliseconds / 1000, route)
    },
    grant: grants.count,
    gate: decisions.count,
    webhook: deliveries.count,
    watch: (kind, size, milliseconds) => {
      storeLatency.observe(milliseconds / 1000, kind)
      groupSizes.observe(size, kind)
    },
    follow: connections => {
      look = connections
    },
    followWebhooks: oldest => {
      oldestWebhook = oldest
    },
    snapshot: async () => [
      ...own.map(metric => metric.snapshot()),
      ...(await registry.getMetricsAsJSON()),
    ],
  }
}

/** The snapshots of all processes that serve together, given this one's. */
export type Collect = (own: Snapshot) => Promise<readonly Snapshot[]>

export function metricsRoute(metrics: Metrics, collect: Collect): Route {
  return {
    manner: 'oauth',
    get: async call => {
      if (fromOutside(call)) throw new RequestError(404, 'There is no such endpoint.')
      const snapshots = await collect(await metrics.snapshot())
      const sum = AggregatorRegistry.aggregate(snapshots.map(snapshot => snapshot.map(kept)))
      return {
        status: 200,
        headers: {
          'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
          'Cache-Control': 'no-store',
        },
        body: await sum.metrics(),
      }
    },
  }
}

/** Whoever comes by way of a proxy, or from an address of the internet, is not who collects metrics. */
function fromOutside(call: Call): boolean {
  const address = call.address.replace(/^::ffff:/i, '')
  const proxied = call.header('x-forwarded-for') ?? call.header('forwarded')
  return proxied !== undefined || (isIP(address) !== 0 && !inside.check(address, family(address)))
}

const inside = listOf(['loopback', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The library leaves out what it cannot add up, the start of the process; the earliest says enough. */
function kept(metric: Snapshot[number]): object {
  return { ...metric, aggregator: metric.aggregator === 'omit' ? 'min' : metric.aggregator }
}
