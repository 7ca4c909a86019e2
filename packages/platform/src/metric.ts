/**
 * Counters and histograms in plain numbers. The library looks labels up by hashing them at every
 * observation, which costs as much as opening a handle; so we count here, and hand the library what was
 * counted when somebody asks.
 */
import type { MetricObjectWithValues, MetricValue } from 'prom-client'

type Described = MetricObjectWithValues<MetricValue<string>>

export interface Metric {
  /** What was counted, as the library's own metrics describe themselves. */
  snapshot(): Described
}

export interface PlainCounter extends Metric {
  /** Adds one. The labels are values, in the order of the counter's label names. */
  count(first: string, second?: string): void
}

export interface PlainHistogram extends Metric {
  observe(value: number, label: string): void
}

export interface About {
  readonly name: string
  readonly help: string
  /** Names of labels: at most two of a counter, one of a histogram or a gauge. */
  readonly labels: readonly string[]
}

export function plainCounter(about: About): PlainCounter {
  // By the first label, then by the second: a text joined of both would cost as much as the count.
  const counts = new Map<string, Map<string, number>>()
  return {
    count: (first, second = '') => {
      let under = counts.get(first)
      if (!under) {
        under = new Map()
        counts.set(first, under)
      }
      under.set(second, (under.get(second) ?? 0) + 1)
    },
    snapshot: () =>
      describe(
        about,
        'counter',
        [...counts].flatMap(([first, under]) =>
          [...under].map(([second, value]) => ({ value, labels: named(about, [first, second]) })),
        ),
      ),
  }
}

interface Observed {
  /** How many fell into each bucket; the last one has no bound. */
  readonly buckets: number[]
  sum: number
}

/** `bounds` are the upper bounds of its buckets, smallest first. */
export function plainHistogram(about: About, bounds: readonly number[]): PlainHistogram {
  const observed = new Map<string, Observed>()
  return {
    observe: (value, label) => {
      let seen = observed.get(label)
      if (!seen) {
        seen = { buckets: new Array(bounds.length + 1).fill(0), sum: 0 }
        observed.set(label, seen)
      }
      let bucket = 0
      while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
      seen.buckets[bucket] = (seen.buckets[bucket] ?? 0) + 1
      seen.sum += value
    },
    snapshot: () =>
      describe(
        about,
        'histogram',
        [...observed].flatMap(([label, seen]) => buckets(about, label, seen, bounds)),
      ),
  }
}

function buckets(about: About, label: string, seen: Observed, bounds: readonly number[]) {
  const labels = named(about, [label])
  let total = 0
  const values: Value[] = seen.buckets.map((count, i) => {
    total += count
    const le = bounds[i] ?? '+Inf'
    return { value: total, labels: { ...labels, le }, metricName: `${about.name}_bucket` }
  })
  return [
    ...values,
    { value: seen.sum, labels, metricName: `${about.name}_sum` },
    { value: total, labels, metricName: `${about.name}_count` },
  ]
}

/** A number that is looked at when somebody asks; `aggregator` says what several processes come to. */
export function gauge(
  about: About,
  look: () => readonly (readonly [number, ...string[]])[],
  aggregator: 'sum' | 'max' = 'sum',
): Metric {
  const values = () => look().map(([value, ...labels]) => ({ value, labels: named(about, labels) }))
  return { snapshot: () => ({ ...describe(about, 'gauge', values()), aggregator }) as Described }
}

type Value = MetricValue<string> & { metricName?: string }

function named({ labels }: About, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']))
}

function describe(
  { name, help }: About,
  type: 'counter' | 'gauge' | 'histogram',
  values: readonly Value[],
): Described {
  return { name, help, type, aggregator: 'sum', values: [...values] } as unknown as Described
}
