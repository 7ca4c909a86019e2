/**
 * One log line and one count for each request: method, route, status, milliseconds, the app that called,
 * and a request id (the proxy's, where it sent one). Never the query string, a header or a body.
 */
import { randomUUID } from 'node:crypto'
import type { Activity } from './activity/activity.ts'
import { type Answer, type Call, type Routes, routeName } from './http.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export interface Observers {
  readonly routes: Routes
  readonly log: Log
  readonly metrics: Metrics
  readonly activity: Pick<Activity, 'answered'>
}

type AnswerTo = (call: Call) => Promise<Answer>

/** The same function, watched. Unknown paths are one route, so that no stranger fills the counters. */
export function observed(
  answerTo: AnswerTo,
  { routes, log, metrics, activity }: Observers,
): AnswerTo {
  const logs = log.isLevelEnabled('info')
  return async call => {
    const began = performance.now()
    const answer = await answerTo(call)
    const milliseconds = performance.now() - began
    const route = routeName(routes, call.path) ?? 'unknown'
    metrics.request(route, answer.status, milliseconds)
    activity.answered(route, call, answer.status)
    if (logs) {
      const id = requestId(call)
      const rounded = Math.round(milliseconds * 100) / 100
      const { method, app } = call
      const line = { id, method, route, status: answer.status, ms: rounded }
      log.info(app === undefined ? line : { ...line, app }, 'request')
    }
    return answer
  }
}

/** The proxy's id when it is a plain one, so that its log and ours can be laid side by side. */
function requestId(call: Call): string {
  const sent = call.header('x-request-id')
  return sent && /^[\w.-]{1,64}$/.test(sent) ? sent : randomUUID()
}
