// The generator: a process that keeps so many connections busy, one request outstanding on each,
// and times every answer. It is closed-loop (a connection asks again when it was answered), so
// rates are at saturation; a job with a `rate` asks at that rate instead, and times each answer from the
// moment its request was due, so that a server that stalls cannot hide it. Sockets are raw and requests are bytes made before the clock starts,
// because a generator slower than the server would measure itself.

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Template, Work } from './target.ts'

export type Job = Work & {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Each value once, and the job ends with them: codes. */
  readonly once: boolean
  /** Requests a second, evenly; without it as many as are answered. */
  readonly rate?: number
}

export type Load = {
  readonly requests: number
  readonly seconds: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  /** How many answers had which status; `0` stands for an answer of 200 without its mark. */
  readonly statuses: Readonly<Record<string, number>>
  /** Share of its core the generator used: near 1, the server may be faster than the figure. */
  readonly busy: number
  /** The first wrong answer as it came. */
  readonly firstWrong: string | null
}

/** The answers of one job. */
class Tally {
  requests = 0
  statuses: Record<string, number> = {}
  firstWrong: string | null = null
  #latencies = new Float64Array(1 << 17)
  #mark: string

  constructor(mark: string) {
    this.#mark = mark
  }

  add(answer: string, microseconds: number) {
    if (this.requests === this.#latencies.length) {
      const grown = new Float64Array(this.requests * 2)
      grown.set(this.#latencies)
      this.#latencies = grown
    }
    this.#latencies[this.requests++] = microseconds
    const sent = answer.slice(9, 12)
    const status = sent === '200' && !answer.includes(this.#mark) ? '0' : sent
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
    if (status !== '200') this.firstWrong ??= answer
  }

  percentiles() {
    const sorted = this.#latencies.slice(0, this.requests).sort()
    const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
    return { p50: at(0.5), p99: at(0.99) }
  }
}

function bytes(template: Template, value: string): Buffer {
  const body = template.body?.replace('{value}', value)
  const headers = { Host: '127.0.0.1', ...template.headers }
  const lines = [`${template.method} ${template.path} HTTP/1.1`]
  for (const [name, text] of Object.entries(headers)) lines.push(`${name}: ${text}`)
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  const head = lines.join('\r\n').replace('{value}', value)
  return Buffer.from(`${head}\r\n\r\n${body ?? ''}`)
}

/** Whether this is a whole answer. One request is outstanding, so nothing follows it. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)
  if (length) return answer.length >= end + 4 + Number(length[1])
  return answer.endsWith('\r\n0\r\n\r\n')
}

/** Runs a job. @throws when a connection fails or the server closes one. */
export async function load(job: Job): Promise<Load> {
  const requests = job.values.map(value => bytes(job.request, value))
  const tally = new Tally(job.mark)
  let next = 0
  let begin = 0
  let end = 0
  let closing = false
  /** With a rate: connections that wait for their next request to be due. */
  const waiting: ((due: number) => void)[] = []
  let due = 0

  const take = () => {
    if (performance.now() >= end || (job.once && next === requests.length)) return undefined
    return requests[next++ % requests.length]
  }

  /** Hands each request to a waiting connection when it is due, or as soon after as one is free. */
  const pace = async (rate: number) => {
    for (; performance.now() < end; await sleep(1)) {
      while (due <= performance.now() && waiting.length > 0) {
        waiting.pop()?.(due)
        due += 1000 / rate
      }
    }
    for (const send of waiting.splice(0)) send(0)
    closing = true
  }

  const open = () => {
    const chunk = Buffer.allocUnsafe(16_384)
    let partial = ''
    let since = 0
    const done = Promise.withResolvers<void>()
    const ready = Promise.withResolvers<void>()
    const send = (from: number) => {
      const request = take()
      if (!request) return done.resolve()
      since = from
      socket.write(request)
    }
    const ask = () => {
      if (job.rate === undefined || closing) send(performance.now())
      else if (due <= performance.now()) {
        send(due)
        due += 1000 / job.rate
      } else waiting.push(send)
    }
    const onData = (length: number) => {
      partial += chunk.toString('latin1', 0, length)
      if (!isWhole(partial)) return true
      tally.add(partial, (performance.now() - since) * 1000)
      partial = ''
      ask()
      return true
    }
    const onread = { buffer: chunk, callback: onData }
    const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true, onread })
    socket.on('connect', ready.resolve)
    socket.on('error', done.reject)
    socket.on('end', () => done.reject(new Error('the server closed a connection')))
    return { socket, ask, ready: ready.promise, done: done.promise }
  }

  const connections = Array.from({ length: job.connections }, open)
  const all = Promise.all(connections.map(connection => connection.done))
  await Promise.race([all, Promise.all(connections.map(connection => connection.ready))])

  const cpu = process.cpuUsage()
  begin = performance.now()
  due = begin
  end = begin + job.seconds * 1000
  for (const connection of connections) connection.ask()
  if (job.rate !== undefined) void pace(job.rate)
  await all
  const milliseconds = performance.now() - begin
  const used = process.cpuUsage(cpu)
  for (const { socket } of connections) socket.destroy()

  const { firstWrong, statuses } = tally
  return {
    requests: tally.requests,
    seconds: milliseconds / 1000,
    ...tally.percentiles(),
    statuses,
    busy: (used.user + used.system) / 1000 / milliseconds,
    firstWrong,
  }
}

process.on('message', async (job: Job) => {
  process.send?.(await load(job))
})
process.on('disconnect', () => process.exit())
