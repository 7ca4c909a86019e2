/** Plain http that leaves this machine: `doctor` finds it, and `serve` says so at its start. */
import type { Settings } from '../settings.ts'

export interface Exposure {
  readonly found: string
  readonly mend: string
}

/** `null` where users come by https, or where only this machine can connect. */
export function exposureOf({ url, host }: Pick<Settings, 'url' | 'host'>): Exposure | null {
  if (url.startsWith('https:') || /^(?:127(?:\.\d{1,3}){3}|localhost|::1)$/.test(host)) return null
  return {
    found: `${url} is plain http, but it listens on ${host}`,
    mend: 'Set LATCHKEY_URL to the https address that users see, and let a proxy end TLS.',
  }
}
