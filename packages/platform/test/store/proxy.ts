/** A line to PostgreSQL that a test can cut, slow down, silence, or stop at the next COMMIT. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { prepared } from '../../src/store/postgres-statement.ts'

export interface Line {
  /** The database, by way of the proxy. */
  readonly url: string
  /**
   * What happens to the next COMMIT. `lost`: the line is cut before it. `answer lost`: the server gets
   * it, and the line to the client is cut. `late`: the same, but the server gets it a while after.
   * `held`: nothing; it stays where it is, with its line.
   */
  nextCommit: null | 'lost' | 'answer lost' | 'late' | 'held'
  /** Resolves when the server has done what it got of the lines that were cut at a COMMIT. */
  done(): Promise<unknown>
  /** Milliseconds that everything is held back, each way. */
  delay: number
  /** Nothing goes through any more, not even an end: the lines stay open for whoever hangs up. */
  silent: boolean
  /** New lines are cut at once. */
  closed: boolean
  /** Cuts every line there is. */
  cut(): void
  stop(): Promise<void>
}

/** In the protocol: the name of the prepared statement, between the portal's empty one and its end. */
const commit = Buffer.from(`\0${prepared('commit').name}\0`)

export async function startProxy(url: string): Promise<Line> {
  const target = new URL(url)
  const { hostname, port } = target
  const sockets = new Set<Socket>()
  const ends: Promise<unknown>[] = []

  const take = (client: Socket) => {
    if (proxy.closed) return client.destroy()
    const server = connect({ port: Number(port || 5432), host: hostname, allowHalfOpen: true })
    let severed = false
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('end', () => {
        if (proxy.silent) return
        socket.end()
        if (!severed) other.end()
      })
      socket.on('close', () => {
        sockets.delete(socket)
        if (!severed) other.destroy()
      })
    }
    const pass = (to: Socket, chunk: Buffer) => {
      if (proxy.silent) return
      if (proxy.delay === 0) to.write(chunk)
      else setTimeout(() => to.writable && to.write(chunk), proxy.delay)
    }
    client.on('data', (chunk: Buffer) => {
      const at = proxy.nextCommit ? chunk.indexOf(commit) : -1
      if (at < 0) return pass(server, chunk)
      const fate = proxy.nextCommit
      proxy.nextCommit = null
      if (fate === 'held') return
      // The server goes on with what it has got, and only then sees that nobody is there.
      severed = fate !== 'lost'
      client.destroy()
      if (severed) ends.push(new Promise(done => server.once('close', done)))
      if (severed) setTimeout(() => server.resume().end(chunk), fate === 'late' ? 150 : 0)
    })
    server.on('data', (chunk: Buffer) => {
      if (!client.destroyed) pass(client, chunk)
    })
  }

  const listener = createServer({ allowHalfOpen: true }, take)
  await new Promise<void>(done => listener.listen(0, '127.0.0.1', done))
  target.port = String((listener.address() as AddressInfo).port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: Line = {
    url: target.href,
    nextCommit: null,
    done: () => Promise.all(ends),
    delay: 0,
    silent: false,
    closed: false,
    cut,
    stop: async () => {
      cut()
      await new Promise(done => listener.close(done))
    },
  }
  return proxy
}
