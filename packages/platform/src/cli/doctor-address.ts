/** What `latchkey doctor` says about the public address and the proxy in front of it. */
import { listOf } from '../limits/client-address.ts'
import type { Settings } from '../settings.ts'
import type { Finding } from './doctor.ts'
import { exposureOf } from './exposure.ts'

/** How long the public address may take to answer, in milliseconds. */
const patience = 3_000

/** The address by itself, and whether this platform answers there: it does only while it runs. */
export async function checkUrl(settings: Settings): Promise<Finding[]> {
  const { url } = settings
  const check = 'address'
  const exposure = exposureOf(settings)
  if (exposure) return [{ check, ok: false, ...exposure }]
  const issuer = await issuerAt(url)
  if (issuer === null) return [{ check, ok: true, found: `${url}, where nothing answers now` }]
  if (issuer === url) return [{ check, ok: true, found: `${url}, where it answers` }]
  const found = `${url} is answered by something else${issuer && `: ${issuer}`}`
  const mend = 'Lead the proxy here, or set LATCHKEY_URL to the address that users see.'
  return [{ check, ok: false, found, mend }]
}

/** The issuer that answers there; `''` for an answer without one, `null` for no answer. */
async function issuerAt(url: string): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/.well-known/oauth-authorization-server`, {
      signal: AbortSignal.timeout(patience),
      redirect: 'error',
    })
    const text = await answer.text()
    return String((JSON.parse(text) as { issuer?: unknown }).issuer ?? '').slice(0, 200)
  } catch (error) {
    return error instanceof SyntaxError ? '' : null
  }
}

/** Without it, all the world behind the proxy is one client, and shares one limit. */
export function checkProxy({ url, trustProxy }: Settings): Finding {
  const check = 'proxy'
  const mend =
    'Set LATCHKEY_TRUST_PROXY to the proxy’s address (loopback, 10.0.0.0/8, …), and let it set X-Forwarded-For.'
  if (trustProxy.length === 0) {
    if (url.startsWith('http:')) return { check, ok: true, found: 'none' }
    const found = 'users come by https, so by a proxy, but none is trusted: all count as one client'
    return { check, ok: false, found, mend }
  }
  const list = listOf(trustProxy)
  const anybody = list.check('192.0.2.1', 'ipv4') || list.check('2001:db8::1', 'ipv6')
  if (!anybody) return { check, ok: true, found: trustProxy.join(', ') }
  const found = 'every address is trusted, so anybody may name the address they count under'
  return { check, ok: false, found, mend }
}
