/**
 * Bar charts, drawn on the server: SVG coloured by the stylesheet, with words for people who do not see
 * it, and the same numbers as a table beneath.
 */
import { type Html, html } from './html.ts'

/** A part of each bar; parts stand on each other. */
export interface Series {
  readonly name: string
  readonly tone: 'good' | 'bad' | 'quiet'
  readonly values: readonly number[]
}

export interface Chart {
  /** Unique on the page, of letters and dashes. */
  readonly id: string
  readonly title: string
  /** What the picture says, in a sentence. */
  readonly summary: string
  /** The number that stands out, and what it is. */
  readonly headline: string
  readonly series: readonly Series[]
  /** Of each bar, for its table row. */
  readonly labels: readonly string[]
  /** Under the picture: the index of a bar and its words. */
  readonly ticks: readonly (readonly [number, string])[]
  /** The column that names the bars. */
  readonly unit: string
  /** Written behind each number, `%` for one. */
  readonly suffix?: string
  /** A line across, which the bars should stay under. */
  readonly line?: { readonly at: number; readonly name: string }
}

const width = 340
const height = 168
const plot = { left: 40, right: width - 6, top: 14, bottom: height - 24 }

export function chart(view: Chart): Html {
  const { id, title, headline, series } = view
  return html`<section class="card chart" aria-labelledby="${id}">
<h3 id="${id}">${title}</h3>
<p class="chart-headline">${headline}</p>
${series.length > 1 && legend(series)}
${picture(view)}
<details><summary>As a table<span class="hidden">: ${title}</span></summary>${table(view)}</details>
</section>`
}

function legend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map(({ name, tone }) => html`<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="bar-${tone}" width="10" height="10" rx="2"/></svg>${name}</li>`)}</ul>`
}

function picture(view: Chart): Html {
  const { id, title, summary, suffix = '', line } = view
  const sums = view.labels.map((_, i) => sumAt(view.series, i))
  const top = roundUp(Math.max(...sums, line?.at ?? 0))
  const y = (value: number) => round(plot.bottom - (value / top) * (plot.bottom - plot.top))
  const rules = [0, top / 2, top].filter(value => Number.isInteger(value) || suffix !== '')
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-words">
<title id="${id}-title">${title}</title><desc id="${id}-words">${summary}</desc>
${rules.map(value => html`<path class="rule" d="M${plot.left} ${y(value)}H${plot.right}"/><text class="scale" x="${plot.left - 6}" y="${y(value) + 4}" text-anchor="end">${short(value)}${suffix}</text>`)}
${bars(view, y)}
${line && html`<path class="limit" d="M${plot.left} ${y(line.at)}H${plot.right}"/>`}
${view.ticks.map(([i, words]) => html`<text class="scale" x="${middleOf(view, i)}" y="${height - 6}" text-anchor="${i === 0 ? 'start' : 'middle'}">${words}</text>`)}
</svg>`
}

function bars(view: Chart, y: (value: number) => number): Html[] {
  const { series, labels, suffix = '' } = view
  const step = (plot.right - plot.left) / labels.length
  const wide = round(Math.max(2, step - 3))
  return labels.map((label, i) => {
    const x = round(plot.left + i * step + 1.5)
    let below = 0
    const parts = series.map(({ values, tone }) => {
      const value = values[i] ?? 0
      const from = y(below)
      below += value
      const tall = round(from - y(below))
      return (
        value > 0 &&
        html`<rect class="bar-${tone}" x="${x}" y="${y(below)}" width="${wide}" height="${Math.max(tall, 1)}"/>`
      )
    })
    const words = series.map(({ name, values }) => `${name} ${number(values[i] ?? 0)}${suffix}`)
    return html`<g><title>${label}: ${words.join(', ')}</title><rect class="catch" x="${x}" y="${plot.top}" width="${wide}" height="${plot.bottom - plot.top}"/>${parts}</g>`
  })
}

function middleOf({ labels }: Chart, i: number): number {
  if (i === 0) return plot.left
  const step = (plot.right - plot.left) / labels.length
  return round(plot.left + (i + 0.5) * step)
}

/** Latest first: that is what is looked for. */
function table({ title, series, labels, unit, suffix = '' }: Chart): Html {
  const rows = labels
    .map(
      (label, i) =>
        html`<tr><th scope="row">${label}</th>${series.map(({ values }) => html`<td>${number(values[i] ?? 0)}${suffix}</td>`)}</tr>`,
    )
    .reverse()
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="${title}, as a table"><table class="difference numbers">
<thead><tr><th scope="col">${unit}</th>${series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function sumAt(series: readonly Series[], i: number): number {
  return series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0)
}

/** The next number that a scale may end at: 2, 4, 10, 20, 40, 100 … */
function roundUp(value: number): number {
  if (value <= 2) return 2
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 4, 6, 8, 10].map(n => n * power).find(n => n >= value) ?? value
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** “1,204”. */
export function number(value: number): string {
  return plain.format(value)
}

function short(value: number): string {
  return compact.format(value)
}
