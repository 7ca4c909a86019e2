/**
 * How V8 is to treat the memory of a server, whose objects live as long as a request.
 *
 * After one burst of requests V8 takes the objects of a request for long-lived ones, and from then on makes
 * them in the old generation at once. Dead there, they keep young ones alive until the next full collection:
 * each small collection takes ten times as long, a 99th percentile twice.
 *
 * And when it is less than busy V8 makes full collections that nothing calls for, to give memory back: three
 * a minute at half of the top rate, each a stall of 30 ms where the server has one core. Decision 46
 * has the figures of both.
 */
import { setFlagsFromString } from 'node:v8'

/** To be called before the first request. */
export function setMemoryFlags(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
  setFlagsFromString('--no-memory-reducer')
}
