/**
 * Pools that end in time. `pg` waits until the server has closed every connection, and a server that is
 * silent never does; so each socket is known from its first moment, and cut when patience is over.
 */
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolConfig } from 'pg'

/** Milliseconds that what is under way and the server's farewell are waited for together. */
const patience = 750

export interface EndingPool {
  readonly pool: Pool
  /** Waits for `work`, then ends every connection. What takes too long fails as a lost connection does. */
  end(work?: Promise<unknown>): Promise<void>
}

/** Opens nothing yet. */
export function endingPool(config: PoolConfig): EndingPool {
  const sockets = new Set<Socket>()
  const stream = () => {
    const socket = new Socket()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const pool = new Pool({ ...config, stream })
  pool.on('error', () => {})
  return {
    pool,
    end: async work => {
      const over = new AbortController()
      const late = sleep(patience, undefined, { signal: over.signal })
      await Promise.race([work, late])
      const ended = pool.end()
      late.then(
        () => {
          for (const socket of sockets) socket.destroy()
        },
        () => {},
      )
      await ended
      over.abort()
    },
  }
}
