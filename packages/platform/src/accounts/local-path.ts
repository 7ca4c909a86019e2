/**
 * Where to go after signing in: a path on this platform and nothing else. Anything that a browser could
 * read as another host becomes `/`: `//evil.example`, `/\evil.example`, a tab in the middle, and
 * `/.//evil.example`, which is `//evil.example` once its dots are resolved.
 */
export function localPath(wanted: string | undefined): string {
  if (!wanted || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return '/'
  const base = 'http://latchkey.invalid'
  if (!URL.canParse(wanted, base)) return '/'
  const url = new URL(wanted, base)
  const path = url.pathname + url.search
  return url.origin === base && !path.startsWith('//') ? path : '/'
}
