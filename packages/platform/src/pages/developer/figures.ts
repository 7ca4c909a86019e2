/** The pictures of an app's activity: what was counted, as six charts. */

import type { CountKind } from '../../activity/counts.ts'
import { type Figure, type Period, total } from '../../activity/figures.ts'
import { countedAtMost } from '../../connection/connected-apps.ts'
import { type Chart, chart, number, type Series } from '../chart.ts'
import { type Html, html } from '../html.ts'

export interface FiguresView {
  readonly period: Period
  readonly figures: readonly Figure[]
  /** How many connections live now. */
  readonly connections: number
  /** API calls a minute; `null` for no limit. */
  readonly limit: number | null
}

export function figureCharts(view: FiguresView): Html {
  const charts = [
    connections(view),
    decisions(view),
    tokens(view),
    apiCalls(view),
    errors(view),
    busiest(view),
  ]
  return html`<div class="charts">${charts.map(about => chart({ ...axis(view), ...about }))}</div>`
}

type About = Omit<Chart, 'labels' | 'ticks' | 'unit'>

function values({ figures }: FiguresView, ...kinds: CountKind[]): number[] {
  return figures.map(figure => total([figure], ...kinds))
}

function words({ period }: FiguresView): string {
  return period === 'day' ? 'in the last 24 hours' : 'in the last 30 days'
}

function connections(view: FiguresView): About {
  const made = total(view.figures, 'connected')
  const ended = total(view.figures, 'disconnected')
  const many = view.connections > countedAtMost
  const live = many ? `More than ${number(countedAtMost)}` : number(view.connections)
  return {
    id: 'connections',
    title: 'Connections',
    headline: `${live} live now`,
    summary: `${number(made)} new and ${number(ended)} ended ${words(view)}.`,
    series: [
      { name: 'New', tone: 'good', values: values(view, 'connected') },
      { name: 'Ended', tone: 'quiet', values: values(view, 'disconnected') },
    ],
  }
}

function decisions(view: FiguresView): About {
  const authorized = total(view.figures, 'authorized')
  const denied = total(view.figures, 'denied')
  return {
    id: 'decisions',
    title: 'Users’ decisions',
    headline: `${number(authorized)} authorized`,
    summary: `${number(authorized)} authorized and ${number(denied)} denied ${words(view)}.`,
    series: [
      { name: 'Authorized', tone: 'good', values: values(view, 'authorized') },
      { name: 'Denied', tone: 'bad', values: values(view, 'denied') },
    ],
  }
}

function tokens(view: FiguresView): About {
  const issued = total(view.figures, 'exchanged', 'refreshed')
  const refused = total(view.figures, 'token refused')
  const strangers = total(view.figures, 'not authenticated')
  return {
    id: 'tokens',
    title: 'Token requests',
    headline: `${number(issued)} answered with tokens`,
    summary: `${number(issued)} answered with tokens, ${number(refused)} refused, ${number(strangers)} requests of any kind not authenticated ${words(view)}.`,
    series: [
      { name: 'Issued', tone: 'good', values: values(view, 'exchanged', 'refreshed') },
      { name: 'Refused', tone: 'bad', values: values(view, 'token refused') },
      { name: 'Not authenticated', tone: 'quiet', values: values(view, 'not authenticated') },
    ],
  }
}

function apiCalls(view: FiguresView): About {
  const passed = total(view.figures, 'api passed')
  const refused = total(view.figures, 'api refused', 'api limited')
  return {
    id: 'api-calls',
    title: 'API calls',
    headline: `${number(passed + refused)} calls`,
    summary: `${number(passed)} let through and ${number(refused)} refused ${words(view)}.`,
    series: [
      { name: 'Let through', tone: 'good', values: values(view, 'api passed') },
      { name: 'Refused', tone: 'bad', values: values(view, 'api refused', 'api limited') },
    ],
  }
}

const good = ['exchanged', 'refreshed', 'api passed'] as const
const bad = ['token refused', 'api refused', 'api limited'] as const

/** What the app itself did wrong; what strangers do in its name does not count. */
function errors(view: FiguresView): About {
  const rates = view.figures.map(figure => rate([figure]))
  const whole = rate(view.figures)
  const series: Series = { name: 'Errors', tone: 'bad', values: rates }
  return {
    id: 'error-rate',
    title: 'Error rate',
    headline: `${number(whole)}% of the app’s own requests`,
    summary: `${number(whole)}% of the app’s token requests and API calls were refused ${words(view)}.`,
    series: [series],
    suffix: '%',
  }
}

function rate(figures: readonly Figure[]): number {
  const failed = total(figures, ...bad)
  const all = failed + total(figures, ...good)
  return all === 0 ? 0 : Math.round((failed / all) * 1000) / 10
}

function busiest(view: FiguresView): About {
  const { limit } = view
  const peaks = values(view, 'api busiest minute')
  const peak = Math.max(0, ...peaks)
  const limited = total(view.figures, 'api limited')
  const of = limit === null ? '' : ` of ${number(limit)}`
  return {
    id: 'rate-limit',
    title: 'Rate limit',
    headline:
      limit === null ? 'No limit is set' : `${number(peak)}${of} calls in the busiest minute`,
    summary: `The busiest minute ${words(view)} had ${number(peak)}${of} calls; ${number(limited)} calls were refused for it.`,
    series: [{ name: 'Busiest minute', tone: 'good', values: peaks }],
    ...(limit !== null && { line: { at: limit, name: 'Limit' } }),
  }
}

const hourFormat = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
})
const dayFormat = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  timeZone: 'UTC',
})

function axis({ period, figures }: FiguresView): Pick<Chart, 'labels' | 'ticks' | 'unit'> {
  const format = period === 'day' ? hourFormat : dayFormat
  const short = figures.map(({ at }) => format.format(at))
  const labels = figures.map(({ at }, i) =>
    period === 'day' ? `${dayFormat.format(at)}, ${short[i]}` : (short[i] ?? ''),
  )
  const every = period === 'day' ? 6 : 7
  const ticks = short.flatMap((text, i) => (i % every === 0 ? [[i, text] as const] : []))
  return { labels, ticks, unit: period === 'day' ? 'Hour from (UTC)' : 'Day (UTC)' }
}
