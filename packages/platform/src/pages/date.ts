/** Days in words. Times are milliseconds since the epoch; days are UTC, for a page does not know where it is read. */
import { type Html, html } from './html.ts'

const dayFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' })
const timeFormat = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})
const dayLength = 86_400_000

/** “January 5, 2026”. */
export function day(time: number): Html {
  return element(time, dayFormat.format(time))
}

/** “Jan 5, 2026, 9:00 AM UTC”. */
export function moment(time: number): Html {
  return element(time, `${timeFormat.format(time)} UTC`)
}

/** “Today”, “Yesterday”, or the day. */
export function recentDay(time: number, now: number): Html {
  const ago = Math.floor(now / dayLength) - Math.floor(time / dayLength)
  if (ago === 0) return element(time, 'Today')
  return ago === 1 ? element(time, 'Yesterday') : day(time)
}

function element(time: number, words: string): Html {
  return html`<time datetime="${new Date(time).toISOString()}">${words}</time>`
}
