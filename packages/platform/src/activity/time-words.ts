/** Times in the sentences of the request log: how long ago, and when. */

const steps = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const

/** “7 minutes”: in the largest unit of which there are two at least. */
export function duration(milliseconds: number): string {
  const [length, unit] =
    steps.find(([step]) => milliseconds >= 2 * step) ?? ([1_000, 'second'] as const)
  const n = Math.round(milliseconds / length)
  return `${n} ${unit}${n === 1 ? '' : 's'}`
}

const momentFormat = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
})

/** “on Jan 5 at 10:02 UTC”. */
export function when(time: number): string {
  const part = Object.fromEntries(
    momentFormat.formatToParts(time).map(({ type, value }) => [type, value]),
  )
  return `on ${part.month} ${part.day} at ${part.hour}:${part.minute} UTC`
}
