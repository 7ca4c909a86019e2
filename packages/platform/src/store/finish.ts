/** Makes the answers of steps that are committed, while they become durable. Nobody has been told anything yet. */

export interface Finishing {
  /** Makes a step's answer of what the step gave. */
  readonly finish: ((value: never) => unknown) | undefined
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/** What the step gave, finished. One that cannot be finished keeps its error to itself. */
export type Finished = PromiseSettledResult<unknown>

export function finishAll(group: readonly Finishing[], values: readonly unknown[]): Finished[] {
  return group.map(({ finish }, i) => {
    const value = values[i]
    try {
      return { status: 'fulfilled', value: finish ? finish(value as never) : value }
    } catch (reason) {
      return { status: 'rejected', reason }
    }
  })
}

export function tellAll(group: readonly Finishing[], finished: readonly Finished[]): void {
  for (const [i, { resolve, reject }] of group.entries()) {
    const one = finished[i]
    if (one?.status === 'fulfilled') resolve(one.value as never)
    else reject(one?.reason)
  }
}
