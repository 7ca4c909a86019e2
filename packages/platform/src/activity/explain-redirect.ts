/**
 * What is wrong with a redirect URL: the registered one that comes nearest, and what differs. Values of its
 * query are left out, for people put into it what they should not.
 */
import { type App, appsOfVendor, redirectUrisOf } from '../developer/app.ts'
import type { Store } from '../store/store.ts'

/** For a URL that is none of the app's. */
export async function explainUnknown(store: Store, app: App, sent: string): Promise<string> {
  const registered = redirectUrisOf(app)
  const near = nearest(sent, registered)
  if (near && near.differs !== elsewhere) return compared(sent, near.uri, near.differs)
  const others = await appsOfVendor(store, app.vendor_id, { number: 1, length: 50 })
  const owner = others.items.find(
    other => other.id !== app.id && redirectUrisOf(other).includes(sent),
  )
  if (owner) {
    return `redirect_uri was ${readable(sent)}: this redirect URL belongs to your other app ${owner.name}.`
  }
  if (near) return compared(sent, near.uri, near.differs)
  return `redirect_uri was ${readable(sent)}, and the app has no registered redirect URL.`
}

/** For an exchange that names another URL than the authorization request. */
export function explainChanged(sent: string | null, bound: string): string {
  if (sent === null) {
    return `redirect_uri is missing: the authorization request named ${readable(bound)}, so the exchange has to as well.`
  }
  const differs = difference(sent, bound)
  return `redirect_uri was ${readable(sent)} but the code was sent to ${readable(bound)}: ${differs}.`
}

function compared(sent: string, uri: string, differs: string): string {
  return `redirect_uri was ${readable(sent)} but the registered one is ${readable(uri)}: ${differs}.`
}

/** What can differ, the smallest first; the first that holds is the answer. */
const differences: readonly (readonly [string, (sent: string, uri: string) => boolean])[] = [
  ['the trailing slash', (sent, uri) => slashless(sent) === slashless(uri)],
  ['letter case differs', (sent, uri) => sent.toLowerCase() === uri.toLowerCase()],
  ['it has blanks around it', (sent, uri) => sent.trim() === uri],
  ['it is percent-encoded twice', (sent, uri) => decoded(sent) === uri],
  ['the fragment (#…) behind it', (sent, uri) => sent.split('#', 1)[0] === uri],
  ['http instead of https', (sent, uri) => sent === uri.replace(/^https:/, 'http:')],
  ['https instead of http', (sent, uri) => sent === uri.replace(/^http:/, 'https:')],
  ['the query string differs', (sent, uri) => sent.split('?', 1)[0] === uri.split('?', 1)[0]],
  ['the port differs', (sent, uri) => same(sent, uri, 'port')],
  ['the host differs', (sent, uri) => same(sent, uri, 'hostname')],
  ['the path differs', (sent, uri) => originOf(sent) !== null && originOf(sent) === originOf(uri)],
]

const elsewhere = 'they are two different addresses'

function nearest(
  sent: string,
  registered: readonly string[],
): { uri: string; differs: string } | null {
  for (const [differs, holds] of differences) {
    const uri = registered.find(uri => holds(sent, uri))
    if (uri !== undefined) return { uri, differs }
  }
  const [first] = registered
  return first === undefined ? null : { uri: first, differs: elsewhere }
}

function difference(sent: string, uri: string): string {
  return nearest(sent, [uri])?.differs ?? elsewhere
}

function slashless(uri: string): string {
  return uri.replace(/\/$/, '')
}

function decoded(uri: string): string | null {
  try {
    return decodeURIComponent(uri)
  } catch {
    return null
  }
}

/** True when the two are the same but for that part. */
function same(sent: string, uri: string, part: 'port' | 'hostname'): boolean {
  if (!URL.canParse(sent) || !URL.canParse(uri)) return false
  const a = new URL(sent)
  const b = new URL(uri)
  if (a[part] === b[part]) return false
  a[part] = b[part]
  return a.href === b.href
}

function originOf(uri: string): string | null {
  return URL.canParse(uri) ? new URL(uri).origin : null
}

const longest = 160

/** A URL as it may be shown: no user info, no values in its query, no fragment. */
function readable(uri: string): string {
  if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri)) return 'no http or https URL'
  const [, scheme = '', rest = ''] = /^([a-z]+:\/\/)([^#]*)/i.exec(uri) ?? []
  const [address = '', query] = rest.split('?', 2)
  const bare = address.replace(/^[^/]*@/, '…@')
  const names = query === undefined ? '' : `?${query.replaceAll(/=[^&]*/g, '=…')}`
  const text = `${scheme}${bare}${names}${uri.includes('#') ? '#…' : ''}`
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
