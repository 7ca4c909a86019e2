/**
 * An app's numbers as they are shown: the last 24 hours by hour, or the last 30 days by day (UTC), the one
 * under way included. An hour or day without a number is a zero.
 */
import type { Store } from '../store/store.ts'
import { type CountKind, hourLength, readCounts } from './counts.ts'

export const periods = {
  day: { step: hourLength, count: 24 },
  month: { step: 24 * hourLength, count: 30 },
} as const

export type Period = keyof typeof periods

/** What happened in one hour or day. */
export interface Figure {
  /** When it began, in milliseconds. */
  readonly at: number
  readonly n: Readonly<Partial<Record<CountKind, number>>>
}

/** Oldest first. */
export async function readFigures(
  store: Store,
  appId: number,
  { period, now }: { period: Period; now: number },
): Promise<Figure[]> {
  const { step, count } = periods[period]
  const last = Math.floor(now / step) * step
  const from = last - (count - 1) * step
  const figures = Array.from({ length: count }, (_, i) => ({
    at: from + i * step,
    n: {} as Partial<Record<CountKind, number>>,
  }))
  for (const { hour, kind, n } of await readCounts(store, appId, { from, to: last + step })) {
    const figure = figures[Math.floor((hour - from) / step)]
    if (figure) figure.n[kind] = merged(kind, figure.n[kind] ?? 0, n)
  }
  return figures
}

function merged(kind: CountKind, a: number, b: number): number {
  return kind === 'api busiest minute' ? Math.max(a, b) : a + b
}

/** The sum of these kinds over some time. */
export function total(figures: readonly Figure[], ...kinds: readonly CountKind[]): number {
  return figures.reduce((sum, { n }) => kinds.reduce((s, kind) => s + (n[kind] ?? 0), sum), 0)
}
