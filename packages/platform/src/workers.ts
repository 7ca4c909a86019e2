/**
 * Several processes that serve on one port: `latchkey serve --workers N`. The first process takes no
 * requests; it hands connections out, starts a worker again that died, and passes the word to stop on.
 * Workers share nothing but the database and the key file, as separate nodes do.
 */
import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import type { Snapshot } from './metrics.ts'

/** A worker that dies sooner than this after its start, in milliseconds, is started again with a pause. */
const quickDeath = 5_000
const pauseAfterQuickDeath = 1_000
/** How long a stop waits for the workers, in milliseconds. */
const stopPatience = 9_500
/** How long the metrics of a worker are waited for, in milliseconds. */
const metricsPatience = 1_000

type Message =
  | { readonly kind: 'serving'; readonly port: number }
  | { readonly kind: 'collect'; readonly id: string }
  | { readonly kind: 'snapshot'; readonly id: string; readonly snapshot: Snapshot }
  | { readonly kind: 'snapshots'; readonly id: string; readonly snapshots: readonly Snapshot[] }

export interface Workers {
  readonly port: number
  /** Asks all to finish what they began; resolves when they are gone. */
  stop(): Promise<void>
}

/** True in a worker. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/**
 * Starts so many processes that run this one's command line. Resolves when all of them serve; rejects
 * when one dies before that (it has said why on stderr). `onDeath` hears of a later one.
 */
export async function startWorkers(
  count: number,
  onDeath: (pid: number | undefined, how: string) => void,
): Promise<Workers> {
  let stopping = false
  const start = () => {
    const worker = cluster.fork()
    const began = performance.now()
    worker.on('message', (message: Message) => hear(worker, message))
    worker.once('exit', (code, signal) => {
      if (stopping) return
      onDeath(worker.process.pid, signal ?? `exit code ${code}`)
      const quick = performance.now() - began < quickDeath
      setTimeout(() => !stopping && start(), quick ? pauseAfterQuickDeath : 0)
    })
    return worker
  }
  const stop = async () => {
    stopping = true
    await Promise.all(Object.values(cluster.workers ?? {}).map(worker => worker && end(worker)))
  }
  try {
    const ports = await Promise.all(Array.from({ length: count }, () => serving(start())))
    return { port: ports[0] ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function serving(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if (message.kind === 'serving') resolve(message.port)
    })
    worker.once('exit', () => reject(new Error('A worker could not start; it says why above.')))
  })
}

function end(worker: Worker): Promise<void> {
  return new Promise(done => {
    const hurry = setTimeout(() => worker.process.kill('SIGKILL'), stopPatience)
    worker.once('exit', () => {
      clearTimeout(hurry)
      done()
    })
    worker.process.kill('SIGTERM')
  })
}

const collecting = new Map<string, (snapshot: Snapshot) => void>()

function hear(worker: Worker, message: Message): void {
  if (message.kind === 'snapshot') collecting.get(message.id)?.(message.snapshot)
  if (message.kind === 'collect') collectFor(worker, message.id)
}

/** Asks all workers what they have counted, and tells the one that wants to know. */
function collectFor(asker: Worker, id: string): void {
  const asked = Object.values(cluster.workers ?? {}).filter(worker => worker?.isConnected())
  const snapshots: Snapshot[] = []
  const finish = () => {
    clearTimeout(timer)
    collecting.delete(id)
    if (asker.isConnected()) tell(asker, { kind: 'snapshots', id, snapshots })
  }
  const timer = setTimeout(finish, metricsPatience)
  collecting.set(id, snapshot => {
    snapshots.push(snapshot)
    if (snapshots.length === asked.length) finish()
  })
  for (const worker of asked) if (worker) tell(worker, { kind: 'collect', id })
}

function tell(worker: Worker, message: Message): void {
  worker.send(message, () => {})
}

/** In a worker: says that it serves. */
export function sayServing(port: number): void {
  process.send?.({ kind: 'serving', port } satisfies Message)
}

/** In a worker: answers whoever collects metrics, and collects those of all workers. */
export function shareMetrics(own: () => Promise<Snapshot>): () => Promise<readonly Snapshot[]> {
  const asked = new Map<string, (snapshots: readonly Snapshot[]) => void>()
  process.on('message', async (message: Message) => {
    if (message.kind === 'snapshots') asked.get(message.id)?.(message.snapshots)
    if (message.kind !== 'collect') return
    process.send?.({ kind: 'snapshot', id: message.id, snapshot: await own() } satisfies Message)
  })
  return () =>
    new Promise(resolve => {
      const id = randomUUID()
      asked.set(id, snapshots => {
        asked.delete(id)
        resolve(snapshots)
      })
      process.send?.({ kind: 'collect', id } satisfies Message)
    })
}

/** In a worker: lets go of the first process, so that this one can end as it would alone. */
export function leave(): void {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  process.disconnect?.()
}
