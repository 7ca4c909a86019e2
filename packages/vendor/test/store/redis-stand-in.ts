/**
 * A stand-in for Redis, not Redis: the wire protocol (RESP 2 and 3) and the dozen commands that the store
 * sends, over a real socket. It lets the suite run where no `redis-server` is installed. Scripts are run
 * from the text that the store sends, for the small part of Lua that they use: `local`, `if … end`,
 * comparisons of texts, `redis.call`, `return`. What only Redis itself can prove is tested on Redis.
 */
import { createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

type Reply = string | number | boolean | null | readonly Reply[] | { readonly error: string }
type Value = string | Map<string, string | number>

export interface StandIn {
  /** `redis://…` */
  readonly url: string
  stop(): Promise<void>
}

/** Starts an empty one on a free port. */
export async function startStandIn(): Promise<StandIn> {
  const call = createKeyspace()
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket, call)
  })
  const port = await listen(server)
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `redis://127.0.0.1:${port}`, stop }
}

function serve(socket: Socket, call: (command: readonly string[]) => Reply): void {
  let protocol = 2
  let buffered: Buffer = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    buffered = Buffer.concat([buffered, data])
    for (;;) {
      const read = readCommand(buffered)
      if (!read) return
      buffered = buffered.subarray(read.length)
      const [name, version] = read.command
      if (name?.toUpperCase() === 'HELLO') protocol = Number(version ?? 2)
      socket.write(write(call(read.command), protocol))
    }
  })
}

/** An array of bulk strings, or `null` while it is not all there. */
function readCommand(data: Buffer): { command: string[]; length: number } | null {
  let at = 0
  const line = () => {
    const end = data.indexOf('\r\n', at)
    if (end < 0) return null
    const text = data.toString('latin1', at + 1, end)
    at = end + 2
    return Number(text)
  }
  const count = line()
  if (count === null) return null
  const command: string[] = []
  for (let index = 0; index < count; index++) {
    const size = line()
    if (size === null || at + size + 2 > data.length) return null
    command.push(data.toString('utf8', at, at + size))
    at += size + 2
  }
  return { command, length: at }
}

function write(reply: Reply, protocol: number): string {
  if (reply === null || reply === false) return protocol === 3 ? '_\r\n' : '$-1\r\n'
  if (typeof reply === 'number' || reply === true) return `:${Number(reply)}\r\n`
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`
  if (Array.isArray(reply)) {
    return `*${reply.length}\r\n${reply.map(item => write(item, protocol)).join('')}`
  }
  return `-${(reply as { error: string }).error}\r\n`
}

function createKeyspace(): (command: readonly string[]) => Reply {
  const values = new Map<string, Value>()
  const lapses = new Map<string, number>()
  const find = (key: string): Value | undefined => {
    if ((lapses.get(key) ?? Number.POSITIVE_INFINITY) > Date.now()) return values.get(key)
    remove(key)
  }
  const remove = (key: string) => {
    lapses.delete(key)
    return values.delete(key)
  }
  const map = <T extends string | number>(key: string): Map<string, T> => {
    const value = find(key) ?? new Map<string, string | number>()
    values.set(key, value)
    return value as Map<string, T>
  }

  const commands: Record<string, (...parts: string[]) => Reply> = {
    HELLO: () => ['server', 'redis', 'version', '7.0.0', 'proto', 3],
    CLIENT: () => 'OK',
    PING: () => 'PONG',
    GET: (key = '') => (find(key) as string | undefined) ?? null,
    SET: (key = '', value = '', _px, milliseconds = '') => {
      values.set(key, value)
      lapses.set(key, Date.now() + Number(milliseconds))
      return 'OK'
    },
    DEL: (key = '') => remove(key),
    HGET: (key = '', field = '') => map<string>(key).get(field) ?? null,
    HMGET: (key = '', ...fields) => fields.map(field => map<string>(key).get(field) ?? null),
    HSET: (key = '', ...pairs) => {
      for (let at = 0; at < pairs.length; at += 2) {
        map<string>(key).set(pairs[at] ?? '', pairs[at + 1] ?? '')
      }
      return pairs.length / 2
    },
    ZADD: (key = '', score = '', member = '') => {
      map<number>(key).set(member, Number(score))
      return 1
    },
    ZREM: (key = '', member = '') => map<number>(key).delete(member),
    ZRANGEBYSCORE: (key = '', _from, until = '') => {
      const most = until === '+inf' ? Number.POSITIVE_INFINITY : Number(until)
      return [...map<number>(key)]
        .filter(([, score]) => score <= most)
        .sort(([, one], [, other]) => one - other)
        .map(([member]) => member)
    },
    EVAL: (script = '', count = '', ...rest) => {
      const keys = rest.slice(0, Number(count))
      const lua = (...command: string[]) => call(command) ?? false
      return compile(script)(lua, keys, rest.slice(Number(count)))
    },
  }

  const call = ([name = '', ...parts]: readonly string[]): Reply => {
    const command = commands[name.toUpperCase()]
    return command ? command(...parts) : { error: `ERR unknown command '${name}'` }
  }
  return call
}

type Script = (call: (...command: string[]) => Reply, keys: string[], values: string[]) => Reply

/** The store's Lua as JavaScript. Only comparisons stand as conditions, so both agree on what is true. */
function compile(lua: string): Script {
  const body = lua
    .replace(/\blocal /g, 'let ')
    .replace(/redis\.call/g, 'call')
    .replace(/(KEYS|ARGV)\[(\d+)\]/g, (_all, list, index) => `${list}[${index - 1}]`)
    .replace(/~=/g, '!==')
    .replace(/ == /g, ' === ')
    .replace(/ and /g, ' && ')
    .replace(/\bif (.+?) then\b/g, 'if ($1) {')
    .replace(/\bend\b/g, '}')
  return new Function('call', 'KEYS', 'ARGV', body) as Script
}
