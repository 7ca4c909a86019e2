/** Cookies as the platform sets them: HttpOnly, SameSite=Lax, and `__Host-` with Secure on https. */
import type { Call } from '../http.ts'

export interface CookieJar {
  /** The value of one of our cookies on this request, or `null`. */
  read(call: Call, name: CookieName): string | null
  /** A `Set-Cookie` value; `maxAge` in seconds, 0 removes it. */
  write(name: CookieName, value: string, maxAge: number): string
  /** The same for a text of at most `longestText` characters, which no single cookie may hold. */
  readLong(call: Call, name: LongCookie): string | null
  writeLong(name: LongCookie, value: string, maxAge: number): string[]
}

/** Browsers keep 4,096 bytes of a cookie, name and attributes included. */
const longestPart = 3_800
const parts = [1, 2, 3]
export const longestText = longestPart * parts.length

type LongCookie = 'provider' | 'link'

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
  const fullName = (name: string) => `${secure ? '__Host-' : ''}latchkey_${name}`
  const read = (call: Call, name: string) => {
    const header = call.header('cookie')
    if (!header) return null
    const wanted = `${fullName(name)}=`
    for (const pair of header.split(';')) {
      const trimmed = pair.trim()
      if (trimmed.startsWith(wanted)) return trimmed.slice(wanted.length)
    }
    return null
  }
  const write = (name: string, value: string, maxAge: number) =>
    `${fullName(name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const partName = (name: LongCookie, part: number) => (part === 1 ? name : `${name}_${part}`)
  return {
    read,
    write,
    readLong: (call, name) =>
      parts.map(part => read(call, partName(name, part)) ?? '').join('') || null,
    // Parts that are not needed are removed: they would be read as the end of another text.
    writeLong: (name, value, maxAge) =>
      parts.map(part => {
        const text = value.slice((part - 1) * longestPart, part * longestPart)
        return write(partName(name, part), text, text === '' ? 0 : maxAge)
      }),
  }
}
