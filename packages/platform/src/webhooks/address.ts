/**
 * Which addresses webhooks may go to. A vendor names a host, so a vendor would choose what this server
 * connects to: only the public internet is reached, by https. The host is resolved once, every address it
 * has is judged, and the connection is made to one that was judged; a name that means something else a
 * moment later (DNS rebinding) gets nothing by it.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { listOf } from '../limits/client-address.ts'

/** What is not the public internet (the registries of RFC 6890, and where clouds keep their metadata). */
const notPublic = listOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
  // Within 2000::/3: protocol assignments with Teredo, documentation, 6to4.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
])

/** All that IPv6 has given out so far. Mapped, translated, unique local, link-local and multicast lie outside. */
const givenOut = new BlockList()
givenOut.addSubnet('2000::', 3, 'ipv6')

const loopback = listOf(['loopback'])

/** True for an address of the public internet. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !notPublic.check(address, 'ipv4')
  if (version !== 6 || address.includes('%')) return false
  return givenOut.check(address, 'ipv6') && !notPublic.check(address, 'ipv6')
}

function isLoopback(address: string): boolean {
  const version = isIP(address)
  if (version === 0 || /^::ffff:/i.test(address)) return false
  return loopback.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

const longest = 1_024

/**
 * Why events cannot go to a URL, in words that follow “it”; `null` when they can. What its host leads to
 * is looked at when there is something to deliver.
 */
export function endpointProblem(text: string, allowLoopback: boolean): string | null {
  if (text.length > longest) return `is longer than ${longest} characters`
  if (!/^[\x21-\x7e]+$/.test(text)) return 'holds a space or a character outside ASCII'
  const url = URL.parse(text)
  if (!url) return 'is not a complete URL'
  if (text.includes('#')) return 'has a fragment (#…)'
  if (url.username || url.password) return 'has user info (…@)'
  const host = bareHost(url)
  const here = host === 'localhost' || isLoopback(host)
  if (here && allowLoopback && /^https?:$/.test(url.protocol)) return null
  if (url.protocol !== 'https:') return 'does not begin with https://'
  if (here || (isIP(host) !== 0 && !isPublic(host))) return 'does not lead to the public internet'
  if (isIP(host) === 0 && !host.includes('.')) return 'names no host of the public internet'
  const port = Number(url.port || 443)
  return port === 443 || port >= 1_024 ? null : 'uses a port below 1024 that is not 443'
}

export type Resolve = (host: string) => Promise<readonly string[]>

const resolveHost: Resolve = async host => {
  const found = await lookup(host, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

/**
 * The addresses that a connection to the URL may be made to; `null` when it has one where it must not go.
 * Rejects when the name cannot be resolved.
 */
export async function addressesOf(
  url: URL,
  allowLoopback: boolean,
  resolve: Resolve = resolveHost,
): Promise<readonly string[] | null> {
  const host = bareHost(url)
  const addresses = isIP(host) === 0 ? await resolve(host) : [host]
  const allowed = (fits: (address: string) => boolean) =>
    addresses.length > 0 && addresses.every(fits)
  if (allowLoopback && allowed(isLoopback)) return addresses
  return url.protocol === 'https:' && allowed(isPublic) ? addresses : null
}

/** Without the brackets of an IPv6 address. What else an IPv4 address can be spelled as, `URL` has undone. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
