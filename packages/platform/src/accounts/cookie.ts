/** Cookies as the platform sets them: HttpOnly, SameSite=Lax, and `__Host-` with Secure on https. */
import type { Call } from '../http.ts'

export interface CookieJar {
  /** The value of one of our cookies on this request, or `null`. */
  read(call: Call, name: CookieName): string | null
  /** A `Set-Cookie` value; `maxAge` in seconds, 0 removes it. */
  write(name: CookieName, value: string, maxAge: number): string
}

/**
 * `session`: signed in. `visitor`: seeds the form tokens of someone who is not. `code`: an emailed code
 * under way. `provider`: a sign-in under way at the provider. `link`: one that waits to be linked. `pending`: one
 * that waits for a second factor. `playground`: what a walk through the flow has got so far, encrypted.
 */
export type CookieName =
  | 'session'
  | 'visitor'
  | 'code'
  | 'provider'
  | 'link'
  | 'pending'
  | 'playground'

export function createCookieJar(url: string): CookieJar {
  const secure = url.startsWith('https:')
  const fullName = (name: CookieName) => `${secure ? '__Host-' : ''}latchkey_${name}`
  return {
    read: (call, name) => {
      const header = call.header('cookie')
      if (!header) return null
      const wanted = `${fullName(name)}=`
      for (const pair of header.split(';')) {
        const trimmed = pair.trim()
        if (trimmed.startsWith(wanted)) return trimmed.slice(wanted.length)
      }
      return null
    },
    write: (name, value, maxAge) =>
      `${fullName(name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
  }
}
