/**
 * Whose address a request is counted under: the peer's, or, where the peer is a proxy that the operator
 * trusts, the one it reports in `X-Forwarded-For`. Read from the right: what a client wrote into the
 * header itself stands left of what the proxies added, and is never reached.
 */
import { BlockList, isIP } from 'node:net'
import type { Call } from '../http.ts'

/** The address to count a request under. An IPv6 customer has a whole /64, so that is what counts. */
export type ClientAddress = (call: Call) => string

/** `trusted` are the proxies: addresses, networks (`10.0.0.0/8`), or `loopback`. */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = listOf(trusted)
  return call => {
    let address = plain(call.address)
    if (trusted.length === 0) return network(address)
    const reported = (call.header('x-forwarded-for') ?? '').split(',')
    while (isListed(proxies, address)) {
      const next = plain(reported.pop()?.trim() ?? '')
      if (isIP(next) === 0) break
      address = next
    }
    return network(address)
  }
}

const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
}

/** Throws `RangeError` naming what is neither an address nor a network. */
export function listOf(trusted: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of trusted.flatMap(name => networks[name] ?? name)) {
    const [address = '', bits, ...more] = entry.split('/')
    const version = isIP(address)
    const longest = version === 6 ? 128 : 32
    const prefix = bits === undefined ? longest : Number(bits)
    const wrong = version === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits ?? '0')
    if (wrong || prefix > longest) throw new RangeError(entry)
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** Without brackets, port, zone, or the prefix of an IPv4 address that came over an IPv6 socket. */
function plain(address: string): string {
  const bare =
    /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
  return bare.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

function network(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
