/** Work that must not all be done at once: so many at a time, the others in the order they came. */

/** Answers a function that does a piece of work when its turn has come. */
export function createTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let underWay = 0
  return async work => {
    while (underWay >= atOnce) await new Promise<void>(resume => waiting.push(resume))
    underWay++
    try {
      return await work()
    } finally {
      underWay--
      waiting.shift()?.()
    }
  }
}
